# Compares our scalar quantisers (CXMKernels/quant) with ggml's C code on the same values: bytes, errors, and whether
# both dequantise the same blocks to the same bits. Prints one line per type and set of values.
# Development only. It needs two shared libraries and, for real weights, a GGUF file with a Q8_0 embedding:
#   gcc -O3 -ffp-contract=off -shared -fPIC -ISources/CXMKernels/include Sources/CXMKernels/quant/quant.c -o ours.so -lm
#   ggml's libggml-base.so, built with CMake from vendor/llama.cpp of the PyPI source package llama-cpp-python
#   python tools/oracles/compare_quantizers.py ours.so libggml-base.so MODEL.gguf
# SPDX-License-Identifier: Apache-2.0

import ctypes
import sys

import gguf
import numpy as np

Q = gguf.GGMLQuantizationType
TYPES = (Q.Q8_0, Q.Q4_0, Q.Q4_K, Q.Q6_K)
ROW = 256  # values; whole blocks of every type


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def relative_error(x, y):
    difference = (y - x).astype(np.float64)
    return np.sqrt(np.mean(difference**2) / np.mean(x.astype(np.float64) ** 2))


def compare(kind, x, ours, ggml):
    values, size = gguf.GGML_QUANT_SIZES[kind]
    count = x.size // values
    blocks = [np.zeros(count * size, np.uint8) for _ in range(2)]
    getattr(ours, f"xm_quantize_{kind.name.lower()}")(pointer(x), pointer(blocks[0]), ctypes.c_int64(count))
    ggml.ggml_quantize_chunk(int(kind), pointer(x), pointer(blocks[1]), 0, x.size // ROW, ROW, None)
    errors = []
    for block in blocks:
        by_us, by_ggml = np.zeros_like(x), np.zeros_like(x)
        getattr(ours, f"xm_dequantize_{kind.name.lower()}")(pointer(block), pointer(by_us), ctypes.c_int64(count))
        name = kind.name[:-1].lower() + kind.name[-1]  # dequantize_row_q4_K
        getattr(ggml, f"dequantize_row_{name}")(pointer(block), pointer(by_ggml), ctypes.c_int64(x.size))
        by_python = gguf.quants.dequantize(block.reshape(-1, size), kind).reshape(-1)
        assert np.array_equal(by_us.view(np.uint32), by_ggml.view(np.uint32)), kind
        assert np.array_equal(by_us.view(np.uint32), by_python.view(np.uint32)), kind
        errors.append(relative_error(x, by_us))
    same = np.mean(blocks[0] == blocks[1])
    return f"{kind.name}  relative RMS error ours {errors[0]:.5f}  ggml {errors[1]:.5f}  equal bytes {same:.4f}"


def main(our_path, ggml_path, model_path):
    ours, ggml = ctypes.CDLL(our_path), ctypes.CDLL(ggml_path)
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    pointer_type, wide = ctypes.c_void_p, ctypes.c_int64
    ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, pointer_type, pointer_type, wide, wide, wide, pointer_type]
    random = np.random.default_rng(1)
    count = 4096 * ROW
    sets = {
        "normal": random.normal(0, 0.02, count),
        "heavy tails (Student, 4 degrees)": random.standard_t(4, count) * 0.02,
        "uniform": random.uniform(-1, 1, count),
    }
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(model_path).tensors}
    embedding = gguf.quants.dequantize(tensors["token_embd.weight"].data[:4096], Q.Q8_0).reshape(-1)
    sets["embedding of the model"] = embedding[: embedding.size // ROW * ROW]
    for name, values in sets.items():
        print(name)
        for kind in TYPES:
            print("  " + compare(kind, np.ascontiguousarray(values, np.float32), ours, ggml))


main(*sys.argv[1:])
