# Reads sample files of lm-evaluation-harness and of `xmodel eval`, which have one form: a line for each document and
# filter. Development only.
# SPDX-License-Identifier: Apache-2.0

import json
import pathlib


def read(folder, task):
    """The samples of a task in a folder, however deep, from its newest file."""
    names = [f"samples_{task}.jsonl", f"samples_{task}_2*.jsonl"]
    files = sorted(file for name in names for file in pathlib.Path(folder).rglob(name))
    if not files:
        raise SystemExit(f"{folder} has no samples of {task}")
    with open(files[-1], encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def arguments(sample):
    """The arguments of each request in order: strings, and a request's generation options without their order. An
    answer has at most 256 tokens where a task does not say it."""

    def plain(value):
        if isinstance(value, dict):
            return {key: plain(item) for key, item in sorted({"max_gen_toks": 256, **value}.items())}
        return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value

    requests = sample["arguments"]
    if isinstance(requests, dict):
        requests = [[request[f"arg_{i}"] for i in range(len(request))] for request in requests.values()]
    return plain(requests)
