// A real model file, SmolLM2-135M-Instruct in Q4_1: opens at once, states what is known of it, and its weights are
// sane. script/fetch-smollm2 brings it; without it these tests are skipped.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTensor
import XMFormats
import XMTensor
import XMTestSupport

@Suite("SmolLM2FileTests", .enabled(if: SmolLM2.isPresent, "\(SmolLM2.reason)"))
struct SmolLM2FileTests {
    @Test("opens in well under a second, with the known metadata and tensors")
    func opens() throws {
        let start = ContinuousClock.now
        let file = try GGUFFile(SmolLM2.file)
        #expect(ContinuousClock.now - start < .milliseconds(500))
        let metadata = file.metadata
        #expect(metadata.keys.count == 33)
        #expect(try metadata.string("general.architecture") == "llama")
        #expect(try metadata.required("llama.block_count", metadata.integer) == 30)
        #expect(try metadata.integer("llama.attention.head_count_kv") == 3)
        #expect(try metadata.number("llama.rope.freq_base") == 100_000)
        #expect(try metadata.bool("tokenizer.ggml.add_bos_token") == false)
        let tokens = try metadata.required("tokenizer.ggml.tokens", metadata.strings)
        #expect(tokens.count == 49_152)
        #expect(tokens[1] == "<|im_start|>")
        #expect(try metadata.strings("tokenizer.ggml.merges")?.count == 48_900)
        #expect(try metadata.integers("tokenizer.ggml.token_type")?.prefix(2) == [3, 3])
        #expect(file.tensors.count == 272)
        #expect(try file.tensor("token_embd.weight").shape == [49_152, 576])
        #expect(try file.tensor("blk.0.ffn_down.weight").type == .q4_1)
    }

    @Test("the facts have the parameter count and the memory of the cache")
    func facts() throws {
        let facts = try ModelFacts.read(SmolLM2.file)
        #expect(facts.parameters == 134_515_008)
        #expect(facts.totals.map(\.type) == ["Q4_1", "Q8_0", "F32"])
        #expect(facts.totals.map(\.tensors) == [210, 1, 61])
        // 30 layers, 3 heads, keys and values of 64, 8192 positions, two bytes.
        #expect(facts.cacheSizes.last?.bytes16 == 30 * 3 * 128 * 8192 * 2)
    }

    @Test("weights dequantise to finite numbers of a sensible size")
    func weights() throws {
        let file = try GGUFFile(SmolLM2.file)
        let values = try file.floats("blk.29.attn_k.weight")
        #expect(values.count == 192 * 576)
        let rms = (values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
        #expect(0.01 < rms && rms < 1)
    }
}
