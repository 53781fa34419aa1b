# Compares our checking of MATH answers with the reference checkers: the paper's rule (SymPy's parse_latex and
# simplify, as lm-evaluation-harness minerva_math 1.0 had it), the data set's is_equiv, and math_verify.
#   1. every gold solution of the data root against itself: the same verdicts, answer by answer;
#   2. seeded pairs of a changed gold answer and the gold answer: the share of equal verdicts, and where they differ;
#   3. seeded texts as a model may write them, the answer in many kinds of sentence or in a damaged solution, against
#      the gold solutions, by math_verify only.
# Verdicts of the references are kept in --cache FILE, since they take minutes. --golden FILE writes the indices of the
# gold solutions that do not equal themselves under the paper's rule, for Tests/Fixtures/eval.
# Development only. Needs lm_eval 0.4.13 (its package folder alone, as --lm-eval FOLDER, will do), sympy 1.13,
# antlr4-python3-runtime 4.11 and math-verify 0.9.0.
# Run: python tools/oracles/check_math_equivalence.py DATA PROGRAM [ARGUMENT...]
# DATA is the data root, PROGRAM with its arguments a filter of JSON lines: `xmodel eval math-check`.
# Exit status 1 when a self-equality differs or less than 99.9 % of the pairs agree under any rule.
# SPDX-License-Identifier: Apache-2.0

import argparse
import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import time
import types
import warnings

RULES = ["paper", "hendrycks", "verify"]
GOAL = 0.999
SECONDS = 5  # the harness's limit


class TimeUp(BaseException):
    pass


def ring(*_):
    raise TimeUp()


class Reference:
    def __init__(self, folder):
        if folder:
            sys.path.insert(0, folder)
        stub = types.ModuleType("datasets")  # imported by the task files for a type annotation only
        stub.Dataset = object
        sys.modules.setdefault("datasets", stub)
        warnings.simplefilter("ignore")
        import importlib.util

        def load(path):
            spec = importlib.util.spec_from_file_location(path.parent.name, path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module

        root = pathlib.Path(folder or importlib.util.find_spec("lm_eval").origin).resolve()
        tasks = (root / "lm_eval" if folder else root.parent) / "tasks"
        self.minerva = load(tasks / "minerva_math" / "utils.py")
        self.own = load(tasks / "hendrycks_math" / "utils.py")
        signal.signal(signal.SIGALRM, ring)

    def gold(self, solution):
        return self.minerva.remove_boxed(self.minerva.last_boxed_only_string(solution))

    def normalized(self, answer):
        """Version 1.0: no word boundaries, and commas removed from all digits."""
        answer = answer.split("=")[-1]
        for old, new in self.minerva.SUBSTITUTIONS:
            answer = answer.replace(old, new)
        for removed in self.minerva.REMOVED_EXPRESSIONS:
            answer = answer.replace(removed, "")
        for pattern, new in [
            (r"(.*?)(\$)(.*?)(\$)(.*)", "$\\3$"), (r"(\\text\{)(.*?)(\})", "\\2"), (r"(\\textbf\{)(.*?)(\})", "\\2"),
            (r"(\\overline\{)(.*?)(\})", "\\2"), (r"(\\boxed\{)(.*)(\})", "\\2"),
            (r"(frac)([^{])(.)", "frac{\\2}{\\3}"), (r"(sqrt)([^{])", "sqrt{\\2}"),
        ]:
            answer = re.sub(pattern, new, answer)
        answer = answer.replace("$", "")
        return answer.replace(",", "") if answer.replace(",", "").isdigit() else answer

    def paper(self, prediction, gold):
        import sympy
        from sympy.parsing.latex import parse_latex
        try:
            signal.alarm(SECONDS)
            left, right = parse_latex(self.normalized(prediction)), parse_latex(self.normalized(gold))
            return bool(sympy.simplify(left - right) == 0)
        except (TimeUp, Exception):
            return False
        finally:
            signal.alarm(0)

    def hendrycks(self, prediction, gold):
        return bool(self.own.is_equiv(prediction, gold))

    def verify(self, generation, solution):
        import math_verify
        return bool(math_verify.verify(gold=math_verify.parse(solution), target=math_verify.parse(generation)))

    def verdict(self, row):
        return {
            "paper": self.paper(row["prediction"], row["gold"]),
            "hendrycks": self.hendrycks(row["prediction"], row["gold"]),
            "verify": self.verify(row["generation"], row["solution"]),
        }


def changed(answer, other, draw):
    """One change of an answer, of a kind drawn at random; some keep its value, some do not."""
    def digit(text):
        places = [m.start() for m in re.finditer(r"\d", text)]
        if not places:
            return text + "1"
        place = draw.choice(places)
        return text[:place] + str((int(text[place]) + draw.randint(1, 9)) % 10) + text[place + 1:]

    def reorder(text, separator):
        parts = text.split(separator)
        draw.shuffle(parts)
        return separator.join(parts)

    def terms(text):
        """Terms of a sum without parentheses in another order."""
        if re.search(r"[({\[,=]", re.sub(r"(frac|sqrt|\^|_)\{[^{}+-]*\}(\{[^{}+-]*\})?", "", text)):
            return f"{text}+{draw.randint(1, 9)}-0"
        parts = re.findall(r"[+-]?[^+-]+", text)
        draw.shuffle(parts)
        joined = "".join(part if part[0] in "+-" else "+" + part for part in parts)
        return joined.removeprefix("+")

    def decimal(text):
        match = re.fullmatch(r"(-?)\\d?frac\{(\d+)\}\{(\d+)\}", text)
        if match and int(match[3]):
            return match[1] + f"{int(match[2]) / int(match[3]):.{draw.choice([2, 4, 6, 15])}g}"
        return re.sub(r"(\d+)", lambda m: m[1] + ".0", text, count=1)

    def fraction(text):
        match = re.fullmatch(r"(-?\d*)\.(\d+)", text)
        if match:
            return f"\\frac{{{int(match[1] + match[2])}}}{{{10 ** len(match[2])}}}"
        return re.sub(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", text)

    def scaled_fraction(text):
        k = draw.randint(2, 7)
        return re.sub(
            r"\\(d?)frac\{(\d+)\}\{(\d+)\}", lambda m: f"\\{m[1]}frac{{{k * int(m[2])}}}{{{k * int(m[3])}}}", text)

    def root(text):
        k = draw.randint(2, 5)
        return re.sub(r"(\d+)\\sqrt\{(\d+)\}", lambda m: f"\\sqrt{{{int(m[1]) ** 2 * int(m[2])}}}", text) \
            if draw.random() < 0.5 else re.sub(
                r"\\sqrt\{(\d+)\}", lambda m: f"\\frac{{\\sqrt{{{k * k * int(m[1])}}}}}{{{k}}}", text)

    def sign(text):
        return text[1:] if text.startswith("-") else "-" + text

    k = draw.randint(2, 9)
    return draw.choice([
        lambda: answer, lambda: digit(answer), lambda: digit(answer), lambda: sign(answer), lambda: decimal(answer),
        lambda: fraction(answer), lambda: scaled_fraction(answer), lambda: root(answer), lambda: terms(answer),
        lambda: reorder(answer, ","), lambda: reorder(answer, "+"), lambda: other, lambda: f"({answer})",
        lambda: f"{k}({answer})/{k}", lambda: f"\\frac{{{k}({answer})}}{{{k}}}", lambda: f"{answer}+{k}-{k}",
        lambda: f"{answer}+{k}", lambda: f"{k}({answer})", lambda: f"-({sign(answer)})", lambda: f"x={answer}",
        lambda: answer.replace("\\frac", "\\dfrac"), lambda: answer.replace("\\dfrac", "\\frac"),
        lambda: answer.replace(" ", ""), lambda: re.sub(r"([,+-])", r" \1 ", answer), lambda: answer + ".",
        lambda: answer + "\\%", lambda: answer + "^\\circ", lambda: answer + " \\text{ cm}", lambda: "\\$" + answer,
        lambda: answer.replace("\\left", "").replace("\\right", ""), lambda: answer[:draw.randint(0, len(answer))],
        lambda: f"({answer})^{{{draw.choice(['1', '2', '1/2'])}}}", lambda: f"\\sqrt{{({answer})^2}}",
        lambda: re.sub(r"\\frac\{(\d)\}\{(\d)\}", r"\\frac\1\2", answer), lambda: answer.replace("x", "t"),
        lambda: re.sub(r"(\d)(\d{3})$", r"\1,\2", answer), lambda: answer.replace("\\cdot", "\\times"),
        lambda: re.sub(r"\\sqrt\{([^{}]*)\}", r"(\1)^{\\frac{1}{2}}", answer), lambda: answer.replace("(", "["),
        lambda: re.sub(r"\^2", "^{2}", answer), lambda: f"\\text{{{answer}}}", lambda: answer.lower(),
    ])()


def pairs(golds, count, seed):
    draw = random.Random(seed)
    rows = []
    # Answers that are more than an integer are drawn more often: an integer leaves little to get wrong.
    rich = [gold for gold in golds if not re.fullmatch(r"-?\d+", gold)]
    while len(rows) < count:
        gold = draw.choice(rich if draw.random() < 0.8 else golds)
        prediction = changed(gold, draw.choice(golds), draw)
        if draw.random() < 0.2:
            prediction = changed(prediction, draw.choice(golds), draw)
        rows.append({
            "prediction": prediction, "gold": gold,
            "generation": f"So it is.\nFinal Answer: The final answer is ${prediction}$. I hope it is correct.",
            "solution": f"We see that it is $\\boxed{{{gold}}}$.",
        })
    return rows


def generations(solutions, golds, count, seed):
    draw = random.Random(seed)
    rows = []
    while len(rows) < count:
        index = draw.randrange(len(golds))
        gold, solution = golds[index], solutions[index]
        other = draw.randrange(len(golds))
        answer = changed(gold, golds[other], draw) if draw.random() < 0.5 else gold
        plain = re.sub(r"\\d?frac\{(\d+)\}\{(\d+)\}", r"\1/\2", answer)
        unboxed = re.sub(r"\\boxed\{(.*)\}", r"\1", solution)
        generation = draw.choice([
            lambda: f"The answer is {plain}.", lambda: f"The answer is ${answer}$.", lambda: f"Answer: {plain}",
            lambda: f"{unboxed}", lambda: f"{unboxed} The final answer is {plain}.", lambda: solution,
            lambda: solution[:draw.randint(0, len(solution))], lambda: solutions[other], lambda: f"\\[{answer}\\]",
            lambda: f"so x = {plain}", lambda: f"{solution} and $\\boxed{{{answer}}}$.", lambda: f"\\boxed{{{answer}}}",
            lambda: f"$${answer}$$ or $1$", lambda: f"${answer}$ and ${golds[other]}$", lambda: f"**{plain}**",
            lambda: f"Final Answer: The final answer is {plain}. I hope it is correct.",
            lambda: f"Final Answer: The final answer is ${answer}$ units. I hope it is correct.",
            lambda: f"the final answer is: \\({answer}\\)", lambda: f"We get ${plain} dollars", lambda: plain,
            lambda: f"{unboxed}\nFinal Answer: The final answer is ${answer}$. I hope it is correct.",
            lambda: f"{solution}\nFinal Answer: The final answer is ${answer}",
            lambda: f"1 + {plain} is wrong, the answer = {plain}%", lambda: f"${answer}\\%$", lambda: f"${answer}$\\%",
        ])()
        rows.append({"prediction": answer, "gold": gold, "generation": generation, "solution": solution})
    return rows


def ours(command, rows):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    start = time.time()
    run = subprocess.run(command, input=text, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{command[0]} failed: {run.stderr.strip()}")
    print(f"ours: {len(rows)} pairs in {time.time() - start:.1f} s")
    return [json.loads(line) for line in run.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("command", nargs="+")
    parser.add_argument("--lm-eval")
    parser.add_argument("--pairs", type=int, default=10000)
    parser.add_argument("--generations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache")
    parser.add_argument("--golden")
    parser.add_argument("--differences", type=int, default=20)
    options = parser.parse_args()
    reference = Reference(options.lm_eval)
    path = pathlib.Path(options.data) / "eval" / "math" / "test.jsonl"
    solutions = [json.loads(line)["solution"] for line in path.open()]
    golds = [reference.gold(solution) for solution in solutions]
    selves = [
        {"prediction": gold, "gold": gold, "generation": solution, "solution": solution}
        for gold, solution in zip(golds, solutions)
    ]
    mutated = pairs(golds, options.pairs, options.seed)
    texts = generations(solutions, golds, options.generations, options.seed)
    rows = selves + mutated + texts
    groups = [
        ("gold against itself", 0, len(selves)), ("changed answers", len(selves), len(selves) + len(mutated)),
        ("whole texts", len(selves) + len(mutated), len(rows)),
    ]

    cache = pathlib.Path(options.cache) if options.cache else None
    known = json.loads(cache.read_text()) if cache and cache.exists() else {}
    start = time.time()
    theirs = []
    for row in rows:
        key = json.dumps([row["prediction"], row["gold"], row["generation"], row["solution"]])
        if key not in known:
            known[key] = reference.verdict(row)
        theirs.append(known[key])
    print(f"references: {len(rows)} pairs in {time.time() - start:.1f} s")
    if cache:
        cache.write_text(json.dumps(known))
    verdicts = ours(options.command, rows)

    good = True
    for rule in RULES:
        for name, low, high in groups if rule == "verify" else groups[:2]:
            different = [i for i in range(low, high) if theirs[i][rule] != verdicts[i][rule]]
            agreement = 1 - len(different) / max(1, high - low)
            equal = sum(theirs[i][rule] for i in range(low, high))
            print(f"{rule}, {name}: {equal} of {high - low} equal by the reference, "
                  f"{len(different)} differ, {100 * agreement:.2f} % agree")
            for i in different[:options.differences]:
                print(f"    reference {theirs[i][rule]}: {rows[i]['prediction']!r}  gold {rows[i]['gold']!r}")
            if name != "whole texts":
                good &= agreement >= GOAL and (low > 0 or not different)
    if options.golden:
        import sympy
        unequal = [i for i in range(len(selves)) if not theirs[i]["paper"]]
        pathlib.Path(options.golden).write_text(json.dumps({
            "about": "Zero-based lines of math/test.jsonl whose gold answer does not equal itself by the paper's rule",
            "sympy": sympy.__version__, "antlr4": "4.11", "lines": len(selves), "unequal": unequal}) + "\n")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
