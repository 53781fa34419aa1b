// The metadata keys of GGUF: what changes a network or its tokenizer is followed as llama.cpp follows it, or refused by
// name. The lists here are the keys that the program claims to know.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMModel
import XMTensor
import XMTestSupport

@Suite("GGUFKeyTests")
struct GGUFKeyTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(
        _ architecture: String = "llama", extra: [GGUFTensor] = [], _ change: (inout GGUFMetadata) -> Void
    ) throws -> Xmodel2Config {
        let url = folder.url.appending(path: "model.gguf")
        return try Xmodel2Config(GGUFFile(TinyGGUF.write(to: url, architecture, extra: extra, change)))
    }

    private func expectRefused(_ architecture: String, _ key: String, _ value: GGUFValue) {
        #expect {
            try open(architecture) { $0[key] = value }
        } throws: { error in
            #expect("\(error)".contains(key), "\(error)")
            return "\(error)".contains("model.gguf")
        }
    }

    @Test("what makes another network is refused by name", arguments: ["llama", "granite", "minicpm"])
    func refused(architecture: String) {
        for (name, value) in [
            ("expert_count", .uint32(8)), ("expert_used_count", .uint32(2)), ("attention.sliding_window", .uint32(32)),
            ("attention.clamp_kqv", .float32(8)), ("attention.max_alibi_bias", .float32(8)),
            ("attention.key_length", .uint32(4)), ("attention.value_length", .uint32(16)),
            ("attention.causal", .bool(false)), ("attn_logit_softcapping", .float32(50)),
            ("final_logit_softcapping", .float32(30)), ("use_parallel_residual", .bool(true)),
            ("rope.dimension_count", .uint32(4)), ("rope.dimension_sections", .array(GGUFArray([Int32(1), 2, 3, 0]))),
            ("rope.scaling.type", .string("yarn")), ("rope.scaling.type", .string("longrope")),
            ("rope.scaling.attn_factor", .float32(0.9)), ("rope.scaling.yarn_ext_factor", .float32(1)),
            ("rope.scaling.factor", .float32(-1)), ("rope.scaling.factor", .float32(.nan)),
            ("rope.freq_base_swa", .float32(1e4)), ("tensor_data_layout", .string("other")),
            ("attention.q_lora_rank", .uint32(16)), ("hidden_activation", .string("gelu")),
            ("attention.head_count", .array(GGUFArray([Int32(2), 4]))),
            ("feed_forward_length", .array(GGUFArray([Int32(24), 48]))),
            // Nobody knows what the next release of another program puts there.
            ("new_feature", .float32(0)), ("rope.new", .string("x")),
        ] as [(String, GGUFValue)] {
            expectRefused(architecture, "\(architecture).\(name)", value)
        }
        expectRefused(architecture, "general.type", .string("adapter"))
        expectRefused(architecture, "adapter.type", .string("lora"))
    }

    @Test("factors belong to their architecture; Granite's rotary embedding must be on")
    func factors() throws {
        for (key, value) in [
            ("embedding_scale", Float(12)), ("residual_scale", 0.22), ("logit_scale", 8), ("attention.scale", 0.5),
        ] {
            expectRefused("llama", "llama.\(key)", .float32(value))
        }
        expectRefused("minicpm", "minicpm.attention.scale", .float32(0.5))
        expectRefused("granite", "granite.rope.scaling.finetuned", .bool(false))
        let granite = try open("granite") {
            ($0["granite.attention.scale"], $0["granite.embedding_scale"]) = (.float32(0.5), .float32(12))
            $0["granite.rope.scaling.finetuned"] = .bool(true)
        }
        #expect(granite.softmaxScale == 0.5 && granite.embeddingScale == 12)
        let llama = try open {
            ($0["llama.attention.scale"], $0["llama.embedding_scale"]) = (
                .float32(1 / Float(8).squareRoot()), .float32(1)
            )
            $0["llama.rope.scaling.finetuned"] = .bool(false)
        }
        #expect(llama.softmaxScale == 1 / Float(8).squareRoot() && llama.embeddingScale == 1)
    }

    @Test("keys that change nothing are passed over: general, other programs' and neutral values")
    func harmless() throws {
        let config = try open { metadata in
            for (key, value) in [
                ("general.name", .string("x")), ("general.license.link", .string("x")),
                ("general.type", .string("model")),
                ("general.base_model.0.name", .string("x")), ("general.new", .uint32(1)),
                ("general.file_type", .uint32(0)),
                ("quantize.imatrix.file", .string("x")), ("granite.embedding_scale", .float32(12)),
                ("llama.vocab_size", .uint32(5)), ("llama.rope.dimension_count", .uint32(8)),
                ("llama.attention.key_length", .uint32(8)), ("llama.attention.sliding_window", .uint32(64)),
                ("llama.expert_count", .uint32(0)), ("llama.attention.causal", .bool(true)),
                ("llama.tensor_data_layout", .string("Meta AI original pth")), ("llama.pooling_type", .uint32(0)),
                ("llama.rope.scaling.original_context_length", .uint32(64)),
                ("llama.rope.scaling.attn_factor", .float32(1)), ("llama.attention.clamp_kqv", .float32(0)),
                ("llama.final_logit_softcapping", .float32(0)), ("llama.attention.layer_norm_epsilon", .float32(1e-5)),
                ("llama.attention.sliding_window_pattern", .array(GGUFArray([.bool(false)], elementType: .bool))),
            ] as [(String, GGUFValue)] {
                metadata[key] = value
            }
        }
        var wanted = TinyGGUF.config()
        (wanted.eosID, wanted.bosID) = (2, 1)
        #expect(config == wanted)
    }

    @Test("lists of equal values are the number, as in llama.cpp")
    func equalLists() throws {
        let config = try open {
            $0["llama.attention.head_count"] = .array(GGUFArray([Int32(2), 2]))
            $0["llama.attention.head_count_kv"] = .array(
                GGUFArray([.uint32(1), .uint32(1)], elementType: .uint32))
            $0["llama.feed_forward_length"] = .array(GGUFArray([Int32(24), 24]))
        }
        #expect(config == TinyGGUF.config())
    }

    /// What llama.cpp does: `rope.scale_linear` is the old name of the factor, a factor without a type is linear, 0
    /// stands for 1, and the type "none" turns it off.
    @Test(
        "the factor of linear rotary scaling, by the keys that say it",
        arguments: [
            (nil, nil, nil, nil), ("linear", 4, nil, 4), (nil, 4, nil, 4), (nil, nil, 4, 4), ("linear", nil, 4, 4),
            (nil, 2, 4, 2), ("none", 4, nil, nil), ("none", nil, 4, nil), (nil, 0, nil, nil), (nil, nil, 0, nil),
            (nil, 1, nil, nil), ("linear", nil, nil, nil), (nil, 0.5, nil, 0.5),
        ] as [(String?, Float?, Float?, Float?)])
    func ropeScaling(type: String?, factor: Float?, old: Float?, wanted: Float?) throws {
        func change(_ metadata: inout GGUFMetadata) {
            metadata["llama.rope.scaling.type"] = type.map { .string($0) }
            metadata["llama.rope.scaling.factor"] = factor.map { .float32($0) }
            metadata["llama.rope.scale_linear"] = old.map { .float32($0) }
        }
        #expect(try open("llama", change).ropeFactors == wanted.map { [Float](repeating: $0, count: 4) })
        // The divisors of a tensor, Llama 3's way, come on top.
        let divisors: [Float] = [1, 2, 4, 8]
        let tensor = GGUFTensor(name: "rope_freqs.weight", type: .f32, shape: [4]) { sink in
            try divisors.withUnsafeBytes(sink)
        }
        #expect(try open("llama", extra: [tensor], change).ropeFactors == divisors.map { $0 * (wanted ?? 1) })
    }

    @Test("keys of the tokenizer that this program does not follow are refused by name")
    func tokenizer() throws {
        func check(_ key: String, _ value: GGUFValue) throws {
            var metadata = TinyGGUF.metadata()
            metadata["tokenizer.ggml." + key] = value
            try GGUFKeys.checkTokenizer(metadata)
        }
        for (key, value) in [
            ("add_eos_token", .bool(true)), ("add_sep_token", .bool(true)), ("normalizer.lowercase", .bool(true)),
            ("precompiled_charsmap", .array(GGUFArray(bytes: [7, 1, 0, 0]))),
            ("suppress_tokens", .array(GGUFArray([Int32(0)]))), ("new_rule", .bool(false)),
        ] as [(String, GGUFValue)] {
            #expect { try check(key, value) } throws: { "\($0)".contains("tokenizer.ggml.\(key)") }
        }
        for (key, value) in [
            ("add_eos_token", .bool(false)), ("precompiled_charsmap", .array(GGUFArray(bytes: []))),
            ("suppress_tokens", .array(GGUFArray([Int32]()))), ("mask_token_id", .uint32(4)),
            ("seperator_token_id", .uint32(4)), ("token_type_count", .uint32(1)), ("fim_pre_token_id", .uint32(4)),
            ("add_padding_token", .bool(true)),
        ] as [(String, GGUFValue)] {
            try check(key, value)
        }
    }
}
