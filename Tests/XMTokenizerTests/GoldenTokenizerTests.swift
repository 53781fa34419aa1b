// The published tokenizers against the SentencePiece library's numbers, and against the library itself on real text.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport
import XMTokenizer

private struct GoldenTokenizer: Decodable {
    struct Case: Decodable {
        let text: String
        let ids: [Int32]
        let decoded: String
    }
    let vocab_size: Int
    let cases: [Case]

    static var file: URL { GoldenModel.folder.url.appending(path: "xmodel_tokenizers.json") }
    static var isAvailable: Bool {
        GoldenModel.folder.isExplicit || FileManager.default.fileExists(atPath: file.path)
    }
}

@Suite("GoldenTokenizerTests", .enabled(if: GoldenTokenizer.isAvailable, "no golden folder: set XMODEL_GOLDEN"))
struct GoldenTokenizerTests {
    static let hasModels = DataRoot.has("tokenizer/xmodel/v11/tokenizer.model")
    static func model(_ version: String) -> URL {
        DataRoot.url.appending(path: "tokenizer/xmodel/\(version)/tokenizer.model")
    }

    @Test("ids and decoded text of every golden case", .enabled(if: hasModels, "no tokenizers: set XMODEL_DATA"))
    func cases() throws {
        let golden = try JSONDecoder().decode(
            [String: GoldenTokenizer].self, from: Data(contentsOf: GoldenTokenizer.file))
        #expect(!golden.isEmpty)
        for (name, wanted) in golden {
            let tokenizer = try SentencePieceTokenizer(contentsOf: Self.model(String(name.prefix { $0 != "/" })))
            #expect(tokenizer.vocabularySize == wanted.vocab_size)
            for item in wanted.cases {
                #expect(tokenizer.encode(item.text) == item.ids, "\(name): \(item.text)")
                #expect(tokenizer.decode(item.ids) == item.decoded, "\(name): \(item.text)")
            }
        }
    }

    @Test(
        "20,000 lines of real text, to the token, as the library", .enabled(if: hasModels, "no data: set XMODEL_DATA"),
        arguments: ["v11", "v12", "v13"])
    func realText(version: String) throws {
        let library = try SentencePieceLibrary(contentsOf: Self.model(version))
        let lines = try Self.realLines()
        #expect(lines.count == 20_000)
        let rule = try library.symbolScore(in: Array(lines.prefix(2000)))
        let ours = try SentencePieceTokenizer(contentsOf: Self.model(version), symbolScore: rule)
        let different = lines.count { ours.encode($0) != library.encode(Array($0.utf8)) }
        #expect(different == 0)
    }

    @Test(
        "every piece has its own id, canonically equivalent ones too",
        .enabled(if: hasModels, "no tokenizers: set XMODEL_DATA"), arguments: ["v11", "v12", "v13"])
    func pieceIDs(version: String) throws {
        let tokenizer = try SentencePieceTokenizer(contentsOf: Self.model(version))
        #expect((0..<Int32(tokenizer.vocabularySize)).allSatisfy { tokenizer.id(of: tokenizer.piece($0)) == $0 })
    }

    /// Prose, code with its indentation, Markdown, LaTeX and Chinese.
    static func realLines() throws -> [String] {
        let shares = [
            ("text/code/python.jsonl", 6000), ("text/manual/rust-book.jsonl", 3000), ("text/papers/arxiv.jsonl", 2000),
            ("sft/alpaca_zh_10000.json", 2000), ("text/stories/grimm.txt", 3000), ("text/shakespeare/input.txt", 4000),
        ]
        return try shares.flatMap { path, count in
            let text = try String(contentsOf: DataRoot.url.appending(path: path), encoding: .utf8)
            // Documents are JSON strings: their line breaks are written as backslash and n.
            let lines = path.hasSuffix(".txt") ? text : text.replacing("\\n", with: "\n")
            return lines.split(whereSeparator: \.isNewline).prefix(count).map(String.init)
        }
    }
}

@Suite("SentencePieceTokenizerTests")
struct SentencePieceTokenizerTests {
    /// A vocabulary trained here, so that these tests need no data.
    static let trained = Result { () throws -> (SentencePieceTokenizer, Data) in
        let folder = try TemporaryFolder()
        let words = [
            "the", "cat", "sat", "on", "a", "mat", "and", "then", "it", "ran", "away", "from", "dogs", "12", "345",
        ]
        let text = (0..<2000).map { i in
            (0..<8).map { words[(i * 7 + $0 * $0 * 3 + i / 5) % words.count] }.joined(separator: " ")
        }
        let corpus = try folder.file("corpus.txt", text.joined(separator: "\n"))
        var settings = UnigramTrainingSettings()
        settings.vocabularySize = 340
        settings.hardVocabularyLimit = false
        settings.threads = 1
        try UnigramTrainer.train(input: [corpus], prefix: folder.url.appending(path: "t"), settings: settings)
        let model = folder.url.appending(path: "t.model")
        return (try SentencePieceTokenizer(contentsOf: model), try Data(contentsOf: model))
    }

    @Test("training gives byte fallback, single digits and chat symbols")
    func training() throws {
        let tokenizer = try Self.trained.get().0
        #expect(tokenizer.id(of: "<|im_end|>") != nil && tokenizer.id(of: "<0x0A>") != nil)
        #expect(tokenizer.bosID == 1 && tokenizer.eosID == 2 && tokenizer.unknownID == 0)
        let pieces = (0..<Int32(tokenizer.vocabularySize)).map { tokenizer.piece($0) }.filter { !$0.hasPrefix("<0x") }
        #expect(pieces.allSatisfy { $0.count == 1 || !$0.contains(where: \.isNumber) })
        let ids = tokenizer.encode("<|im_start|>user\ncat<|im_end|>")
        #expect(ids.contains(tokenizer.id(of: "<|im_start|>")!))
        #expect(!tokenizer.encode("<|im_end|>", matchingSymbols: false).contains(tokenizer.id(of: "<|im_end|>")!))
        #expect(!tokenizer.encode("a</s><s>").contains(2))
    }

    @Test(
        "decode inverts encode",
        arguments: [
            "the cat", "  two  spaces ", "tab\tline\nend", "数字 123 😀", "a\u{301}", " ", "x", "\u{0}\u{1}",
        ])
    func roundTrip(text: String) throws {
        let tokenizer = try Self.trained.get().0
        #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    }

    @Test("empty text has no tokens; malformed UTF-8 becomes U+FFFD byte by byte")
    func malformed() throws {
        let tokenizer = try Self.trained.get().0
        #expect(tokenizer.encode("").isEmpty)
        var ids: [Int32] = []
        [UInt8]([0x61, 0xff, 0xe4, 0xbd, 0x62]).withUnsafeBufferPointer { tokenizer.encode(utf8: $0, into: &ids) }
        #expect(tokenizer.decode(ids) == "a\u{FFFD}\u{FFFD}\u{FFFD}b")
    }

    /// Results of the releases 0.2.1 and 0.2.3 on this vocabulary: "a", "b" scores 0.001 more than "ab", which sums of
    /// tens of thousands in f32 do not tell apart.
    @Test(
        "sums begin anew below -100,000, as in releases from 0.2.2 on",
        arguments: [
            (1, true), (50, false), (100, false), (101, true), (102, true), (150, false), (201, false), (202, true),
        ])
    func longTexts(before: Int, isExact: Bool) throws {
        func piece(_ text: String, _ score: Float, _ kind: UInt8) -> [UInt8] {
            let bits = withUnsafeBytes(of: score.bitPattern.littleEndian) { Array($0) }
            let message = [0x0A, UInt8(text.utf8.count)] + Array(text.utf8) + [0x15] + bits + [0x18, kind]
            return [0x0A, UInt8(message.count)] + message
        }
        let pieces =
            piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3)
            + piece("x", -1000, 1) + piece("a", -10, 1) + piece("b", -10, 1) + piece("ab", -20.001, 1)
        // Unigram; neither dummy prefix nor blanks removed.
        let model = Data(pieces + [0x12, 2, 0x18, 1, 0x1A, 4, 0x18, 0, 0x20, 0])
        let text = String(repeating: "x", count: before) + "ab"
        let xs = [Int32](repeating: 3, count: before)
        #expect(try SentencePieceTokenizer(model: model).encode(text) == xs + (isExact ? [4, 5] : [6]))
        let old = try SentencePieceTokenizer(model: model, symbolScore: .upTo0_2_1)
        #expect(old.encode(text) == xs + (before < 50 ? [4, 5] : [6]))
    }

    @Test("streaming gives whole characters only")
    func streaming() throws {
        let tokenizer = try Self.trained.get().0
        var decoder = StreamingDecoder(tokenizer)
        let parts = tokenizer.encode("a😀é").map { decoder.append($0) }
        #expect(parts.joined() + decoder.finish() == "a😀é")
        #expect(parts.filter { $0 == "😀" }.count == 1)
        var cut = StreamingDecoder(tokenizer)
        #expect(cut.append(tokenizer.id(of: "<0xF0>")!) == "" && cut.finish() == "\u{FFFD}")
    }

    @Test("broken model files are refused, never a crash")
    func hostile() throws {
        let data = try Self.trained.get().1
        for count in stride(from: 0, to: data.count, by: 97) {
            _ = try? SentencePieceTokenizer(model: data.prefix(count))
        }
        for index in stride(from: 0, to: data.count, by: 31) {
            var broken = data
            broken[index] ^= 0x55
            _ = try? SentencePieceTokenizer(model: broken)
        }
        #expect { try SentencePieceTokenizer(model: Data()) } throws: { "\($0)".contains("no pieces") }
        #expect { try SentencePieceTokenizer(model: Data([0x0a, 0x7f])) } throws: { "\($0)".contains("0 left") }
        #expect { try SentencePieceTokenizer(contentsOf: URL(filePath: "/nowhere")) } throws: {
            "\($0)".contains("/nowhere")
        }
    }

    @Test("the chat template adds a system turn and marks what is trained")
    func template() {
        let messages = [ChatMessage(role: "user", content: "hi"), ChatMessage(role: "assistant", content: "yo")]
        #expect(
            ChatTemplate.render(Array(messages.prefix(1)), addGenerationPrompt: true)
                == "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
        )
        #expect(ChatTemplate.segments(messages).filter(\.trained).map(\.text) == ["yo<|im_end|>\n"])
    }
}
