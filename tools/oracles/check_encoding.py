# Compares what `xmodel data prepare` writes with the SentencePiece library's newer releases, on every text of a data
# folder: each document whole and each of its lines become rows of one file, which is prepared and read back.
# (Tests/XMDataTests/RealTextEncodingTests.swift does the same with the release that the package links.)
# Development only; wants sentencepiece 0.2.2 or newer.
#   python tools/oracles/check_encoding.py --xmodel .build/release/xmodel --data ../shared/data
# SPDX-License-Identifier: Apache-2.0

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import sentencepiece

csv.field_size_limit(1 << 30)
RECIPE = pathlib.Path(__file__).parents[2] / "recipes/pretrain/quickstart.yaml"


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def decoded(path):
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def documents(path):
    name = path.name
    if name.endswith(".jsonl"):
        for line in decoded(path).split("\n"):
            try:
                yield from strings(json.loads(line))
            except ValueError:  # an empty line, or one that is not JSON, which the program skips too
                pass
    elif name.endswith(".json"):
        yield from strings(json.loads(decoded(path)))
    elif name.endswith((".csv", ".tsv")):
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from strings(list(csv.reader(file, delimiter="\t" if name.endswith(".tsv") else ",")))
    elif name.endswith((".txt", ".md")):
        yield decoded(path).replace("\r\n", "\n")


def rows(data):
    """Every document and every line of it; texts without a character above a blank are no rows."""
    for folder in ("text", "sft", "eval"):
        for path in sorted((data / folder).rglob("*")):
            for text in documents(path):
                for row in (text, *text.split("\n")) if "\n" in text else (text,):
                    row = row.encode("utf-8", "replace").decode()
                    if any(byte > 0x20 for byte in row.encode()):
                        yield row


def read_shards(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    width = np.uint16 if manifest["vocabulary"] <= 1 << 16 else np.uint32
    for shard in sorted((folder / "all").glob("*.bin")):
        ids = np.fromfile(shard, width)
        start = 0
        for end in np.fromfile(shard.with_suffix(".idx"), np.uint64).astype(np.int64):
            yield ids[start:end]
            start = end


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--xmodel", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--versions", default="v11,v12,v13")
    options = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        texts = list(rows(options.data))
        (scratch / "all.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in texts))
        for version in options.versions.split(","):
            model = options.data.resolve() / f"tokenizer/xmodel/{version}/tokenizer.model"
            subprocess.run(
                [options.xmodel, "data", "prepare", RECIPE, "--data-root", scratch, "--output", scratch / version,
                 "--set", f"data.tokenizer={model}",
                 "--set", "data.sources=[{name: all, files: [all.jsonl], format: text}]"],
                check=True, stdout=subprocess.DEVNULL)
            library = sentencepiece.SentencePieceProcessor(model_file=str(model))
            eos = library.eos_id()
            count = tokens = different = 0
            for text, ids in zip(texts, read_shards(scratch / version), strict=True):
                count += 1
                tokens += len(ids)
                if library.encode(text) + [eos] != ids.tolist():
                    different += 1
                    if different <= 3:
                        print(f"{version}: {text[:200]!r}")
            bad += different
            print(f"{version}, sentencepiece {sentencepiece.__version__}: {count} rows, {tokens} tokens, "
                  f"{different} different")
    sys.exit(1 if bad else 0)


main()
