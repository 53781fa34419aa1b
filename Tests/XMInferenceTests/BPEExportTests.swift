// What convert makes of models with BPE tokenizers: ids of other implementations (Tests/Fixtures/tokenizers) on awkward
// text must survive every way between folders and GGUF files, with the chat template and the special tokens.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMInference
import XMModel
import XMTensor
import XMTestSupport
import XMTokenizer

private struct GoldenCase: Decodable {
    let text: String
    let ids: [Int32]
}

@Suite("BPEExportTests")
struct BPEExportTests {
    static let families = ["gpt2", "smollm", "llama3", "qwen2", "llama2", "metaspace"]
    let folder: TemporaryFolder
    let pool = ThreadPool(threadCount: 2)

    init() throws { folder = try TemporaryFolder() }

    private static func fixture(_ name: String) throws -> Data {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try Data(contentsOf: tests.appending(path: "Fixtures/tokenizers/\(name)"))
    }

    private static func json(_ data: Data) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
    }

    private static let template =
        "{{ bos_token }}{% for m in messages %}<|turn|>{{ m.content }}{% endfor %}{{ pad_token }}"

    /// A folder of a foreign model: more rows than pieces, no muP.
    private func model(
        _ family: String, name: String = "source", tokenizer change: (String) throws -> String = { $0 }
    ) throws -> URL {
        let url = folder.url.appending(path: name)
        var network = Xmodel2Config(
            vocabularySize: 1000, hiddenSize: 8, intermediateSize: 12, layers: 1, heads: 2, keyValueHeads: 1)
        (network.mup, network.maxPositions) = (nil, 64)
        try FolderExport.write(
            RandomWeights(network, seed: 1), tokenizer: nil, as: .llama, type: .f32, to: url, pool: pool)
        let text = try change(String(decoding: try Self.fixture("\(family).tokenizer.json"), as: UTF8.self))
        try Data(text.utf8).write(to: url.appending(path: "tokenizer.json"))
        let (bos, eos) = Self.isSentencePiece(family) ? ("<s>", "</s>") : ("<|begin|>", "<|end|>")
        let template = try String(
            decoding: JSONSerialization.data(withJSONObject: [Self.template]), as: UTF8.self
        ).dropFirst().dropLast()
        let config =
            #"{"bos_token": "\#(bos)", "eos_token": "\#(eos)", "pad_token": "\#(eos)", "chat_template": \#(template)}"#
        try Data(config.utf8).write(to: url.appending(path: "tokenizer_config.json"))
        return url
    }

    private static func isSentencePiece(_ family: String) -> Bool { family == "llama2" || family == "metaspace" }

    private func writeGGUF(_ source: URL, _ name: String) throws -> URL {
        let file = try ModelBundle(source.path)
        let target = folder.url.appending(path: name)
        try GGUFExport.write(
            file.weights, tokenizer: TokenizerExport(file), name: "tiny",
            as: .llama,
            preset: QuantizationPreset(name: "f32"), to: target, pool: pool)
        return target
    }

    private func writeFolder(_ source: URL, _ name: String, as kind: FolderExport.Kind = .llama) throws -> URL {
        let file = try ModelBundle(source.path)
        let target = folder.url.appending(path: name)
        try FolderExport.write(
            file.weights, tokenizer: TokenizerExport(file), as: kind, type: .f32,
            to: target, pool: pool)
        return target
    }

    @Test("folder, GGUF, folder, GGUF and folder to folder: the ids of the golden texts", arguments: families)
    func golden(family: String) throws {
        let source = try model(family)
        let first = try writeGGUF(source, "first.gguf")
        let back = try writeFolder(first, "back")
        let second = try writeGGUF(back, "second.gguf")
        let models = [
            first, back, second, try writeFolder(source, "copy", as: .granite), try writeGGUF(second, "third.gguf"),
        ]
        let cases = try JSONDecoder().decode([GoldenCase].self, from: Self.fixture("\(family).golden.json"))
        let original = try ModelBundle(source.path)
        for url in models {
            let read = try ModelBundle(url.path)
            for item in cases {
                let label = Comment(rawValue: "\(url.lastPathComponent): \(item.text.debugDescription)")
                #expect(read.tokenizer.encode(item.text) == item.ids, label)
                let plain = read.tokenizer.encode(item.text, matchingSymbols: false)
                #expect(plain == original.tokenizer.encode(item.text, matchingSymbols: false), label)
            }
            #expect(read.tokenizer.bosID == original.tokenizer.bosID)
            #expect(read.tokenizer.addsBOS == original.tokenizer.addsBOS)
            #expect(read.stopIDs == original.stopIDs)
            let messages = [ChatMessage(role: "user", content: "a<|end|>")]
            let rendered = try read.chatTemplate?.render(messages, addGenerationPrompt: true)
            let eos = try #require(original.tokenizer.eosID.map(original.tokenizer.piece))
            #expect(rendered == (Self.isSentencePiece(family) ? "<s>" : "<|begin|>") + "<|turn|>a<|end|>" + eos)
        }
        let (a, b) = (try GGUFFile(first).metadata, try GGUFFile(second).metadata)
        #expect(a.keys == b.keys)
        for key in a.keys where key != "general.name" { #expect(a[key] == b[key], "\(key)") }
    }

    @Test("tokenizer.json comes back from GGUF as the other implementation wrote it", arguments: families)
    func tokenizerJSON(family: String) throws {
        let back = try writeFolder(try writeGGUF(try model(family), "model.gguf"), "back")
        let wanted = try Self.json(Self.fixture("\(family).tokenizer.json"))
        let found = try Self.json(Data(contentsOf: back.appending(path: "tokenizer.json")))
        for key in ["normalizer", "pre_tokenizer", "added_tokens"] {
            #expect((found[key] as? NSObject) == (wanted[key] as? NSObject), "\(key)")
        }
        let (a, b) = (try #require(found["model"] as? NSDictionary), try #require(wanted["model"] as? NSDictionary))
        for key in ["type", "merges", "unk_token", "ignore_merges", "byte_fallback"] where b[key] != nil {
            #expect((a[key] as? NSObject) == (b[key] as? NSObject), "\(key)")
        }
        // Readers number an added token by the vocabulary, so the added ones stand in it too.
        var vocabulary = try #require(b["vocab"] as? [String: Int])
        for token in try #require(wanted["added_tokens"] as? [[String: Any]]) {
            vocabulary[try #require(token["content"] as? String)] = token["id"] as? Int
        }
        #expect(a["vocab"] as? [String: Int] == vocabulary)
        let processor = wanted["post_processor"] as? NSDictionary
        #expect((found["post_processor"] as? NSDictionary)?["single"] as? NSArray == processor?["single"] as? NSArray)
    }

    @Test(
        "the keys that llama.cpp reads",
        arguments: [
            ("gpt2", "gpt2", "gpt-2"), ("smollm", "gpt2", "smollm"), ("llama3", "gpt2", "llama-bpe"),
            ("qwen2", "gpt2", "qwen2"), ("llama2", "llama", "default"),
        ])
    func keys(family: String, model name: String, pre: String) throws {
        let metadata = try GGUFFile(writeGGUF(try model(family), "model.gguf")).metadata
        func value(_ key: String) -> GGUFValue? { metadata["tokenizer.ggml." + key] }
        #expect(value("model") == .string(name))
        #expect(value("pre") == .string(pre))
        #expect(value("add_bos_token") == .bool(family == "llama3"))
        #expect(value("add_space_prefix") == .bool(family == "llama2"))
        let json = try Self.json(Self.fixture("\(family).tokenizer.json"))
        let foreign = try #require(json["model"] as? [String: Any])
        let vocabulary = try #require(foreign["vocab"] as? [String: Int])
        let tokens = try #require(try metadata.strings("tokenizer.ggml.tokens"))
        let kinds = try #require(try metadata.integers("tokenizer.ggml.token_type"))
        #expect(tokens.count == 1000 && kinds.count == 1000, "one for every row")
        #expect(tokens[999] == "[PAD999]" && kinds[999] == 5)
        for (piece, id) in vocabulary { #expect(tokens[id].unicodeScalars.elementsEqual(piece.unicodeScalars)) }
        let merges = try #require(foreign["merges"] as? [[String]])
        #expect(try metadata.strings("tokenizer.ggml.merges") == merges.map { $0.joined(separator: " ") })
        for token in try #require(json["added_tokens"] as? [[String: Any]]) {
            let id = try #require(token["id"] as? Int)
            #expect(tokens[id] == token["content"] as? String)
            #expect(kinds[id] == (token["special"] as? Bool == true ? 3 : 4))
        }
        if name == "llama" {
            #expect(kinds[tokens.firstIndex(of: "<0x41>") ?? 0] == 6)
            let scores = try #require(try metadata.floats("tokenizer.ggml.scores"))
            let first = try #require(tokens.firstIndex(of: merges[0].joined()))
            #expect(scores[first] == 0 && scores.min() == -10_000)
        } else {
            #expect(value("scores") == nil)
        }
    }

    private struct SentencePieceGolden: Decodable {
        let tokens: [String]
        let scores: [Float]
        let kinds: [Int32]
        let cases: [GoldenCase]
    }

    @Test("scores become merges and merges scores, with the ids of the SentencePiece library")
    func scoresAndMerges() throws {
        let golden = try JSONDecoder().decode(SentencePieceGolden.self, from: Self.fixture("spm.golden.json"))
        var vocabulary = TokenizerVocabulary(file: "spm", model: .sentencePiece, tokens: golden.tokens)
        vocabulary.scores = golden.scores
        vocabulary.kinds = golden.kinds.map { TokenizerVocabulary.Kind(rawValue: $0) ?? .normal }
        (vocabulary.unknownID, vocabulary.bosID, vocabulary.eosID) = (0, 1, 2)
        let files = try HuggingFaceTokenizer(tokenizerJSON: vocabulary.huggingFaceTokenizer(), configJSON: nil)
        let read = try #require(files.vocabulary)
        #expect(read.scores.isEmpty && !read.merges.isEmpty)
        var scored = try read.withScores()
        scored.merges = []
        for tokenizer in [files.tokenizer, try scored.makeTokenizer()] {
            for item in golden.cases {
                #expect(tokenizer.encode(item.text) == item.ids, "\(item.text.debugDescription)")
            }
        }
    }

    @Test("generation_config.json names more ends of an answer; a broken one is refused by its name")
    func generationConfig() throws {
        let source = try model("gpt2")
        let file = source.appending(path: "generation_config.json")
        for (text, stops) in [
            (#"{"eos_token_id": 2}"#, [1, 2]),
            (#"{"eos_token_id": [2, 5, -1, 100000], "bos_token_id": [1]}"#, [1, 2, 5]),
            ("{}", [1]), (#"{"eos_token_id": null}"#, [1]),
        ] as [(String, Set<Int32>)] {
            try Data(text.utf8).write(to: file)
            #expect(try ModelBundle(source.path).stopIDs == stops, "\(text)")
        }
        try Data(#"{"eos_token_id": [5, 2]}"#.utf8).write(to: file)
        let written = try writeFolder(source, "copy").appending(path: "generation_config.json")
        #expect(try Self.json(Data(contentsOf: written)) == ["bos_token_id": 0, "eos_token_id": [1, 2, 5]])
        for text in [#"{"eos_token_id": "x"}"#, "{", #"{"eos_token_id": [1.5]}"#, ""] {
            try Data(text.utf8).write(to: file)
            let error = #expect(throws: CheckpointError.self) { try ModelBundle(source.path) }
            #expect("\(error, default: "none")".contains("generation_config.json"))
        }
    }

    @Test("what a format cannot say is refused before anything is written")
    func refusals() throws {
        func message(_ source: URL) throws -> String {
            do {
                _ = try writeGGUF(source, "refused.gguf")
                return "no error"
            } catch { return "\(error)" }
        }
        let ignoring = try model("gpt2") { $0.replacing("\"ignore_merges\":false", with: "\"ignore_merges\":true") }
        #expect(try message(ignoring).contains("model.ignore_merges"))
        // A piece that SentencePiece may make in two ways, and this list in one only.
        let incomplete = try model("llama2", name: "incomplete") { text in
            var file = try #require(try Self.json(Data(text.utf8)) as? [String: Any])
            var model = try #require(file["model"] as? [String: Any])
            var merges = try #require(model["merges"] as? [[String]])
            let pieces = merges.map { $0.joined() }
            merges.remove(at: try #require(pieces.indices.dropFirst().first { pieces[$0] == pieces[$0 - 1] }))
            model["merges"] = merges
            file["model"] = model
            return String(decoding: try JSONSerialization.data(withJSONObject: file), as: UTF8.self)
        }
        #expect(try message(incomplete).contains("model.merges"))
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "refused.gguf").path))

        var twice = TokenizerVocabulary(file: "twice", model: .byteLevel, tokens: ["a", "b", "a"])
        twice.preTokenizer = .gpt2
        #expect { try twice.huggingFaceTokenizer() } throws: { "\($0)".contains("duplicate token 'a'") }

        var scaled = Xmodel2Config(
            vocabularySize: 10, hiddenSize: 8, intermediateSize: 12, layers: 1, heads: 2, keyValueHeads: 1)
        scaled.mup?.baseWidth = 4
        #expect(throws: ModelConfigError.self) {
            try FolderExport.write(
                RandomWeights(scaled, seed: 1), tokenizer: nil, as: .llama, type: .f32,
                to: folder.url.appending(path: "llama"), pool: pool)
        }
        let numbered = folder.url.appending(path: "numbered.gguf")
        try GGUFExport.write(
            RandomWeights(scaled, seed: 1), tokenizer: TokenizerExport(numbered: 10), name: "n", as: .granite,
            preset: QuantizationPreset(name: "f32"), to: numbered, pool: pool)
        #expect(throws: ExportError.noTokenizer(path: numbered.path)) { try writeFolder(numbered, "no-folder") }
    }

    @Test("Llama 3's pattern without ignored merges, and text that is not brought into normal form C")
    func flags() throws {
        let merging = try model("llama3", name: "merging") {
            $0.replacing("\"ignore_merges\":true", with: "\"ignore_merges\":false")
        }
        let file = try writeGGUF(merging, "merging.gguf")
        #expect(try GGUFFile(file).metadata["tokenizer.ggml.pre"] == .string("dbrx"))
        let plain = try model("qwen2", name: "plain") { $0.replacing("{\"type\":\"NFC\"}", with: "null") }
        let models = [plain, try writeGGUF(plain, "plain.gguf")]
        let ids = try models.map { try ModelBundle($0.path).tokenizer.encode("e\u{301} \u{212B}") }
        let normal = try ModelBundle(writeGGUF(try model("qwen2"), "nfc.gguf").path)
        #expect(ids[0] == ids[1] && ids[0] != normal.tokenizer.encode("e\u{301} \u{212B}"))
    }

    @Test(
        "SmolLM2's tokenizer as a folder keeps every id of the file",
        .enabled(if: SmolLM2.isPresent, "\(SmolLM2.reason)"))
    func smolLM2() throws {
        let vocabulary = try TokenizerVocabulary(GGUFFile(SmolLM2.file), file: SmolLM2.file.path)
        let original = try vocabulary.makeTokenizer()
        let files = try HuggingFaceTokenizer(
            tokenizerJSON: vocabulary.huggingFaceTokenizer(),
            configJSON: vocabulary.huggingFaceConfig(positions: 8192, chatTemplate: nil))
        let read = try #require(files.vocabulary)
        #expect(read.tokens == vocabulary.tokens && read.merges == vocabulary.merges)
        #expect(read.kinds == vocabulary.kinds)
        #expect(files.tokenizer.bosID == original.bosID && files.tokenizer.eosID == original.eosID)
        #expect(read.preTokenizer == .smollm && read.paddingID == 2)
    }
}
