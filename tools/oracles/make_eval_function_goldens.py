# Writes Tests/Fixtures/eval/functions.json: what the functions of lm-evaluation-harness's tasks make of awkward
# invented texts. Development only; wants lm_eval 0.4.13 [math] and the unpacked wheel of 0.4.7.
#   python tools/oracles/make_eval_function_goldens.py TASKS_OF_0_4_7 > Tests/Fixtures/eval/functions.json
# SPDX-License-Identifier: Apache-2.0

import json
import logging
import pathlib
import sys

import lm_eval
import lm_eval.tasks
import lm_eval.utils
from lm_eval.tasks._yaml_loader import _load_module_with_cache as load

lm_eval.utils.eval_logger = logging.getLogger("lm_eval")  # what 0.4.7 imports
TASKS = pathlib.Path(lm_eval.tasks.__file__).parent

HELLASWAG = [
    "", "  a  ", "[header] How to [title] wait", "x [title] y [step] z", "a [b\nc] d", "a [b] [c]  d   e    f",
    "]x[", "[]",
    "[a[b]c]", "\u3000[x]\u00a0y\u3000", " [title][title]",
]
CAPITALIZED = [
    "", "he", "HE SAID", "éCOLE Ünder", "ßtraße", "ΟΔΟΣ ΟΔΟΣ", "ǆungla", "1ST Test", " leading", "ŉ X",
    "İ I",
]
WIKITEXT = [
    "", " = A Title = \n \n The cat 's tail , it said , was 3 @,@ 000 @.@ 5 cm @-@ long . \n",
    "( a ( b ) c ) [ d ] { e }",
    '" one " and " two', "the boys ' ball ' s '", " N ° N \u00b0 N \u00b0 ",
    "= = A = = \n = = = B = = = \n = = = = C = = = =",
    "a : b ; c ! d ? e . f", "/' 5/ x /' 12/", "\n x\n  y \n", "(\u3000wide\u3000)", "{ \n a \n }", "' a ' b ' c",
    "( never closed",
]
MATH = [
    "", "x = 5", "100,000", "1,000,000.5", "0,1", "12,34", "-1,234", "2\\pi cm", "\\left( 3, 4 \\right)", "5 ft",
    "\\text{5 meters}",
    "\\frac12", "\\frac1{2}", "\\frac{1}2", "\\sqrt3", "\\sqrt[3]8", "\\sqrt[3]{8}", "\\sqrt [3]8", "\\infty",
    "10\\%", "\\$3.50", "a an b",
    "$x$ and $y$", "\\boxed{7}", "\\textbf{(C)}", "\\overline{AB}", "90^\\circ", "90^{\\circ}", "\\mathrm{th}",
    "\"quoted\"", "3\\ 4", "{,}",
    "10 square units", "units_x", "feetfeet", "\\ft x", "\\textcm", "cm\\cm cm2", "1,\\!000", "\\text{m}",
    "\\mbox{inches}", "x\\in[-2,7]",
    "\\dots 3 \\ldots", "11,\\text{and}12", "50\\text{ cents}", "two  words", ".$", "1\n2", "frac\n", "sqrt",
    "multiples sue",
    "\\text{\ns}", "١٢٣,٤٥٦",
]


def main():
    preprocess = load(TASKS / "hellaswag/utils.py").preprocess
    detokenize = load(TASKS / "wikitext/preprocess_wikitext.py").wikitext_detokenizer
    current = load(TASKS / "minerva_math/utils.py").normalize_final_answer
    paper = load(pathlib.Path(sys.argv[1]).resolve() / "minerva_math/utils.py").normalize_final_answer
    goldens = {
        "versions": {"python": sys.version.split()[0], "lm_eval": "0.4.13", "lm_eval_paper": "0.4.7"},
        "hellaswag": [[text, preprocess(text)] for text in HELLASWAG],
        "capitalized": [[text, text.capitalize()] for text in CAPITALIZED],
        "wikitext": [[text, detokenize({"page": text})] for text in WIKITEXT],
        "minerva_math": [[text, current(text)] for text in MATH],
        "minerva_math_paper": [[text, paper(text)] for text in MATH],
    }
    print(json.dumps(goldens, indent=1, ensure_ascii=False))


main()
