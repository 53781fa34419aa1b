# Compares every prompt of `xmodel eval` with lm-evaluation-harness's, without a model: document, prompt and target
# hashes of each (task, doc_id), and every argument (all contexts and continuations). Tasks with the protocol of
# bigcode-evaluation-harness have no counterpart there and are left out. Development only; wants lm_eval 0.4.13 [math].
#   python tools/oracles/check_eval_prompts.py --data-root DATA --xmodel .build/release/xmodel --old-tasks TASKS_0_4_7
# SPDX-License-Identifier: Apache-2.0

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import eval_reference
import eval_samples

parser = argparse.ArgumentParser()
parser.add_argument("--data-root", action="append", required=True, help="may be repeated: the first that has a file")
parser.add_argument("--old-tasks", help="the tasks folder of lm_eval 0.4.7, for the versions of the paper's time")
parser.add_argument("--xmodel", help="the program, which is asked for its prompts")
parser.add_argument("--ours", help="a folder of sample files that it wrote before")
parser.add_argument("--tasks", help="names, separated by commas; default: all whose data there is")
parser.add_argument("--limit", type=int)
parser.add_argument("--shots", type=int, help="number of examples; default: each task's own")
parser.add_argument("--goldens", help="a file for the hashes of each task's first documents, such as prompts.json")
options = parser.parse_args()


def ours(names, folder):
    """Our samples of each task."""
    if options.xmodel:
        roots = [argument for root in options.data_root for argument in ("--data-root", root)]
        numbers = [(f"--{key}", str(value)) for key, value in
                   [("limit", options.limit), ("shots", options.shots)] if value is not None]
        subprocess.run(
            [options.xmodel, "eval", "--prompts-only", "--tasks", ",".join(names), "--output", folder, *roots,
             *(part for pair in numbers for part in pair)], check=True)
    return {name: eval_samples.read(folder, name) for name in names}


def differences(reference, own):
    """What differs between two samples."""
    parts = [part for part in ["doc_hash", "prompt_hash", "target_hash"] if reference[part] != own[part]]
    if eval_samples.arguments(reference) != eval_samples.arguments(own):
        parts.append("arguments")
    return parts


with tempfile.TemporaryDirectory() as folder:
    wanted = options.tasks.split(",") if options.tasks else None
    names, missing = eval_reference.make_tasks(folder, options.data_root, wanted, options.old_tasks)
    for name, file in missing.items():
        print(f"{name}: skipped, no {file}")
    results = eval_reference.evaluate(
        folder, names, model="dummy", limit=options.limit, num_fewshot=options.shots, predict_only=True)
    references = results["samples"]
    owns = ours(names, options.ours or f"{folder}/ours")

#: Documents of a task that its golden is made of.
GOLDEN_DOCUMENTS = 20


def golden(samples):
    """The number of documents of a task, and a digest of the hashes of the first."""
    first = {sample["doc_id"]: sample for sample in samples if sample["doc_id"] < GOLDEN_DOCUMENTS}
    lines = [f"{first[i]['doc_hash']} {first[i]['prompt_hash']} {first[i]['target_hash']}\n" for i in sorted(first)]
    return [len({sample["doc_id"] for sample in samples}), hashlib.sha256("".join(lines).encode()).hexdigest()]


if options.goldens:
    goldens = {"versions": {"lm_eval": "0.4.13", "lm_eval_paper": "0.4.7"},
               "tasks": {name: golden(references[name]) for name in sorted(names)}}
    pathlib.Path(options.goldens).write_text(json.dumps(goldens, indent=1) + "\n")

(total, wrong) = (0, 0)
for name in names:
    # One line for each filter; prompts do not depend on it.
    reference = {sample["doc_id"]: sample for sample in references[name]}
    own = {sample["doc_id"]: sample for sample in owns[name]}
    bad = {}
    for identifier in reference.keys() | own.keys():
        if identifier not in reference or identifier not in own:
            bad[identifier] = ["only in one"]
        elif parts := differences(reference[identifier], own[identifier]):
            bad[identifier] = parts
    (total, wrong) = (total + len(reference), wrong + len(bad))
    print(f"{name}: {len(reference)} documents, {len(bad)} differ")
    for identifier in sorted(bad)[:2]:
        print(f"  doc_id {identifier}: {', '.join(bad[identifier])}")
        if identifier in reference and identifier in own:
            for side, samples in [("harness", reference), ("xmodel", own)]:
                sample = samples[identifier]
                print(f"    {side}: {eval_samples.arguments(sample)!r:.1500} target {sample['target']!r:.300}")
print(f"{len(names)} tasks, {total} documents, {wrong} differ")
sys.exit(1 if wrong or not total else 0)
