# Checks `xmodel convert` for BPE tokenizers with their real readers. Each VOCABULARY is a GGUF file; one without
# tensors (a bare vocabulary) is put beside a tiny network of random numbers first. It becomes a Hugging Face folder,
# and that a GGUF file again: stock transformers, llama.cpp and this program must give all texts the same ids.
# Development only; wants transformers, gguf, numpy and llama-tokenize.
#   python tools/oracles/check_bpe_export.py --xmodel .build/release/xmodel --llama BIN --texts FILE... -- VOCABULARY...
# SPDX-License-Identifier: Apache-2.0

import argparse
import ast
import pathlib
import subprocess
import sys
import tempfile
import unicodedata

import gguf
import numpy
import transformers

HOSTILE = [
    "", " ", "  ", "   x", "x   ", "\t", "a\tb", "1", "12", "123", "1234567", " 1 22 333", "3.14,15", "it's IT'S 'Ll we'VE",
    "😀", "a😀b 👩\u200d🚀 🇩🇪", "你好，世界", "こんにちは 세계", "Zażółć gęślą", "ä ü ﬁ Å", "\u00a0x\u3000y\u200bz\ufeff",
    "مرحبا", "नमस्ते", "𝔘𝔫𝔦 \U0010fffe", "ſ ẞ İ ı", "<|im_start|>user<|im_end|>", "<|endoftext|>", "<s>", "</s>a", "<unk>",
    "<|begin_of_text|> a", "<|eot_id|>b", "▁ ▁a", "if (a && b) { return!c; }", "…“quoted”—text", "a" * 200, "ab" * 150,
]


def run(*command, text=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, input=text)
    if done.returncode != 0:
        sys.exit(f"{command} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def with_network(source, target):
    """The vocabulary with one layer of random numbers, as the architecture llama."""
    reader = gguf.GGUFReader(source)
    rows = len(reader.fields["tokenizer.ggml.tokens"].data)
    writer = gguf.GGUFWriter(target, "llama")
    for key, value in [("context_length", 512), ("embedding_length", 8), ("block_count", 1), ("feed_forward_length", 8),
                       ("attention.head_count", 2), ("attention.head_count_kv", 1), ("rope.dimension_count", 4)]:
        writer.add_uint32(f"llama.{key}", value)
    writer.add_float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
    for name, field in reader.fields.items():
        if name.startswith("tokenizer."):
            writer.add_key_value(name, field.contents(), field.types[0],
                                 sub_type=field.types[-1] if len(field.types) > 1 else None)
    random = numpy.random.default_rng(1)
    shapes = {"token_embd": (rows, 8), "output_norm": (8,), "blk.0.attn_norm": (8,), "blk.0.attn_q": (8, 8),
              "blk.0.attn_k": (4, 8), "blk.0.attn_v": (4, 8), "blk.0.attn_output": (8, 8), "blk.0.ffn_norm": (8,),
              "blk.0.ffn_gate": (8, 8), "blk.0.ffn_up": (8, 8), "blk.0.ffn_down": (8, 8)}
    for name, shape in shapes.items():
        writer.add_tensor(name + ".weight", random.standard_normal(shape, dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def check(options, source, lines, scratch):
    name = source.stem
    if not gguf.GGUFReader(source).tensors:
        with_network(source, scratch / f"{name}.gguf")
        source = scratch / f"{name}.gguf"
    folder, again = scratch / f"{name}-folder", scratch / f"{name}-again.gguf"
    run(options.xmodel, "convert", source, folder, "--to", "llama")
    run(options.xmodel, "convert", folder, again, "--to", "gguf-llama", "--type", "f16")

    def ours(model):
        text = "".join(line + "\n" for line in lines)
        output = run(options.xmodel, "tokenizer", "encode", "--model", model, text=text)
        return [[int(word) for word in line.split()] for line in output.split("\n")[: len(lines)]]

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    found = {
        "ours, folder": ours(folder), "ours, GGUF again": ours(again),
        "transformers": [tokenizer(line, add_special_tokens=False)["input_ids"] for line in lines],
    }
    wanted = ours(source)
    some = len(HOSTILE) + options.llama_lines
    file = scratch / "line.txt"

    def llama(model, line):
        file.write_bytes(line.encode())
        output = run(options.llama / "llama-tokenize", "-m", model, "--ids", "--log-disable", "--no-bos", "-f", file)
        return ast.literal_eval(output.strip().split("\n")[-1])

    texts = [line for line in lines[:some] if line]  # it takes an empty file for none
    found["llama.cpp, GGUF again"] = dict(zip(texts, (llama(again, line) for line in texts)))
    found["llama.cpp, source"] = dict(zip(texts, (llama(source, line) for line in texts)))
    good = True
    for reader, rows in found.items():
        pairs = [(line, ids, rows[line] if isinstance(rows, dict) else rows[index])
                 for index, (line, ids) in enumerate(zip(lines, wanted)) if not isinstance(rows, dict) or line in rows]
        wrong = [pair for pair in pairs if pair[1] != pair[2]]
        print(f"{name}: {reader}: {len(pairs) - len(wrong)} of {len(pairs)} texts have the ids of the source")
        for line, a, b in wrong[:4]:
            form = "" if unicodedata.is_normalized("NFC", line) else " (not in normal form C)"
            print(f"  {line[:70]!r}{form}\n    source {a[:16]}\n    here   {b[:16]}")
        good = good and not wrong
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--xmodel", type=pathlib.Path, required=True)
    parser.add_argument("--llama", type=pathlib.Path, required=True, help="folder of llama.cpp's programs")
    parser.add_argument("--texts", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--lines", type=int, default=300, help="lines of each text")
    parser.add_argument("--llama-lines", type=int, default=60, help="lines through llama.cpp, a process each")
    parser.add_argument("vocabularies", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    lines = list(HOSTILE)
    texts = [path.read_text(errors="replace").replace("\r", "").split("\n") for path in options.texts]
    texts = [[line for line in text if line.strip()][: options.lines] for text in texts]
    for group in zip(*texts):
        lines += group
    good = True
    for source in options.vocabularies:
        with tempfile.TemporaryDirectory() as folder:
            good = check(options, source, lines, pathlib.Path(folder)) and good
    sys.exit(0 if good else 1)


main()
