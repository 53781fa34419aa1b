// BPE tokenizers against the numbers of Hugging Face's tokenizers and of SentencePiece (Tests/Fixtures/tokenizers),
// their invariants, and broken files. The fixtures come from tools/oracles/make_bpe_goldens.py.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTokenizer

enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures")

    static func data(_ path: String) throws -> Data { try Data(contentsOf: folder.appending(path: path)) }
}

private struct GoldenCase: Decodable {
    let text: String
    let ids: [Int32]
    let decoded: String
    let words: [String]?
}

/// Equal by code points: Swift's == would take "é" and "e" with an accent for one.
private func isSame(_ left: String, _ right: String) -> Bool { left.unicodeScalars.elementsEqual(right.unicodeScalars) }

@Suite("BPETokenizerTests")
struct BPETokenizerTests {
    static let byteLevel = ["gpt2", "smollm", "llama3", "qwen2"]

    static func tokenizer(_ name: String) throws -> any Tokenizer {
        try HuggingFaceTokenizer(
            tokenizerJSON: Fixtures.data("tokenizers/\(name).tokenizer.json"), configJSON: nil
        ).tokenizer
    }

    private static func golden(_ name: String) throws -> [GoldenCase] {
        try JSONDecoder().decode([GoldenCase].self, from: Fixtures.data("tokenizers/\(name).golden.json"))
    }

    /// The SentencePiece model of the fixtures, through the value that a GGUF reader fills.
    private struct SentencePieceGolden: Decodable {
        let tokens: [String]
        let scores: [Float]
        let kinds: [Int32]
        let cases: [GoldenCase]

        func vocabulary() -> TokenizerVocabulary {
            var vocabulary = TokenizerVocabulary(file: "spm", model: .sentencePiece, tokens: tokens)
            vocabulary.scores = scores
            vocabulary.kinds = kinds.map { TokenizerVocabulary.Kind(rawValue: $0) ?? .normal }
            vocabulary.unknownID = 0
            vocabulary.bosID = 1
            vocabulary.eosID = 2
            return vocabulary
        }

        static func read() throws -> SentencePieceGolden {
            try JSONDecoder().decode(Self.self, from: Fixtures.data("tokenizers/spm.golden.json"))
        }
    }

    @Test("ids and text of every golden case", arguments: byteLevel + ["llama2", "metaspace"])
    func goldens(name: String) throws {
        let tokenizer = try Self.tokenizer(name)
        let cases = try Self.golden(name)
        #expect(cases.count > 60)
        for item in cases {
            #expect(tokenizer.encode(item.text) == item.ids, "\(name): \(item.text.debugDescription)")
            let decoded = tokenizer.decode(item.ids)
            #expect(isSame(decoded, item.decoded), "\(name): \(item.text.debugDescription) -> \(decoded)")
        }
    }

    @Test("pre-tokenisers cut the words that the regular expression cuts", arguments: byteLevel)
    func words(name: String) throws {
        let preTokenizer = try #require(PreTokenizer(rawValue: name))
        for item in try Self.golden(name) {
            let words = preTokenizer.words(of: item.text)
            let wanted = try #require(item.words)
            #expect(words.elementsEqual(wanted, by: isSame), "\(name): \(item.text.debugDescription): \(words)")
        }
    }

    @Test("merging by score gives SentencePiece's ids")
    func byScore() throws {
        let golden = try SentencePieceGolden.read()
        let tokenizer = try golden.vocabulary().makeTokenizer()
        for item in golden.cases {
            #expect(tokenizer.encode(item.text) == item.ids, "\(item.text.debugDescription)")
            #expect(isSame(tokenizer.decode(item.ids), item.decoded), "\(item.text.debugDescription)")
        }
    }

    @Test("decode inverts encode, and streaming gives the same text", arguments: byteLevel + ["llama2"])
    func roundTrip(name: String) throws {
        let tokenizer = try Self.tokenizer(name)
        // SentencePiece writes blanks as U+2581 and cannot tell them from that character in the text.
        for item in try Self.golden(name) where name != "llama2" || !item.text.contains("\u{2581}") {
            let ids = tokenizer.encode(item.text, matchingSymbols: false)
            let wanted = name == "qwen2" ? item.text.precomposedStringWithCanonicalMapping : item.text
            #expect(isSame(tokenizer.decode(ids), wanted), "\(name): \(item.text.debugDescription)")
            var stream = StreamingDecoder(tokenizer)
            #expect(isSame(ids.map { stream.append($0) }.joined() + stream.finish(), wanted))
        }
    }

    @Test("control tokens are not matched in user text", arguments: byteLevel)
    func userText(name: String) throws {
        let tokenizer = try Self.tokenizer(name)
        let end = try #require(tokenizer.id(of: "<|end|>"))
        #expect(tokenizer.encode("a<|end|>b").contains(end))
        let ids = tokenizer.encode("a<|end|>b<tool>", matchingSymbols: false)
        let tool = try #require(tokenizer.id(of: "<tool>"))
        #expect(!ids.contains(end) && !ids.contains(tool))
        #expect(tokenizer.decode(ids) == "a<|end|>b<tool>")
        #expect(tokenizer.controlSymbols.contains("<|end|>"))
        #expect(tokenizer.decode([end]) == "")
    }

    @Test("the queue and the scan merge alike")
    func searches() throws {
        let tokenizer = try Self.tokenizer("gpt2")
        var random = RandomStream(seed: 1, "merges")
        // One word of up to 200 letters goes through the queue; its parts of up to 32 symbols through the scan.
        for length in [1, 2, 3, 31, 32, 33, 34, 100, 200] {
            let word = String((0..<length).map { _ in "aeinorst".randomElement(using: &random) ?? "a" })
            let ids = tokenizer.encode(word)
            #expect(tokenizer.decode(ids) == word)
            let more = tokenizer.encode(word + "\n" + word)
            #expect(more.count == 2 * ids.count + 1 && Array(more.prefix(ids.count)) == ids)
        }
    }

    @Test("the post-processor tells BOS, the configuration has the last word")
    func bos() throws {
        let json = try Fixtures.data("tokenizers/llama3.tokenizer.json")
        #expect(try Self.tokenizer("llama3").addsBOS)
        #expect(try !Self.tokenizer("gpt2").addsBOS)
        let config = Data(
            #"{"bos_token": {"content": "<|begin|>"}, "eos_token": "<|end|>", "add_bos_token": false}"#.utf8)
        let tokenizer = try HuggingFaceTokenizer(tokenizerJSON: json, configJSON: config).tokenizer
        #expect(!tokenizer.addsBOS && tokenizer.bosID == 0 && tokenizer.eosID == 1)
        let wrong = Data(#"{"eos_token": "<|nowhere|>"}"#.utf8)
        #expect { try HuggingFaceTokenizer(tokenizerJSON: json, configJSON: wrong) } throws: {
            "\($0)".contains("tokenizer_config.json: eos_token") && "\($0)".contains("<|nowhere|>")
        }
    }

    @Test("a Unigram vocabulary becomes a Unigram tokenizer")
    func unigram() throws {
        var vocabulary = TokenizerVocabulary(
            file: "t5", model: .unigram, tokens: ["<unk>", "\u{2581}a", "b", "\u{2581}ab"])
        vocabulary.scores = [0, -1, -1, -1.5]
        vocabulary.kinds = [.unknown, .normal, .normal, .normal]
        #expect(try vocabulary.makeTokenizer().encode("ab a") == [3, 1])
    }

    @Test("pieces that are canonically equal stay two pieces")
    func canonicallyEqualPieces() throws {
        let json = """
            {"added_tokens": [], "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u{2581}"},
            "pre_tokenizer": null, "post_processor": null, "decoder": {"type": "Replace", "pattern":
            {"String": "\u{2581}"}, "content": " "}, "model": {"type": "BPE", "unk_token": "?",
            "fuse_unk": true, "vocab": {"?": 0, "\u{C5}": 1, "\u{212B}": 2}, "merges": []}}
            """
        let tokenizer = try HuggingFaceTokenizer(tokenizerJSON: Data(json.utf8), configJSON: nil).tokenizer
        #expect(tokenizer.vocabularySize == 3)
        #expect(tokenizer.encode("\u{212B}\u{C5}") == [2, 1])
        #expect(tokenizer.id(of: "\u{212B}") == 2)
    }

    // MARK: - Broken files

    /// The message of the error that reading a changed fixture ends in.
    private static func refusal(of name: String = "gpt2", _ change: (String) -> String) throws -> String? {
        let text = String(decoding: try Fixtures.data("tokenizers/\(name).tokenizer.json"), as: UTF8.self)
        let changed = change(text)
        #expect(changed != text)
        do {
            _ = try HuggingFaceTokenizer(tokenizerJSON: Data(changed.utf8), configJSON: nil, name: "m/")
            return nil
        } catch { return "\(error)" }
    }

    @Test(
        "what is not supported is named by its key",
        arguments: [
            ("gpt2", "\"type\":\"BPE\"", "\"type\":\"WordPiece\"", "model.type is WordPiece"),
            ("gpt2", "\"add_prefix_space\":false", "\"add_prefix_space\":true", "pre_tokenizer.add_prefix_space"),
            ("gpt2", "\"dropout\":null", "\"dropout\":0.5", "model.dropout is 0.5"),
            ("gpt2", "\"end_of_word_suffix\":null", "\"end_of_word_suffix\":\"</w>\"", "model.end_of_word_suffix"),
            ("gpt2", "\"normalizer\":null", "\"normalizer\":{\"type\":\"Lowercase\"}", "normalizer.type is Lowercase"),
            ("llama3", "{1,3}", "{1,4}", "pre_tokenizer.pattern"),
            ("smollm", "\"individual_digits\":true", "\"individual_digits\":false", "individual_digits"),
            ("metaspace", "\"prepend_scheme\":\"first\"", "\"prepend_scheme\":\"last\"", "prepend_scheme is last"),
            ("gpt2", "\"vocab\":{", "\"vocab\":[", "m/tokenizer.json"),
            ("gpt2", "\"merges\":[[", "\"merges\":[[\"qq\",\"zz\"],[", "merges[0] names the token 'qqzz'"),
            ("gpt2", "\"merges\":[[", "\"merges\":[[\"a\"],[", "merge 0 is not a pair"),
            ("gpt2", "\"merges\":[[", "\"merges\":[7,[", "merges"),
            ("gpt2", "\"vocab\":{\"", "\"vocab\":{\"new\":-5,\"", "the id -5"),
            ("gpt2", "\"vocab\":{\"", "\"vocab\":{\"new\":2000000000,\"", "the id 2000000000"),
            ("gpt2", "\"id\":0", "\"id\":\"zero\"", "added_tokens.0.id"),
        ])
    func refusals(name: String, old: String, new: String, wanted: String) throws {
        let message = try Self.refusal(of: name) { text in
            text.range(of: old).map { text.replacingCharacters(in: $0, with: new) } ?? text
        }
        let isNamed =
            message?.contains(wanted) == true || message?.contains(wanted.replacing("Index ", with: "")) == true
        #expect(isNamed && message?.contains("m/tokenizer.json") == true, "\(message ?? "no error")")
    }

    @Test("truncated and mutated files end in an error or a tokenizer, never in a crash")
    func hostile() throws {
        let data = try Fixtures.data("tokenizers/qwen2.tokenizer.json")
        for count in stride(from: 0, to: data.count - 2, by: 397) {
            #expect(throws: VocabularyError.self) {
                try HuggingFaceTokenizer(tokenizerJSON: data.prefix(count), configJSON: nil)
            }
        }
        for index in stride(from: 0, to: data.count, by: 101) {
            var broken = data
            broken[index] ^= 0x15
            _ = try? HuggingFaceTokenizer(tokenizerJSON: broken, configJSON: nil).tokenizer.encode("Hello 12 <|end|>")
        }
        #expect { try HuggingFaceTokenizer(folder: URL(filePath: "/nowhere")) } throws: { "\($0)".contains("/nowhere") }
    }

    @Test("a neutral vocabulary that contradicts itself is refused")
    func neutral() throws {
        let good = try SentencePieceGolden.read().vocabulary()
        func message(_ change: (inout TokenizerVocabulary) -> Void) -> String {
            var vocabulary = good
            change(&vocabulary)
            do {
                _ = try vocabulary.makeTokenizer()
                return "no error"
            } catch { return "\(error)" }
        }
        #expect(message { $0.tokens = [] }.contains("tokens"))
        #expect(message { $0.scores.removeLast() }.contains("scores"))
        #expect(message { $0.scores[5] = .nan }.contains("not a number"))
        #expect(message { $0.kinds.removeLast() }.contains("token_type"))
        #expect(message { $0.bosID = -1 }.contains("bos_token_id"))
        #expect(message { $0.eosID = 1_000_000 }.contains("eos_token_id"))
        #expect(message { $0.kinds[300] = .byte }.contains("has type byte"))
        #expect(message { $0.model = .byteLevel }.contains("tokenizer.ggml.pre"))
        #expect(message { $0.merges = [.init(left: "no", right: "where?")] }.contains("'nowhere?'"))
    }
}
