# Checks `xmodel convert --to gguf` with its real reader: llama.cpp must load the file, give prompts the ids that this
# program gives them, and continue them greedily with the same text in f32, as text and through the chat template.
# Development only; wants llama-tokenize and llama-completion, which script/bench knows how to build.
#   python tools/oracles/check_gguf_export.py --xmodel .build/release/xmodel --llama BIN_FOLDER --model RUN
# SPDX-License-Identifier: Apache-2.0

import argparse
import ast
import pathlib
import subprocess
import sys
import tempfile

PROMPTS = ["Tom has", "The", "Mona finds 12 shells and Finn finds 6. How many do they find together?", "What is 3 + 4?"]
NEW_TOKENS = 48
MORE_TOKENS = 16  # llama-completion may lose the last ones of a text that the limit ends


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def chat_text(system, prompt):
    return f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"


def check(options, target, file):
    run(options.xmodel, "convert", options.model, file, "--to", target)
    unigram = any(path.exists() for path in (options.model / "tokenizer.model",
                                             *sorted(options.model.glob("checkpoints/*/tokenizer.model"))))
    blank = " " if unigram else ""  # in front of a text, which the file of a Unigram model leaves to the text's writer
    greedy = [options.llama / "llama-completion", "-m", file, "-n", NEW_TOKENS + MORE_TOKENS, "--temp", "0",
              "-t", options.threads, "-ctk", "f32", "-ctv", "f32", "-fa", "off", "--no-display-prompt", "--simple-io",
              "--special"]
    good = True
    for prompt in PROMPTS:
        for chat in (False, True):
            text = chat_text(options.system, prompt) if chat else prompt
            ids = ast.literal_eval(run(options.llama / "llama-tokenize", "-m", file, "--ids", "--log-disable",
                                       "--no-bos", "-p", blank + text).strip().split("\n")[-1])
            words = run(options.xmodel, "tokenizer", "encode", "--model", options.model, text).split()
            same_ids = ids == [int(word) for word in words]
            if chat:
                theirs = run(*greedy, "-cnv", "--jinja", "-st", "-p", prompt)
            else:
                theirs = run(*greedy, "-no-cnv", "-p", blank + prompt)
            theirs = theirs.replace("[end of text]", "").strip().removesuffix("<|im_end|>").removesuffix("</s>").strip()
            ours = run(options.xmodel, "generate", "--model", options.model, "--prompt", prompt, "--max-tokens",
                       NEW_TOKENS, "--compute", "f32", "--matmul", "dequantized", *(["--chat"] if chat else []))
            ours = ours[0 if chat else len(prompt) :].strip()
            ended = len(run(options.xmodel, "tokenizer", "encode", "--model", options.model, ours).split()) < NEW_TOKENS - 4
            same_text = theirs == ours if ended else theirs.startswith(ours)
            good = good and same_ids and same_text
            ids_word = "equal" if same_ids else "DIFFER"
            text_word = "equal" if same_text else f"DIFFERS\n  ours   {ours!r}\n  theirs {theirs!r}"
            print(f"{target} {'chat' if chat else 'text'} {prompt!r}: ids {ids_word}, greedy text {text_word}")
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--xmodel", type=pathlib.Path, required=True)
    parser.add_argument("--llama", type=pathlib.Path, required=True, help="folder of llama.cpp's programs")
    parser.add_argument("--model", type=pathlib.Path, required=True, help="a trained checkpoint, run, folder or GGUF file")
    parser.add_argument("--targets", nargs="+", default=["gguf", "gguf-minicpm"])
    parser.add_argument("--system", default="You are a helpful assistant.", help="what the chat template begins with")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        targets = options.targets
        results = [check(options, target, pathlib.Path(folder) / f"{target}.gguf") for target in targets]
    sys.exit(0 if all(results) else 1)


main()
