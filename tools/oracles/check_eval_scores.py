# Compares the answers of `xmodel eval` with lm-evaluation-harness's on the same Hugging Face folder: batch size 1, f32,
# no cache of logits. `run` makes the harness's sample files, one process for each task so that a finished task is on
# disk; `compare` joins them with ours by (doc_id, filter). Development only; wants lm_eval 0.4.13 [hf,math].
#   python tools/oracles/check_eval_scores.py run --model FOLDER --data-root DATA --tasks piqa,gsm8k --limit 200 \
#       --output REFERENCE
#   xmodel eval --model FOLDER --data-root DATA --tasks piqa,gsm8k --limit 200 --samples --output OURS
#   python tools/oracles/check_eval_scores.py compare REFERENCE OURS --tasks piqa,gsm8k
# SPDX-License-Identifier: Apache-2.0

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import eval_samples

#: Log-likelihoods may differ by this much (sums in another order), so choices only where the margin is twice as wide.
TOLERANCE = 2e-3
#: Rolling log-likelihoods are sums over thousands of tokens.
ROLLING_TOLERANCE = 1e-5

parser = argparse.ArgumentParser()
commands = parser.add_subparsers(dest="command", required=True)
run = commands.add_parser("run")
run.add_argument("--model", required=True)
run.add_argument("--data-root", action="append", required=True)
run.add_argument("--old-tasks")
run.add_argument("--tasks", required=True)
run.add_argument("--limit", type=int)
run.add_argument("--output", required=True)
run.add_argument("--here", action="store_true", help="in this process, all tasks together")
compare = commands.add_parser("compare")
compare.add_argument("reference")
compare.add_argument("ours")
compare.add_argument("--tasks", required=True)
options = parser.parse_args()


def run_each():
    """A process for each task."""
    for task in options.tasks.split(","):
        begin = time.time()
        roots = [argument for root in options.data_root for argument in ("--data-root", root)]
        optional = [(f"--{key}", str(value)) for key, value in
                    [("old-tasks", options.old_tasks), ("limit", options.limit)] if value]
        done = subprocess.run(
            [sys.executable, __file__, "run", "--here", "--model", options.model, "--tasks", task,
             "--output", options.output, *roots, *(part for pair in optional for part in pair)])
        print(f"{task}: {'done' if done.returncode == 0 else 'FAILED'} in {time.time() - begin:.0f} s", flush=True)


def run_here():
    import eval_reference
    from lm_eval.loggers import EvaluationTracker

    with tempfile.TemporaryDirectory() as folder:
        names, missing = eval_reference.make_tasks(
            folder, options.data_root, options.tasks.split(","), options.old_tasks)
        if missing:
            sys.exit(f"missing data: {missing}")
        tracker = EvaluationTracker(output_path=options.output)
        results = eval_reference.evaluate(
            folder, names, model="hf", batch_size=1, device="cpu", limit=options.limit, evaluation_tracker=tracker,
            model_args={"pretrained": options.model, "dtype": "float32", "logits_cache": False})
    samples = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    for name in names:
        tracker.save_results_samples(name, samples[name])
    print(json.dumps(results["results"], indent=1, default=str))


def argmax(values):
    return max(range(len(values)), key=lambda i: values[i])


class Comparison:
    def __init__(self, task):
        (self.task, self.count, self.problems) = (task, 0, [])
        (self.largest, self.near_ties, self.equal_responses) = (0.0, 0, 0)

    def add(self, reference, own):
        self.count += 1
        key = (reference["doc_id"], reference["filter"])
        for part in ["doc_hash", "prompt_hash", "target_hash"]:
            if reference[part] != own[part]:
                self.problems.append(f"{key}: {part} differs")
        if isinstance(reference["arguments"]["gen_args_0"].get("arg_1"), dict):
            self.add_generation(key, reference, own)
        elif isinstance(reference["resps"][0][0], list):
            self.add_choices(key, reference, own)
        else:
            self.add_rolling(key, reference, own)

    def add_choices(self, key, reference, own):
        """Responses of the choices: [[[log-likelihood, is greedy]], ...], as text."""
        (left, right) = ([float(choice[0][0]) for choice in side["resps"]] for side in (reference, own))
        if len(left) != len(right):
            return self.problems.append(f"{key}: {len(left)} and {len(right)} choices")
        difference = max(abs(a - b) for a, b in zip(left, right))
        self.largest = max(self.largest, difference)
        if difference > TOLERANCE:
            self.problems.append(f"{key}: log-likelihoods differ by {difference:.2e}: {left} and {right}")
        ordered = sorted(left, reverse=True)
        if len(left) > 1 and ordered[0] - ordered[1] <= 2 * TOLERANCE:
            self.near_ties += 1
        elif argmax(left) != argmax(right):
            self.problems.append(f"{key}: choices {argmax(left)} and {argmax(right)}")

    def add_generation(self, key, reference, own):
        self.equal_responses += reference["resps"] == own["resps"]
        if reference["filtered_resps"] != own["filtered_resps"]:
            self.problems.append(f"{key}: {reference['filtered_resps']!r:.300} and {own['filtered_resps']!r:.300}")

    def add_rolling(self, key, reference, own):
        (left, right) = (float(side["resps"][0][0]) for side in (reference, own))
        difference = abs(left - right) / abs(left)
        self.largest = max(self.largest, difference)
        if difference > ROLLING_TOLERANCE:
            self.problems.append(f"{key}: {left} and {right}")


def mean(samples, metric):
    """Over documents and filters; not a number where one side has no such metric."""
    values = [float(sample[metric]) for sample in samples.values() if metric in sample]
    return sum(values) / len(values) if values else float("nan")


def compare_all():
    failed = False
    for task in options.tasks.split(","):
        comparison = Comparison(task)
        (left, right) = (
            {(sample["doc_id"], sample["filter"]): sample for sample in eval_samples.read(folder, task)}
            for folder in (options.reference, options.ours))
        for key in sorted(left.keys() | right.keys()):
            if key in left and key in right:
                comparison.add(left[key], right[key])
            else:
                comparison.problems.append(f"{key}: only in {'the reference' if key in left else 'ours'}")
        failed = failed or bool(comparison.problems) or not comparison.count
        first = next(iter(left.values()))
        means = ", ".join(
            f"{metric} {mean(left, metric):.4f} and {mean(right, metric):.4f}"
            for metric in first["metrics"] if isinstance(first[metric], (int, float)))
        print(f"{task}: {comparison.count} samples, {len(comparison.problems)} problems, largest difference "
              f"{comparison.largest:.2e}, {comparison.near_ties} near ties, {comparison.equal_responses} equal "
              f"responses; {means}")
        for problem in comparison.problems[:5]:
            print(f"  {problem}")
    sys.exit(1 if failed else 0)


if options.command == "compare":
    compare_all()
elif options.here:
    run_here()
else:
    run_each()
