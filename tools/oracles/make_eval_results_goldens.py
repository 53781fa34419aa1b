# Makes Tests/Fixtures/eval/results: what lm-evaluation-harness itself writes for two made-up models on made-up tasks of
# every kind (choices, contexts as choices, generation with two filters, whole texts, a group), and its table of scores.
# With an argument it checks a folder of ours instead: that the harness's schema and table and the datasets library
# accept the files. Development only: tests read the files. Needs lm_eval, datasets, pydantic; run:
#   python tools/oracles/make_eval_results_goldens.py [RESULTS_FOLDER]
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
import pathlib
import re
import shutil
import sys
import tempfile

import datasets
import pydantic
from lm_eval import evaluator, utils
from lm_eval.api.model import LM
from lm_eval.loggers import EvaluationTracker
from lm_eval.result_schema import EvalResults, SampleResult
from lm_eval.tasks import TaskManager

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/eval/results"
DATES = {"a": "2026-01-02T03-04-05.678901", "b": "2026-01-03T03-04-05.678901"}
NAMES = ["Zoë", "Łukasz", "小明", "Ann\x0c", "Bob\b", "Eve"]


class MadeUp(LM):
    """Answers from a hash of the question; with some skill it adds to the right choice, which ends in a full stop."""

    def __init__(self, name, skill):
        super().__init__()
        self.name, self.skill = name, skill

    def draw(self, *texts):
        digest = hashlib.sha256("\0".join((self.name,) + texts).encode()).digest()
        return int.from_bytes(digest[:4]) / 2**32

    def loglikelihood(self, requests, disable_tqdm=False):
        results = []
        for context, continuation in (request.args for request in requests):
            total = sum(map(int, re.findall(r"(\d+) plus (\d+)", context)[-1])) if " plus " in context else -1
            bonus = self.skill if continuation.strip() == str(total) else 0
            results.append((-8 * self.draw(context, continuation) + bonus - 3, bonus > 0))
        return results

    def generate_until(self, requests, disable_tqdm=False):
        texts = []
        for prompt, _ in (request.args for request in requests):
            total = sum(map(int, re.findall(r"(\d+) plus (\d+)", prompt)[-1]))
            luck = self.draw(prompt)
            if luck > 0.9:
                texts.append(" I do not know…")
            elif luck < self.skill / 8:
                texts.append(f" Let me see.\n#### {total}" if luck > 0.2 else f" It is {total}")
            else:
                texts.append(f" #### {total + 1}")
        return texts

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        return [-len(request.args[0]) * (0.5 + self.draw(request.args[0])) for request in requests]


TASKS = {
    "sums_small": """
task: sums_small
dataset_path: json
dataset_kwargs: {data_files: {test: DATA/small.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{name}} asks: {{x}} plus {{y}} is"
doc_to_choice: "{{choices}}"
doc_to_target: gold
metric_list: [{metric: acc}, {metric: acc_norm}]
metadata: {version: 1.0}
""",
    "sums_large": """
include: sums_small.yaml
task: sums_large
task_alias: large
dataset_kwargs: {data_files: {test: DATA/large.jsonl}}
""",
    "who": """
task: who
dataset_path: json
dataset_kwargs: {data_files: {test: DATA/who.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: answer
doc_to_choice: '{{[sentence.split("_")[0] + option1, sentence.split("_")[0] + option2]}}'
doc_to_target: '{{sentence.split("_")[1].strip()}}'
metric_list: [{metric: acc}]
metadata: {version: 2.0}
""",
    "sums_written": """
task: sums_written
dataset_path: json
dataset_kwargs: {data_files: {test: DATA/large.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "Question: {{x}} plus {{y}}?\\nAnswer:"
doc_to_target: "{{x + y}}"
generation_kwargs: {until: ["Question:"], do_sample: false}
metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]
filter_list:
- name: strict-match
  filter: [{function: regex, regex_pattern: "#### (-?[0-9.,]+)"}, {function: take_first}]
- name: flexible-extract
  filter: [{function: regex, group_select: -1, regex_pattern: "(-?[0-9.,]{2,})|(-?[0-9]+)"}, {function: take_first}]
metadata: {version: 3.0}
""",
    "pages": """
task: pages
dataset_path: json
dataset_kwargs: {data_files: {test: DATA/pages.jsonl}}
test_split: test
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{page}}"
metric_list: [{metric: word_perplexity}, {metric: byte_perplexity}, {metric: bits_per_byte}]
metadata: {version: 1.0}
""",
    "sums": """
group: sums
task: [sums_small, sums_large]
aggregate_metric_list: [{metric: acc, weight_by_size: true}]
metadata: {version: 1}
""",
}


def write_data(folder):
    def lines(name, rows):
        (folder / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")

    def sums(count, size):
        for i in range(count):
            x, y, gold = 7 * i % size + 1, 5 * i % size + 2, i % 4
            yield {"name": NAMES[i % len(NAMES)], "x": x, "y": y, "gold": gold, "note": None, "list": [], "share": 0.1,
                   "choices": [str(x + y + j - gold) for j in range(4)]}

    lines("small.jsonl", sums(15, 9))
    lines("large.jsonl", sums(40, 50))
    lines("who.jsonl", [{"sentence": f"Door {i} was too narrow for the crate because the _ was too big.",
                         "option1": "door", "option2": "crate", "answer": i % 2} for i in range(10)])
    lines("pages.jsonl", [{"page": f"Page {i}. " + "Nothing is written here. " * (i + 1)} for i in range(8)])


def clean(path, folder, date):
    """Leaves out what tells of a machine."""
    results = json.loads(path.read_text("utf-8").replace(str(folder), "DATA"))
    for key in ["pretty_env_info", "git_hash", "upper_git_hash"]:
        results[key] = None
    results["date"], results["total_evaluation_time_seconds"] = 1767323045.678901, "12.5"
    path.unlink()
    text = json.dumps(results, indent=2, ensure_ascii=False)
    (path.parent / f"results_{date}.json").write_text(text, "utf-8")
    return results


def make():
    shutil.rmtree(FOLDER, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_data(folder)
        for task, text in TASKS.items():
            (folder / f"{task}.yaml").write_text(text.replace("DATA", name), "utf-8")
        for model, skill in [("a", 3), ("b", 5)]:
            tracker = EvaluationTracker(output_path=str(FOLDER))
            tracker.general_config_tracker.log_experiment_args(
                model_source="made-up", model_args=f"pretrained=made-up/{model}", system_instruction=None,
                chat_template=None, fewshot_as_multiturn=False)
            results = evaluator.simple_evaluate(
                model=MadeUp(model, skill), tasks=["sums", "who", "sums_written", "pages"], bootstrap_iters=1000,
                task_manager=TaskManager(include_path=name, include_defaults=False))
            samples = results.pop("samples")
            tracker.save_results_aggregated(results=results, samples=samples)
            for task in results["configs"]:
                tracker.save_results_samples(task_name=task, samples=samples[task])
            output = FOLDER / tracker.general_config_tracker.model_name_sanitized
            for path in sorted(output.iterdir()):
                if path.name.startswith("results_"):
                    cleaned = clean(path, folder, DATES[model])
                else:
                    path.rename(path.parent / f"samples_{utils.get_file_task_name(path.name)}_{DATES[model]}.jsonl")
            (output / "table.md").write_text(utils.make_table(cleaned), "utf-8")
            check(output)
    print((FOLDER / "made-up__a/table.md").read_text("utf-8"))


def check(folder):
    """That the harness, pydantic with the harness's types, and the datasets library take the files."""
    for path in sorted(folder.glob("results_*.json")):
        results = json.loads(path.read_text("utf-8"))
        # The harness's own files do not fit its types in three places: "configs" has lists, absent values are null,
        # and errors that are not known are "N/A".
        typed = {key: results[key] for key in EvalResults.__annotations__
                 if key != "configs" and results.get(key) is not None}
        for key in {"results", "groups"} & set(typed):
            typed[key] = {task: {name: value for name, value in metrics.items() if value != "N/A"}
                          for task, metrics in typed[key].items()}
        pydantic.TypeAdapter(EvalResults).validate_python(typed)
        utils.make_table(results)
        if "groups" in results:
            utils.make_table(results, "groups")
        date = utils.get_file_datetime(path.name).replace(".json", "")
        for file in sorted(folder.glob(f"samples_*_{date}.jsonl")):
            task, rows = utils.get_file_task_name(file.name), [json.loads(line) for line in file.open(encoding="utf-8")]
            for row in rows:
                # Nor do metrics of whole texts, lists of a sum and a weight, fit the harness's type.
                weighted = {name for name in row["metrics"] if isinstance(row[name], list)}
                pydantic.TypeAdapter(SampleResult).validate_python({key: row[key] for key in set(row) - weighted})
                assert utils.hash_string(json.dumps(row["doc"], indent=2, ensure_ascii=False)) == row["doc_hash"]
                assert utils.hash_string(row["arguments"]["gen_args_0"]["arg_0"]) == row["prompt_hash"]
                assert utils.hash_string(row["target"]) == row["target_hash"]
            hashes = "".join(row["doc_hash"] + row["prompt_hash"] + row["target_hash"] for row in rows)
            assert results["task_hashes"][task] == utils.hash_string(hashes), task
            with tempfile.TemporaryDirectory() as cache:
                loaded = datasets.load_dataset("json", data_files=str(file), cache_dir=cache)["train"]
            assert len(loaded) == len(rows)
    print(f"{folder}: accepted")


if __name__ == "__main__":
    check(pathlib.Path(sys.argv[1])) if len(sys.argv) > 1 else make()
