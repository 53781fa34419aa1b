// Pieces and texts are code points and bytes, not Swift's Characters: "▁" in front of what joins it, canonically
// equivalent pieces, CR LF, and damaged characters.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTokenizer

@Suite("CodePointTests")
struct CodePointTests {
    private static let joining = ["\u{301}", "\u{200D}", "\u{1F3FD}", "\u{FE0F}", "\u{94D}", "\u{20E3}"]

    /// A vocabulary with "▁" in front of characters that Swift joins to it.
    private static func vocabulary(_ model: TokenizerVocabulary.Model) -> TokenizerVocabulary {
        var result = TokenizerVocabulary(
            file: "v", model: model, tokens: ["<unk>", "a", "\u{2581}"] + joining + joining.map { "\u{2581}" + $0 })
        result.scores = result.tokens.indices.map { Float($0 - result.tokens.count) }
        result.kinds = result.tokens.indices.map { $0 == 0 ? .unknown : .normal }
        result.unknownID = 0
        return result
    }

    @Test(
        "a blank before a combining mark, a joiner or a modifier",
        arguments: [TokenizerVocabulary.Model.unigram, .sentencePiece])
    func joined(model: TokenizerVocabulary.Model) throws {
        let tokenizer = try Self.vocabulary(model).makeTokenizer()
        for (index, mark) in Self.joining.enumerated() {
            let id = Int32(3 + Self.joining.count + index)
            #expect(tokenizer.encode(mark) == [id])
            for (ids, wanted) in [([id], mark), ([1, id], "a " + mark), ([id, id], mark + " " + mark)] {
                #expect(tokenizer.decode(ids).utf8.elementsEqual(wanted.utf8), "\(ids)")
            }
            #expect(tokenizer.bytes(of: id) == Array((" " + mark).utf8))
            #expect(tokenizer.id(of: "\u{2581}" + mark) == id)
        }
    }

    @Test("JSON keeps keys that are canonically equal apart, in their order")
    func jsonKeys() throws {
        let text = #"{"\u00e9": 1, "e\u0301": 2, "\u00c5": 3, "\u212b": 4, "\u00e9": 5}"#
        let object = try #require(try JSONValue.parse(text).object)
        #expect(object.keys.count == 5)
        #expect(object["e\u{301}"] == .number("2") && object["\u{E9}"] == .number("5"))
        #expect(object["\u{212B}"] == .number("4") && object["\u{C5}"] == .number("3"))
        #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    }

    @Test("carriage returns and line feeds are two characters")
    func lineEnds() throws {
        let tokenizer = try BPETokenizerTests.tokenizer("gpt2")
        let ids = tokenizer.encode("a\r\nb\r\n\r\n")
        #expect(tokenizer.decode(ids).utf8.elementsEqual("a\r\nb\r\n\r\n".utf8))
    }

    // MARK: - Damaged characters

    /// Bytes, and how many U+FFFD Python's `bytes.decode(errors="replace")` makes of them between "a" and "b".
    static let damaged: [([UInt8], Int)] = [
        ([0xE2, 0x82], 1), ([0xE2], 1), ([0xF0, 0x9F], 1), ([0xF0, 0x9F, 0x98], 1), ([0xC3], 1), ([0x80], 1),
        ([0x80, 0x80], 2), ([0xFF], 1), ([0xC0, 0x80], 2), ([0xE0, 0x80, 0x80], 3), ([0xE0, 0xA0], 1),
        ([0xED, 0xA0, 0x80], 3), ([0xED, 0x9F], 1), ([0xF0, 0x80, 0x80], 3), ([0xF4, 0x90, 0x80, 0x80], 4),
        ([0xF4, 0x8F, 0xBF], 1), ([0xF5, 0x80], 2), ([0xE2, 0x82, 0xE2, 0x82], 2), ([0xF0, 0x9F, 0xC3], 2),
        ([0xE2, 0x28, 0xA1], 2),
    ]

    /// A byte-level vocabulary whose first 256 ids are the bytes.
    private static func bytes() throws -> any Tokenizer {
        var next: UInt32 = 0x100
        let tokens = (0..<256).map { (byte: Int) -> String in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE {
                return String(UnicodeScalar(UInt8(byte)))
            }
            defer { next += 1 }
            return UnicodeScalar(next).map { String($0) } ?? ""
        }
        var vocabulary = TokenizerVocabulary(file: "v", model: .byteLevel, tokens: tokens)
        vocabulary.preTokenizer = .gpt2
        return try vocabulary.makeTokenizer()
    }

    @Test("a byte-level tokenizer writes one U+FFFD for a truncated character, streamed or not", arguments: damaged)
    func replaced(bytes: [UInt8], count: Int) throws {
        let tokenizer = try Self.bytes()
        let whole = [0x61] + bytes + [0x62]
        // The same rule wherever Swift itself makes text of bytes.
        let wanted = String(decoding: whole, as: UTF8.self)
        #expect(wanted.unicodeScalars.count { $0 == "\u{FFFD}" } == count)
        for ids in [whole.map { Int32($0) }, bytes.map { Int32($0) }] {
            let text = tokenizer.decode(ids)
            #expect(text.utf8.elementsEqual(String(decoding: ids.map { UInt8($0) }, as: UTF8.self).utf8), "\(ids)")
            var stream = StreamingDecoder(tokenizer)
            let parts = ids.map { stream.append($0) }
            #expect((parts.joined() + stream.finish()).utf8.elementsEqual(text.utf8), "\(ids)")
        }
    }

    @Test("streaming holds a character back until it is whole or cannot be")
    func streaming() throws {
        let tokenizer = try Self.bytes()
        var stream = StreamingDecoder(tokenizer)
        let parts = [0xF0, 0x9F, 0x98, 0x80, 0xE2, 0x82, 0x61, 0xF0].map { stream.append($0) }
        #expect(parts == ["", "", "", "😀", "", "", "\u{FFFD}a", ""] && stream.finish() == "\u{FFFD}")
    }
}
