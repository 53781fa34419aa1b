// What convert and quantize write: the same weights when read back, exact metadata, the vocabulary as other programs
// need it, and nothing under the final name when something goes wrong.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMInference
import XMModel
import XMTensor
import XMTestSupport
import XMTokenizer

@Suite("ExportTests")
struct ExportTests {
    let folder: TemporaryFolder
    let pool = ThreadPool(threadCount: 2)

    init() throws { folder = try TemporaryFolder() }

    /// Heads of 4, more rows of the embedding than pieces, rows of 8 and 12 columns.
    private static func config() -> Xmodel2Config {
        var config = Xmodel2Config(
            vocabularySize: 270, hiddenSize: 8, intermediateSize: 12, layers: 2, heads: 2, keyValueHeads: 1)
        config.mup?.baseWidth = 4
        config.maxPositions = 64
        config.ropeTheta = 500_000
        return config
    }

    private static func sentencePiece() throws -> SentencePieceTokenizer {
        try SentencePieceTokenizer(model: TinySentencePiece.file)
    }

    private static func tokenizer() throws -> TokenizerExport {
        TokenizerExport(try sentencePiece(), file: TinySentencePiece.file)
    }

    private func values(_ weights: any ModelWeights, _ parameter: Parameter) throws -> [Float] {
        let rows = parameter.matrix.rows
        return try [Float](unsafeUninitializedCapacity: parameter.count) { buffer, count in
            try weights.read(
                parameter, rows: 0..<rows, into: UnsafeMutableBufferPointer(rebasing: buffer[..<parameter.count]))
            count = parameter.count
        }
    }

    private func expectEqual(_ a: any ModelWeights, _ b: any ModelWeights) throws {
        for parameter in ParameterLayout(Self.config()).parameters {
            let (x, y) = (try values(a, parameter), try values(b, parameter))
            #expect(x.map(\.bitPattern) == y.map(\.bitPattern), "\(parameter.name)")
        }
    }

    private func writeGGUF(
        _ weights: any ModelWeights, as architecture: GGUFExport.Architecture = .granite, type: String = "f32",
        name: String = "model.gguf"
    ) throws -> URL {
        let file = folder.url.appending(path: name)
        try GGUFExport.write(
            weights, tokenizer: try Self.tokenizer(), name: "tiny", as: architecture,
            preset: try QuantizationPreset(name: type), to: file, pool: pool)
        return file
    }

    @Test("random weights are those that training starts from")
    func randomWeights() throws {
        let training = try TinyTraining(Self.config(), B: 1, T: 4, compute: .f32)
        training.model.initialize(seed: 7)
        let random = RandomWeights(Self.config(), seed: 7)
        for parameter in ParameterLayout(Self.config()).parameters {
            #expect(try values(random, parameter) == training.model.weights.floats(of: parameter), "\(parameter.name)")
        }
    }

    @Test("folder, GGUF and folder again: every weight and the configuration come back, bit for bit")
    func roundTrip() throws {
        let random = RandomWeights(Self.config(), seed: 1)
        for kind in [FolderExport.Kind.xmodel, .granite] {
            let first = folder.url.appending(path: "\(kind)")
            try FolderExport.write(
                random, tokenizer: try Self.tokenizer(), as: kind, type: .f32, to: first, pool: pool)
            let read = try ModelBundle(first.path)
            let stored = read.weights
            try expectEqual(random, stored)

            let gguf = try ModelBundle(writeGGUF(stored, name: "\(kind).gguf").path)
            let fromGGUF = gguf.weights
            try expectEqual(random, fromGGUF)

            let last = folder.url.appending(path: "\(kind)-last")
            try FolderExport.write(
                fromGGUF, tokenizer: try Self.tokenizer(), as: .xmodel, type: .f32, to: last, pool: pool)
            let again = try ModelBundle(last.path)
            try expectEqual(random, again.weights)
            var wanted = Self.config()
            wanted.initializerRange = again.config.initializerRange  // GGUF does not keep it
            #expect(again.config == wanted)
        }
    }

    @Test("rows of q and k are interleaved inside each head, all others stay")
    func rotaryRows() throws {
        let random = RandomWeights(Self.config(), seed: 2)
        let file = try GGUFFile(writeGGUF(random))
        let parameters = Dictionary(
            uniqueKeysWithValues: ParameterLayout(Self.config()).parameters.map { ($0.name, $0) })
        func rows(_ name: String, _ order: [Int]) throws -> [Float] {
            let parameter = try #require(parameters[name])
            let all = try values(random, parameter)
            return order.flatMap { all[$0 * 8..<($0 + 1) * 8] }
        }
        let prefix = "model.layers.1.self_attn."
        // Two heads of four rows: of each the halves (0, 1) and (2, 3) become (0, 2), (1, 3).
        #expect(try file.floats("blk.1.attn_q.weight") == rows(prefix + "q_proj.weight", [0, 2, 1, 3, 4, 6, 5, 7]))
        #expect(try file.floats("blk.1.attn_k.weight") == rows(prefix + "k_proj.weight", [0, 2, 1, 3]))
        #expect(try file.floats("blk.1.attn_v.weight") == rows(prefix + "v_proj.weight", [0, 1, 2, 3]))
        #expect(try file.floats("blk.1.attn_output.weight") == rows(prefix + "o_proj.weight", Array(0..<8)))
    }

    @Test("metadata of both architectures", arguments: [GGUFExport.Architecture.granite, .minicpm])
    func metadata(architecture: GGUFExport.Architecture) throws {
        let file = try GGUFFile(writeGGUF(RandomWeights(Self.config(), seed: 1), as: architecture, type: "q8_0"))
        func value(_ key: String) -> GGUFValue? { file.metadata["\(architecture.rawValue).\(key)"] }
        #expect(file.metadata["general.architecture"] == .string(architecture.rawValue))
        #expect(file.metadata["general.name"] == .string("tiny"))
        #expect(file.metadata["general.file_type"] == .uint32(7))
        #expect(file.metadata["general.quantization_version"] == .uint32(2))
        for (key, wanted) in [
            ("context_length", 64), ("embedding_length", 8), ("block_count", 2), ("feed_forward_length", 12),
            ("attention.head_count", 2), ("attention.head_count_kv", 1), ("vocab_size", 270),
            ("rope.dimension_count", 4),
        ] {
            #expect(value(key) == .uint32(UInt32(wanted)), "\(key)")
        }
        for (key, wanted) in [
            ("rope.freq_base", 500_000), ("attention.layer_norm_rms_epsilon", 1e-5), ("embedding_scale", 12),
            ("residual_scale", 0.98994949), ("logit_scale", 2),  // 1.4 / sqrt(2); 8 / 4, a divisor
        ] as [(String, Float)] {
            #expect(value(key) == .float32(wanted), "\(key)")
        }
        #expect(value("attention.scale") == (architecture == .granite ? .float32(0.5) : nil))
        for (key, wanted) in [("bos", 1), ("eos", 2), ("unknown", 0), ("eot", 4)] {
            #expect(file.metadata["tokenizer.ggml.\(key)_token_id"] == .uint32(UInt32(wanted)), "\(key)")
        }
        for key in ["add_bos_token", "add_eos_token", "add_space_prefix", "remove_extra_whitespaces"] {
            #expect(file.metadata["tokenizer.ggml.\(key)"] == .bool(false), "\(key)")
        }
    }

    @Test("the vocabulary for llama.cpp: kinds, scores, characters in place of ASCII bytes, padding")
    func llamaVocabulary() throws {
        let file = try GGUFFile(writeGGUF(RandomWeights(Self.config(), seed: 1)))
        let vocabulary = try TokenizerVocabulary(file, file: "tiny")
        #expect(vocabulary.model == .unigram)
        #expect(vocabulary.tokens.count == 270)
        func piece(_ id: Int, _ text: String, _ score: Float, _ kind: TokenizerVocabulary.Kind) {
            #expect(vocabulary.tokens[id] == text && vocabulary.scores[id] == score && vocabulary.kinds[id] == kind)
        }
        piece(0, "<unk>", 0, .unknown)
        piece(1, "<s>", 0, .control)
        piece(3, "<|im_start|>", 0, .control)
        piece(5, "7", 0, .normal)  // 0.1 (n - 1) for one byte
        // Ten below the lowest score, as the library has it for a character without a piece.
        piece(6 + 10, "\n", -14.25, .normal)
        piece(6 + 0x3C, "<", -14.25, .normal)
        // Characters that are pieces, NUL, and everything that is not ASCII stay bytes.
        piece(6 + 0x61, "<0x61>", 0, .byte)
        piece(6 + 0x37, "<0x37>", 0, .byte)
        piece(6, "<0x00>", 0, .byte)
        piece(6 + 0x80, "<0x80>", 0, .byte)
        piece(264, "\u{2581}a", -2.5, .normal)
        piece(269, "[PAD269]", -10_000, .unused)
        #expect(Set(vocabulary.tokens).count == 270, "llama.cpp wants every text once")
    }

    @Test("a GGUF file keeps its SentencePiece file: ids and conversations are those of the folder")
    func tokenizerComesBack() throws {
        let read = try ModelBundle(writeGGUF(RandomWeights(Self.config(), seed: 1)).path)
        let tokenizer = try Self.sentencePiece()
        #expect(read.sentencePieceFile == TinySentencePiece.file)
        for text in ["a7b", " a  a", "\n", "\u{2603}", "<|im_start|>a<|im_end|>", "<unk>"] {
            #expect(read.tokenizer.encode(text) == tokenizer.encode(text))
        }
        let messages = [ChatMessage(role: "user", content: "a")]
        let rendered = try read.chatTemplate?.render(messages, addGenerationPrompt: true)
        #expect(rendered == ChatTemplate.render(messages, addGenerationPrompt: true))
        #expect(read.stopIDs == [2, 4])
    }

    @Test(
        "a template of the folder wins over the built-in one, and stays through GGUF and back",
        arguments: [true, false])
    func ownTemplate(inConfig: Bool) throws {
        try TinyModelFolder.write(to: folder.url)
        let source = " {{ bos_token }}{% for m in messages %}[{{ m.content }}]{% endfor %}{{ pad_token }}"
        if inConfig {
            let config: [String: Any] = [
                "chat_template": source, "bos_token": ["content": "</s>"], "pad_token": "<unk>",
            ]
            try JSONSerialization.data(withJSONObject: config)
                .write(to: folder.url.appending(path: "tokenizer_config.json"))
        } else {
            try Data(source.utf8).write(to: folder.url.appending(path: "chat_template.jinja"))
        }
        let messages = [ChatMessage(role: "user", content: "a")]
        let file = try ModelBundle(folder.url.path)
        let text = try file.chatTemplate?.render(messages, addGenerationPrompt: true)
        #expect(text == (inConfig ? " </s>[a]<unk>" : " <s>[a]"))
        let gguf = folder.url.appending(path: "own.gguf")
        try GGUFExport.write(
            file.weights, tokenizer: TokenizerExport(file), name: "own",
            as: .granite,
            preset: try QuantizationPreset(name: "f32"), to: gguf, pool: pool)
        #expect(try ModelBundle(gguf.path).chatTemplate?.source == source)
        let broken = folder.url.appending(path: inConfig ? "tokenizer_config.json" : "chat_template.jinja")
        try Data((inConfig ? "{" : "{% if").utf8).write(to: broken)
        #expect { try ModelBundle(folder.url.path) } throws: {
            "\($0)".contains(inConfig ? "tokenizer_config.json" : "line 1")
        }
    }

    @Test("tokenizer.json spells the same vocabulary for Hugging Face")
    func tokenizerJSON() throws {
        let data = try Self.sentencePiece().huggingFaceVocabulary().huggingFaceTokenizer()
        let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let model = try #require(file["model"] as? [String: Any])
        #expect(model["type"] as? String == "Unigram")
        #expect(model["unk_id"] as? Int == 0)
        #expect(model["byte_fallback"] as? Bool == true)
        let vocabulary = try #require(model["vocab"] as? [[Any]])
        #expect(vocabulary.count == TinySentencePiece.pieces.count)
        for (id, text, score) in [
            (0, "<unk>", -10_000), (3, "<|im_start|>", Double(Float(1.1))), (16, "\n", -14.25),
            (134, "<0x80>", -10_000),
            (265, "b", -4.25),
        ] as [(Int, String, Double)] {
            #expect(vocabulary[id][0] as? String == text)
            #expect(vocabulary[id][1] as? Double == score)
        }
        let added = try #require(file["added_tokens"] as? [[String: Any]])
        #expect(added.map { $0["content"] as? String } == ["<s>", "</s>"])
    }

    @Test("what a format cannot say is refused before anything is written")
    func refusals() throws {
        var apart = Self.config()
        apart.mup?.feedForwardDepthScale = 1
        #expect(throws: ModelConfigError.self) { try writeGGUF(RandomWeights(apart, seed: 1)) }
        var inverse = Self.config()
        (inverse.attentionScale, inverse.dialect) = (.inverse, .xmodel25)
        #expect(throws: ModelConfigError.self) { try writeGGUF(RandomWeights(inverse, seed: 1), as: .minicpm) }
        let random = RandomWeights(Self.config(), seed: 1)
        let target = folder.url.appending(path: "model")
        #expect(throws: ExportError.blocksInFolder(type: "Q8_0")) {
            try FolderExport.write(random, tokenizer: nil, as: .granite, type: .q8_0, to: target, pool: pool)
        }
        var small = Self.config()
        small.vocabularySize = 200
        #expect(throws: TokenizerError.wrongVocabulary(tokenizer: 266, model: 200)) {
            try writeGGUF(RandomWeights(small, seed: 1))
        }
        #expect(throws: QuantizationPresetError.unknown(name: "q3_k")) { try QuantizationPreset(name: "q3_k") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
        _ = try writeGGUF(random)
        let path = folder.url.appending(path: "model.gguf").path
        #expect(throws: ExportError.exists(path: path)) { try writeGGUF(random) }
    }

    /// Fails at the last norm, when nearly all is written.
    private struct BrokenWeights: ModelWeights {
        let config = ExportTests.config()

        func read(
            _ parameter: Parameter, rows: Range<Int>, into values: UnsafeMutableBufferPointer<Float>
        ) throws {
            values.update(repeating: 1)
            if parameter.name == "model.layers.1.mlp.down_proj.weight" { values[5] = .infinity }
        }
    }

    @Test("a writer that fails leaves nothing behind and names the tensor")
    func failedWriter() throws {
        let error = #expect(throws: TensorStreamError.self) { try writeGGUF(BrokenWeights(), type: "f16") }
        #expect("\(error, default: "none")".contains("'blk.1.ffn_down.weight'"))
        #expect(throws: TensorStreamError.self) {
            try FolderExport.write(
                BrokenWeights(), tokenizer: nil, as: .xmodel, type: .f16, to: folder.url.appending(path: "model"),
                pool: pool)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }

    @Test("what progress throws ends the work, at every step of it, and nothing stays")
    func interrupted() throws {
        struct Stop: Error {}
        let weights = RandomWeights(Self.config(), seed: 1)
        let tokenizer = try Self.tokenizer()
        let source = try GGUFFile(writeGGUF(weights, type: "f32"))
        func write(_ way: Int, _ progress: @escaping TensorStream.Progress) throws {
            let target = folder.url.appending(path: "way\(way)")
            switch way {
            case 0:
                try GGUFExport.write(
                    weights, tokenizer: tokenizer, name: "a", as: .granite, preset: .q8_0, to: target, pool: pool,
                    progress: progress)
            case 1:
                try FolderExport.write(
                    weights, tokenizer: tokenizer, as: .granite, type: .f16, to: target, pool: pool,
                    progress: progress)
            default:
                // Vectors are copied, matrices are rounded.
                try Requantization.write(
                    source, preset: try QuantizationPreset(name: "f16"), to: target, pool: pool, progress: progress)
            }
        }
        for way in 0...2 {
            for limit in [0, 0.5, 0.9999] {
                #expect(throws: Stop.self) { try write(way) { if $0 > limit { throw Stop() } } }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.gguf"])
            }
            var (last, calls) = (0.0, 0)
            try write(way) {
                last = $0
                calls += 1
            }
            #expect(last == 1, "every tensor is counted")
            try FileManager.default.removeItem(at: folder.url.appending(path: "way\(way)"))
            // When all is written, hashed and synced, and before it has its name.
            var left = calls
            #expect(throws: Stop.self) {
                try write(way) { _ in
                    left -= 1
                    if left == 0 { throw Stop() }
                }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.gguf"])
        }
    }

    @Test("threads change no byte", arguments: ["q8_0", "q4_0", "q4_k_m"])
    func threadInvariance(type: String) throws {
        var config = Xmodel2Config(
            vocabularySize: 300, hiddenSize: 256, intermediateSize: 512, layers: 1, heads: 4, keyValueHeads: 2)
        config.maxPositions = 64
        let preset = try QuantizationPreset(name: type)
        let files = try [1, 3].map { threads in
            let file = folder.url.appending(path: "\(threads).gguf")
            try GGUFExport.write(
                RandomWeights(config, seed: 1), tokenizer: TokenizerExport(numbered: 300), name: "tiny", as: .granite,
                preset: preset, to: file, pool: ThreadPool(threadCount: threads))
            return try Data(contentsOf: file)
        }
        #expect(files[0] == files[1])
    }

    @Test("requantising rounds every matrix once, keeps norms and metadata")
    func requantization() throws {
        let random = RandomWeights(Self.config(), seed: 3)
        let source = try GGUFFile(writeGGUF(random, type: "bf16"))
        let target = folder.url.appending(path: "again.gguf")
        try Requantization.write(source, preset: try QuantizationPreset(name: "f32"), to: target, pool: pool)
        let again = try GGUFFile(target)
        for tensor in source.tensors {
            #expect(try again.floats(tensor.name) == source.floats(tensor.name), "\(tensor.name)")
        }
        for key in source.metadata.keys where !key.hasPrefix("general.") {
            #expect(again.metadata[key] == source.metadata[key], "\(key)")
        }
        #expect(again.metadata["general.file_type"] == .uint32(0))
    }

    @Test("which tensor gets which type")
    func presets() throws {
        let mixed = try QuantizationPreset(name: "q4_k_m")
        func type(_ name: String, _ columns: Int) -> QuantizationType {
            mixed.type(of: name, shape: [64, columns], layers: 16)
        }
        #expect(type("token_embd.weight", 512) == .q6_k)
        #expect(type("blk.0.attn_v.weight", 512) == .q6_k)
        #expect(type("blk.2.attn_v.weight", 512) == .q4_k)
        #expect(type("blk.4.ffn_down.weight", 512) == .q6_k)
        #expect(type("blk.15.ffn_down.weight", 512) == .q6_k)
        #expect(type("blk.0.attn_q.weight", 512) == .q4_k)
        #expect(type("blk.0.attn_q.weight", 96) == .q8_0)  // not whole blocks of 256
        #expect(type("blk.0.attn_q.weight", 17) == .f16)
        #expect(mixed.type(of: "blk.0.attn_norm.weight", shape: [512], layers: 16) == .f32)
    }
}
