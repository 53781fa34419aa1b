# Local tasks for lm-evaluation-harness: its own task files, on the published data files of a data root instead of
# downloads. `check_eval_prompts.py` and `check_eval_scores.py` use it. The conversion to the documents of the Hugging
# Face datasets is written here a second time, independent of Sources/XMEval/Data. Development only; wants lm_eval
# 0.4.13.
# SPDX-License-Identifier: Apache-2.0

import csv
import json
import logging
import os
import pathlib

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import datasets
import lm_eval.tasks
import lm_eval.tasks._yaml_loader
import lm_eval.utils
import yaml

datasets.disable_progress_bars()

TASKS = pathlib.Path(lm_eval.tasks.__file__).parent
SUBJECTS_OF_MATH = {
    "algebra": "algebra", "counting_and_prob": "counting_and_probability", "geometry": "geometry",
    "intermediate_algebra": "intermediate_algebra", "num_theory": "number_theory", "prealgebra": "prealgebra",
    "precalc": "precalculus",
}
TYPES_OF_MATH = {name: name.replace("_", " ").replace("and", "&").title() for name in SUBJECTS_OF_MATH.values()}


class DataRoots:
    """The first of several folders that has a file."""

    def __init__(self, roots):
        self.roots = [pathlib.Path(root).expanduser() for root in roots]

    def path(self, name):
        for root in self.roots:
            if (root / name).exists():
                return root / name
        raise FileNotFoundError(name)

    def lines(self, name):
        with open(self.path(name), encoding="utf-8", newline="\n") as file:
            return [line.rstrip("\n") for line in file]

    def jsonl(self, name):
        return [json.loads(line) for line in self.lines(name) if line.strip()]

    def json(self, name):
        return json.loads(self.path(name).read_text(encoding="utf-8"))

    def csv(self, name):
        with open(self.path(name), encoding="utf-8", newline="") as file:
            return list(csv.reader(file))


def choices(question):
    return {"text": [c["text"] for c in question["choices"]], "label": [c["label"] for c in question["choices"]]}


def arc(data, subset, part):
    return [
        {"id": row["id"], "question": row["question"]["stem"], "choices": choices(row["question"]),
         "answerKey": row["answerKey"]}
        for row in data.jsonl(f"eval/commonsense/arc/{subset}-{part}.jsonl")
    ]


def boolq(data):
    return [
        {"question": row["question"], "passage": row["passage"], "idx": row["idx"],
         "label": int(row["label"] in (True, "true"))}
        for row in data.jsonl("eval/commonsense/boolq/val.jsonl")
    ]


def hellaswag(data):
    fields = ["ind", "activity_label", "ctx_a", "ctx_b", "ctx", "endings", "source_id", "split", "split_type"]
    return [
        {**{field: row[field] for field in fields}, "label": str(row["label"])}
        for row in data.jsonl("eval/commonsense/hellaswag/hellaswag_val.jsonl")
    ]


def openbookqa(data):
    return [
        {"id": row["id"], "question_stem": row["question"]["stem"], "choices": choices(row["question"]),
         "answerKey": row["answerKey"]}
        for row in data.jsonl("eval/commonsense/openbookqa/test.jsonl")
    ]


def piqa(data):
    rows = data.jsonl("eval/commonsense/piqa/valid.jsonl")
    labels = data.lines("eval/commonsense/piqa/valid-labels.lst")
    assert len(rows) == len(labels)
    return [
        {"goal": row["goal"], "sol1": row["sol1"], "sol2": row["sol2"], "label": int(label)}
        for row, label in zip(rows, labels)
    ]


def sciq(data):
    fields = ["question", "distractor3", "distractor1", "distractor2", "correct_answer", "support"]
    return [{field: row[field] for field in fields} for row in data.jsonl("eval/commonsense/sciq/test.jsonl")]


def winogrande(data, name):
    fields = ["sentence", "option1", "option2", "answer"]
    return [{field: row[field] for field in fields} for row in data.jsonl(f"eval/commonsense/winogrande/{name}.jsonl")]


def mmlu(data, subject, split):
    return [
        {"question": row[0], "subject": subject, "choices": row[1:5], "answer": "ABCD".index(row[5])}
        for row in data.csv(f"eval/mmlu/{split}/{subject}_{split}.csv")
    ]


def math(data, subject):
    return [
        {field: row[field] for field in ["problem", "level", "type", "solution"]}
        for row in data.jsonl("eval/math/test.jsonl")
        if row["type"] == TYPES_OF_MATH[subject]
    ]


def mbpp(data):
    fields = ["task_id", "text", "code", "test_list", "test_setup_code", "challenge_test_list"]
    rows = [{field: row[field] for field in fields} for row in data.jsonl("eval/commonsense/mbpp/mbpp.jsonl")]
    rows.sort(key=lambda row: row["task_id"])
    return [row for row in rows if 11 <= row["task_id"] <= 510]


def humaneval(data):
    fields = ["task_id", "prompt", "canonical_solution", "test", "entry_point"]
    return [{field: row[field] for field in fields} for row in data.jsonl("eval/humaneval/HumanEval.jsonl")]


def wikitext(data):
    """The articles of the raw file, whose blank lines hold one space that the rows have lost."""
    text = "".join(row["text"] or " \n" for row in data.jsonl("text/wikitext2/test.raw.jsonl"))
    pages, page = [], []
    for line in text.split("\n"):
        bare = line.replace("= = =", "===").replace("= =", "==").strip()
        if bare.startswith("= ") and bare.endswith(" ="):
            if "\n".join(page).strip():
                pages.append("\n".join(page))
            page = []
        page.append(line)
    return [{"page": page} for page in [*pages, "\n".join(page)]]


def ceval(data, subject, split):
    header, *rows = data.csv(f"eval/ceval/{split}/{subject}_{split}.csv")
    return [
        {"id": int(row["id"]), **{field: row[field] for field in ["question", "A", "B", "C", "D", "answer"]},
         "explanation": row.get("explanation", "")}
        for row in (dict(zip(header, row)) for row in rows)
    ]


def cmmlu(data, subject, split):
    header, *rows = data.csv(f"eval/cmmlu/{split}/{subject}.csv")
    fields = ["Question", "A", "B", "C", "D", "Answer"]
    return [{field: dict(zip(header, row))[field] for field in fields} for row in rows]


def tasks_of(data, old_tasks):
    """Task name: (the harness's file, documents of each split). `old_tasks`: the tasks folder of lm_eval 0.4.7."""
    table = {
        "arc_easy": ("arc/arc_easy.yaml", lambda: {"test": arc(data, "ARC-Easy", "Test")}),
        "arc_challenge": ("arc/arc_challenge.yaml", lambda: {"test": arc(data, "ARC-Challenge", "Test")}),
        "boolq": ("super_glue/boolq/default.yaml", lambda: {"validation": boolq(data)}),
        "hellaswag": ("hellaswag/hellaswag.yaml", lambda: {"validation": hellaswag(data)}),
        "openbookqa": ("openbookqa/openbookqa.yaml", lambda: {"test": openbookqa(data)}),
        "piqa": ("piqa/piqa.yaml", lambda: {"validation": piqa(data)}),
        "sciq": ("sciq/sciq.yaml", lambda: {"test": sciq(data)}),
        "winogrande": ("winogrande/default.yaml", lambda: {"validation": winogrande(data, "dev")}),
        "triviaqa": ("triviaqa/default.yaml", lambda: {
            "validation": data.jsonl("eval/commonsense/triviaqa/rc.wikipedia.nocontext.validation.jsonl")}),
        "gsm8k": ("gsm8k/gsm8k.yaml", lambda: {
            "train": data.jsonl("sft/gsm8k_train.jsonl"), "test": data.jsonl("eval/gsm8k/test.jsonl")}),
        "humaneval": ("humaneval/humaneval.yaml", lambda: {"test": humaneval(data)}),
        "mbpp": ("mbpp/mbpp.yaml", lambda: {"test": mbpp(data)}),
        "wikitext": ("wikitext/wikitext.yaml", lambda: {"test": wikitext(data)}),
    }
    for file in sorted((TASKS / "mmlu/default").glob("mmlu_*.yaml")):
        subject = file.stem.removeprefix("mmlu_")
        table[file.stem] = (file, lambda subject=subject: {
            split: mmlu(data, subject, split) for split in ["dev", "test"]})
    for task, subject in SUBJECTS_OF_MATH.items():
        name = f"minerva_math/minerva_math_{task}.yaml"
        documents = lambda subject=subject: {"test": math(data, subject)}
        table[f"minerva_math_{task}"] = (name, documents)
        if old_tasks:
            table[f"minerva_math_paper_{task}"] = (old_tasks / name, documents)
    for file in sorted((TASKS / "bbh/cot_fewshot").glob("[a-z]*.yaml")):
        documents = lambda file=file: {"test": data.json(f"eval/bbh/{file.stem}.json")["examples"]}
        table[f"bbh_cot_fewshot_{file.stem}"] = (file, documents)
        if old_tasks:
            table[f"bbh_paper_{file.stem}"] = (old_tasks / "bbh/cot_fewshot" / file.name, documents)
    for file in sorted((TASKS / "ceval").glob("ceval-valid_*.yaml")):
        subject = file.stem.removeprefix("ceval-valid_")
        table[file.stem] = (file, lambda subject=subject: {
            split: ceval(data, subject, split) for split in ["dev", "val"]})
    for file in sorted((TASKS / "cmmlu").glob("cmmlu_*.yaml")):
        subject = file.stem.removeprefix("cmmlu_")
        table[file.stem] = (file, lambda subject=subject: {
            split: cmmlu(data, subject, split) for split in ["dev", "test"]})
    return table


CODE_EVAL = '''
import datasets
import evaluate


class CodeEval(evaluate.Metric):
    """Stands in for the metric that evaluate would download: nothing is run here."""

    def _info(self):
        features = {"predictions": datasets.Sequence(datasets.Value("string")), "references": datasets.Value("string")}
        return evaluate.MetricInfo(description="", citation="", features=datasets.Features(features))

    def _compute(self, predictions, references, k=(1,)):
        return {f"pass@{n}": 0.0 for n in k}, {}
'''


def make_tasks(folder, roots, names=None, old_tasks=None):
    """Writes task files and Parquet files into `folder`; returns the names of those whose data there is, and what is
    missing for the others. `names`: limits the tasks to these."""
    folder = pathlib.Path(folder)
    old_tasks = pathlib.Path(old_tasks).expanduser().resolve() if old_tasks else None
    made, missing = [], {}
    for name, (file, documents) in tasks_of(DataRoots(roots), old_tasks).items():
        if names and name not in names:
            continue
        try:
            splits = documents()
        except FileNotFoundError as error:
            missing[name] = str(error)
            continue
        files = {}
        for split, rows in splits.items():
            files[split] = str(folder / f"{name}.{split}.parquet")
            datasets.Dataset.from_list(rows).to_parquet(files[split])
        config = {
            "include": str(TASKS / file), "task": name, "dataset_path": "parquet", "dataset_name": None,
            "dataset_kwargs": {"data_files": files}, "tag": None,
        }
        # Splits that are not here are not looked for; without shots nothing is drawn from them.
        for key in ["training_split", "validation_split", "test_split"]:
            split = lm_eval.tasks._yaml_loader.load_yaml(TASKS / file, resolve_func=False).get(key)
            config[key] = split if split in files else None
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False))
        made.append(name)
    (folder / "code_eval").mkdir(exist_ok=True)
    (folder / "code_eval/code_eval.py").write_text(CODE_EVAL)
    os.environ.setdefault("HF_ALLOW_CODE_EVAL", "1")
    return made, missing


def evaluate(folder, names, **arguments):
    """The harness's results for local tasks, in the folder that has them."""
    if not hasattr(lm_eval.utils, "eval_logger"):  # what the task files of 0.4.7 import
        lm_eval.utils.eval_logger = logging.getLogger("lm_eval")
    before = os.getcwd()
    os.chdir(folder)  # `evaluate` looks for code_eval here
    try:
        manager = lm_eval.tasks.TaskManager(include_path=str(folder), include_defaults=False)
        return lm_eval.simple_evaluate(
            tasks=names, task_manager=manager, bootstrap_iters=0, log_samples=True, confirm_run_unsafe_code=True,
            **arguments)
    finally:
        os.chdir(before)
