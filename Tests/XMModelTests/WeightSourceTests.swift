// The tensors of a file are the network's, all of them and nothing else: what is too much, too little or no number is
// named as the file names it.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMInference
import XMModel
import XMTensor
import XMTestSupport

@Suite("WeightSourceTests")
struct WeightSourceTests {
    private let folder: TemporaryFolder
    private let config: Xmodel2Config

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
        config = try Xmodel2Config(folder: folder.url)
    }

    private func open() throws -> WeightSource {
        try WeightSource(folder: folder.url, config: Xmodel2Config(folder: folder.url))
    }

    /// The folder's model as a GGUF file.
    private func gguf(
        ownHead: Bool = false, _ change: ([GGUFTensor]) throws -> [GGUFTensor] = { $0 }
    ) throws -> URL {
        let target = folder.url.appending(path: "model.gguf")
        try? FileManager.default.removeItem(at: target)
        var network = config
        network.hasOwnHead = ownHead
        try GGUFExport.write(
            RandomWeights(network, seed: 1), tokenizer: TokenizerExport(numbered: config.vocabularySize),
            name: "tiny", as: .granite, preset: QuantizationPreset(name: "f32"), to: target,
            pool: ThreadPool(threadCount: 1))
        let file = try GGUFFile(target)
        let tensors = try file.tensors.map { stored in
            GGUFTensor(name: stored.name, type: try #require(stored.type), shape: stored.shape) { sink in
                try stored.bytes().withUnsafeBytes(sink)
            }
        }
        let changed = folder.url.appending(path: "changed.gguf")
        try GGUFWriter.write(try change(tensors), metadata: file.metadata, to: changed)
        return changed
    }

    private static func ggufTensor(_ name: String, _ values: [Float]) -> GGUFTensor {
        GGUFTensor(name: name, type: .f32, shape: [values.count]) { sink in try values.withUnsafeBytes(sink) }
    }

    @Test(
        "a tensor that the network has no place for is refused by name, with what it may mean",
        arguments: [
            ("model.layers.0.self_attn.q_proj.bias", "attention biases"),
            ("model.layers.0.mlp.down_proj.bias", "has biases"),
            ("model.layers.1.input_layernorm.weight", "layer 1, and the configuration says 1 layers"),
            ("model.layers.0.self_attn.q_norm.weight", "norms of queries and keys"),
            ("model.layers.0.mlp.experts.3.up_proj.weight", "mixture of experts"),
            ("model.layers.0.self_attn.q_proj.lora_A.weight", "an adapter"),
            ("lm_head.weight", "tie_word_embeddings"), ("visual.weight", "another architecture"),
        ])
    func unexpected(name: String, meaning: String) throws {
        try TinyModelFolder.rewriteWeights(of: folder.url) { $0[name] = ([2], [1, 2]) }
        #expect {
            try open()
        } throws: { error in
            ["model.safetensors", "'\(name)'", meaning].allSatisfy { "\(error)".contains($0) }
        }
    }

    @Test("GGUF: biases and layers too many are refused, rotary factors are not")
    func unexpectedGGUF() throws {
        for (name, meaning) in [
            ("blk.0.attn_q.bias", "attention biases"), ("blk.7.attn_norm.weight", "layer 7"),
            ("blk.0.ffn_gate_exps.weight", "mixture of experts"),
        ] {
            let file = try GGUFFile(gguf { $0 + [Self.ggufTensor(name, [1, 2])] })
            #expect {
                try WeightSource(file, config: Xmodel2Config(file))
            } throws: { error in
                [file.path, "'\(name)'", meaning].allSatisfy { "\(error)".contains($0) }
            }
        }
        let factors = [Float](repeating: 2, count: config.headSize / 2)
        let file = try GGUFFile(gguf { $0 + [Self.ggufTensor("rope_freqs.weight", factors)] })
        #expect(try WeightSource(file, config: Xmodel2Config(file)).config.ropeFactors == factors)
        for wrong in [[Float](repeating: 2, count: 3), factors.map { -$0 }, factors.map { $0 / 0 }] {
            let file = try GGUFFile(gguf { $0 + [Self.ggufTensor("rope_freqs.weight", wrong)] })
            #expect { try Xmodel2Config(file) } throws: { "\($0)".hasPrefix(file.path) && "\($0)".contains("rope") }
        }
    }

    @Test("rotary tables and a repeated head are no surprise")
    func harmless() throws {
        try TinyModelFolder.rewriteWeights(of: folder.url) { tensors in
            tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = ([2], [1, 2])
            tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
        }
        _ = try open()
        try TinyModelFolder.rewriteWeights(of: folder.url) { $0["lm_head.weight"]?.values[5] += 1 }
        #expect { try open() } throws: { "\($0)".contains("'lm_head.weight'") && "\($0)".contains("it differs") }
    }

    @Test("missing tensors, wrong shapes and integers are named")
    func wrong() throws {
        let name = "model.layers.0.mlp.up_proj.weight"
        let url = folder.url.appending(path: "model.safetensors")
        let whole = try Data(contentsOf: url)
        try TinyModelFolder.rewriteWeights(of: folder.url) { $0[name]?.shape = [32, 64] }
        #expect { try open() } throws: { "\($0)".contains(name) && "\($0)".contains("[32, 64]") }
        try TinyModelFolder.rewriteWeights(of: folder.url) { $0[name] = nil }
        #expect { try open() } throws: { "\($0)".contains(name) && "\($0)".contains("missing") }
        // The header's first F32 becomes I32, of the same size.
        var bytes = whole
        let place = try #require(bytes.range(of: Data("F32".utf8)))
        bytes.replaceSubrange(place, with: Data("I32".utf8))
        try bytes.write(to: url)
        #expect { try open() } throws: { "\($0)".contains("has the unsupported type I32") }
    }

    @Test("weights of a framework that stores them otherwise are refused by the key that says so")
    func otherFramework() throws {
        let url = folder.url.appending(path: "model.safetensors")
        let whole = try Data(contentsOf: url)
        for (format, isRead) in [("pt", true), ("tf", false)] {
            var bytes = whole
            let place = try #require(bytes.range(of: Data(#""format":"pt""#.utf8)))
            bytes.replaceSubrange(place, with: Data("\"format\":\"\(format)\"".utf8))
            try bytes.write(to: url)
            if isRead {
                _ = try open()
            } else {
                #expect { try open() } throws: { "\($0)".contains("model.safetensors: metadata 'format' is 'tf'") }
            }
        }
    }

    @Test("a value that is not a number is named as the file names the tensor, a head of its own included")
    func notANumber() throws {
        let file = try GGUFFile(
            gguf(ownHead: true) { tensors in
                tensors.map { tensor in
                    guard tensor.name == "output.weight" else { return tensor }
                    let count = tensor.shape.reduce(1, *)
                    return GGUFTensor(name: tensor.name, type: tensor.type, shape: tensor.shape) { sink in
                        var values = [Float](repeating: 1, count: count)
                        values[70] = .nan
                        try values.withUnsafeBytes(sink)
                    }
                }
            })
        let source = try WeightSource(file, config: Xmodel2Config(file))
        let error = try #require(try source.firstNotFinite())
        #expect("\(error)".contains("'output.weight'") && "\(error)".contains("element 70"))
        #expect("\(error)".hasPrefix(file.path))
        #expect(try open().firstNotFinite() == nil)
    }
}
