# Times lm-evaluation-harness on transformers: the same requests that `xmodel eval` asks, without loading the model.
# script/bench runs it; tools/oracles/eval_reference.py makes the tasks. Prints one JSON line.
# SPDX-License-Identifier: Apache-2.0

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True, help="a Hugging Face folder")
parser.add_argument("--data-root", required=True)
parser.add_argument("--tasks", required=True)
parser.add_argument("--limit", type=int, required=True)
parser.add_argument("--dtype", choices=["float32", "bfloat16"], required=True)
parser.add_argument("--batch-size", type=int, required=True)
parser.add_argument("--threads", type=int, required=True)
options = parser.parse_args()

os.environ["OMP_NUM_THREADS"] = str(options.threads)
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "oracles"))

import eval_reference
import torch
from lm_eval.models.huggingface import HFLM

torch.set_num_threads(options.threads)
model = HFLM(
    pretrained=options.model, dtype=options.dtype, device="cpu", batch_size=options.batch_size)
with tempfile.TemporaryDirectory() as folder:
    names, missing = eval_reference.make_tasks(folder, [options.data_root], options.tasks.split(","))
    if missing:
        sys.exit(f"missing data: {missing}")
    begin = time.perf_counter()
    results = eval_reference.evaluate(folder, names, model=model, limit=options.limit)
    seconds = time.perf_counter() - begin
requests = sum(len(sample["arguments"]) for samples in results["samples"].values() for sample in samples
               if sample["filter"] == samples[0]["filter"])
print(json.dumps({"requests": requests, "seconds": seconds, "requests_per_second": requests / seconds}))
