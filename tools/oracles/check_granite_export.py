# Checks `xmodel convert --to granite` (or llama) with its real reader, stock transformers: golden cases must give the
# golden logits and greedy ids, a trained model must tokenise and continue prompts exactly as this program does in f32.
# Development only; wants torch, transformers, safetensors and numpy.
#   python tools/oracles/check_granite_export.py --xmodel .build/release/xmodel --golden FOLDER --model RUN --texts FILE
# SPDX-License-Identifier: Apache-2.0

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file

PROMPTS = ["Tom has", "The", " two blanks  inside", "What is 3 + 4?"]
NEW_TOKENS = 48
TOLERANCE = 1e-5  # of the largest logit, in f32


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def golden_case(xmodel, golden, name, scratch):
    facts = json.loads((golden / f"{name}.json").read_text())
    source, target = scratch / name, scratch / f"{name}-granite"
    source.mkdir()
    config = facts["config"] | {"model_type": "xmodel", "architectures": ["XmodelForCausalLM"]}
    (source / "config.json").write_text(json.dumps(config))
    shutil.copy(golden / f"{name}.weights.safetensors", source / "model.safetensors")
    run(xmodel, "convert", source, target, "--to", "granite", "--without-tokenizer")
    model = transformers.AutoModelForCausalLM.from_pretrained(target, dtype=torch.float32)
    assert type(model).__name__ == "GraniteForCausalLM", type(model)
    io = load_file(golden / f"{name}.io.safetensors")
    ids = io["input_ids"].long()
    with torch.no_grad():
        logits = model(ids).logits
    error = ((logits - io["logits"]).abs().max() / io["logits"].abs().max()).item()
    prompt = facts["greedy_prompt_len"]
    wanted = facts["greedy_ids"]
    with torch.no_grad():
        found = model.generate(
            torch.tensor([wanted[:prompt]]), max_new_tokens=len(wanted) - prompt, do_sample=False, eos_token_id=None)
    greedy = found[0].tolist() == wanted
    print(f"{name}: logits differ by {error:.2e} of the largest; greedy ids {'equal' if greedy else 'DIFFER'}")
    return error <= TOLERANCE and greedy


def our_ids(xmodel, folder, lines):
    text = "".join(line + "\n" for line in lines)
    command = [str(xmodel), "tokenizer", "encode", "--model", str(folder)]
    output = subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout
    return [[int(word) for word in line.split()] for line in output.split("\n")[: len(lines)]]


def same_ids(xmodel, folder, tokenizer, lines):
    ours = our_ids(xmodel, folder, lines)
    wrong = 0
    for line, ids in zip(lines, ours):
        theirs = tokenizer(line, add_special_tokens=False)["input_ids"]
        if theirs != ids:
            wrong += 1
            if wrong <= 5:
                print(f"  ids differ: {line[:60]!r}\n    ours   {ids[:24]}\n    theirs {theirs[:24]}")
        elif tokenizer.decode(theirs) != line and "<" not in line:
            print(f"  text differs after decoding: {line[:60]!r} {tokenizer.decode(theirs)[:60]!r}")
    print(f"tokenizer: {len(lines) - wrong} of {len(lines)} texts have equal ids")
    return wrong


def trained_model(xmodel, run_folder, kind, scratch, texts):
    target = scratch / "trained"
    run(xmodel, "convert", run_folder, target, "--to", kind)
    tokenizer = transformers.AutoTokenizer.from_pretrained(target)
    model = transformers.AutoModelForCausalLM.from_pretrained(target, dtype=torch.float32)
    lines = PROMPTS + texts
    wrong = same_ids(xmodel, run_folder, tokenizer, lines)
    good = True
    for prompt in PROMPTS:
        for chat in (False, True):
            if chat:
                messages = [{"role": "user", "content": prompt}]
                text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
            else:
                text = prompt
            ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
            with torch.no_grad():
                output = model.generate(ids, max_new_tokens=NEW_TOKENS, do_sample=False)[0, ids.shape[1] :].tolist()
            stops = model.generation_config.eos_token_id
            output = output[:-1] if output and output[-1] in stops else output
            theirs = tokenizer.decode(output)
            ours = run(
                xmodel, "generate", "--model", run_folder, "--prompt", prompt, "--max-tokens", NEW_TOKENS,
                "--compute", "f32", "--matmul", "dequantized", *(["--chat"] if chat else []))[:-1]
            ours = ours if chat else ours[len(prompt) :]
            # Decoding a continuation alone drops its first blank in one of the two programs.
            same = theirs.strip() == ours.strip()
            good = good and same
            print(f"{'chat' if chat else 'text'} {prompt!r}: {'equal' if same else f'DIFFER {ours!r} {theirs!r}'}")
    return good and wrong == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--xmodel", type=pathlib.Path, required=True)
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("--model", type=pathlib.Path, help="a trained checkpoint or run with a tokenizer")
    parser.add_argument("--to", default="granite", help="granite or llama")
    parser.add_argument("--texts", type=pathlib.Path, help="more lines to tokenise")
    parser.add_argument("--lines", type=int, default=500)
    options = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        for name in ("mup", "plain") if options.golden else ():
            good = golden_case(options.xmodel, options.golden, name, scratch) and good
        texts = []
        if options.texts:
            lines = options.texts.read_text(errors="replace").split("\n")
            texts = [line for line in lines if line.strip()][: options.lines]
        if options.model:
            good = trained_model(options.xmodel, options.model, options.to, scratch, texts) and good
    sys.exit(0 if good else 1)


main()
