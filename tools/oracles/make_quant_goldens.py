# Makes Tests/Fixtures/quantization/goldens.gguf with the gguf package of the llama.cpp project: a file of another
# writer, whose tensors are raw blocks of every type, the values that gguf.quants dequantises them to, and the blocks it
# quantises a source to. The versions used stand in the file's metadata and in the README beside it.
# Development only: pip install gguf numpy; python tools/oracles/make_quant_goldens.py Tests/Fixtures/quantization
# SPDX-License-Identifier: Apache-2.0

import importlib.metadata
import pathlib
import sys

import gguf
import numpy as np

Q = gguf.GGMLQuantizationType

# Byte positions of the f16 scales of a block; the other bytes may be anything.
HALVES = {
    Q.F16: [0], Q.BF16: [], Q.Q8_0: [0], Q.Q4_0: [0], Q.Q4_1: [0, 2], Q.Q5_0: [0], Q.Q5_1: [0, 2],
    Q.Q4_K: [0, 2], Q.Q5_K: [0, 2], Q.Q6_K: [208],
}
# Scales that a careless reader gets wrong: subnormal, negative, zero, the largest.
AWKWARD = np.array([6e-8, -3e-5, 0.0, -0.0, 65504.0, 0.013], np.float16)


def random_blocks(kind, rows, columns, random):
    """uint8 [rows, bytes]: random blocks whose scales are finite, some of them awkward."""
    values, size = gguf.GGML_QUANT_SIZES[kind]
    count = rows * columns // values
    blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
    for place in HALVES[kind]:
        scales = random.normal(0, 0.02, count).astype(np.float16)
        few = random.permutation(count)[: min(count, len(AWKWARD)) // 2 + 1]
        scales[few] = random.choice(AWKWARD, len(few))
        blocks[:, place : place + 2] = scales.view(np.uint8).reshape(count, 2)
    if kind == Q.BF16:
        blocks[:, 1] &= 0x3F  # no infinities or NaN
    return blocks.reshape(rows, -1)


def source(random):
    """f32 [16, 32] of several magnitudes: ties, zeros, a row of one value, and eight rows with a value so near the
    middle between two q of Q4_0 that f64 arithmetic would decide otherwise."""
    x = random.normal(0, 1, (8, 32)).astype(np.float32) * np.float32([[1e-3], [0.02], [1], [30], [0.5], [1], [0], [2]])
    x[4] = np.round(x[4] * 4) / 4
    x[5] = -0.75
    x[7, ::2] = -x[7, 1::2]
    many = (np.round(random.normal(0, 100, (4000, 32))) / 8).astype(np.float32)
    extreme = np.take_along_axis(many, abs(many).argmax(axis=1, keepdims=True), axis=1)
    inverse = np.float32(1) / (extreme / np.float32(-8))
    narrow, wide = many * inverse + np.float32(8.5), many.astype(np.float64) * inverse + 8.5
    near = many[(np.trunc(narrow) != np.trunc(wide)).any(axis=1)]
    return np.concatenate([x, near[:8]])


def main(folder):
    random = np.random.default_rng(20251124)
    writer = gguf.GGUFWriter(folder / "goldens.gguf", "golden")
    versions = {name: importlib.metadata.version(name) for name in ("gguf", "numpy")}
    writer.add_string("golden.versions", ", ".join(f"{name} {version}" for name, version in versions.items()))
    for name, value in [
        ("uint8", 255), ("int8", -128), ("uint16", 65535), ("int16", -32768), ("uint32", 2**32 - 1),
        ("int32", -(2**31)), ("uint64", 2**64 - 1), ("int64", -(2**63)), ("float32", 0.1), ("float64", 0.1),
        ("bool", True), ("string", "文字 🙂\n"),
    ]:
        getattr(writer, "add_" + name)("golden." + name, value)
    writer.add_array("golden.strings", ["", "a", "é", "你好"])
    writer.add_array("golden.integers", [1, -2, 3])
    writer.add_array("golden.floats", [0.5, -1.5])
    writer.add_array("golden.bools", [True, False])
    for kind in HALVES:
        rows, columns = (2, 256) if kind.name.endswith("K") else (3, 64)
        blocks = random_blocks(kind, rows, columns, random)
        writer.add_tensor(f"{kind.name}.blocks", blocks, raw_dtype=kind)
        values = gguf.quants.dequantize(blocks, kind).astype(np.float32)
        writer.add_tensor(f"{kind.name}.values", values.reshape(rows, columns))
    x = source(random)
    writer.add_tensor("source", x)
    for kind in (Q.F16, Q.BF16, Q.Q8_0, Q.Q4_0):
        writer.add_tensor(f"{kind.name}.quantized", gguf.quants.quantize(x, kind).view(np.uint8), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main(pathlib.Path(sys.argv[1]))
