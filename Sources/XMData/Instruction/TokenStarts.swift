// Finds the byte at which each token begins in the text that was encoded. A tokenizer may add a space at either end,
// trim spaces at the ends and collapse runs of them; all other bytes of the text are in its tokens, in order. An
// unknown token, whose characters cannot be known, extends to where the next token matches. Tokenizers that rewrite the
// text (normal form C, symbols that absorb spaces) cannot be followed.
// SPDX-License-Identifier: Apache-2.0

import XMTokenizer

struct TokenStarts {
    /// The bytes of each id; nil for the unknown token.
    private let bytesOfID: [[UInt8]?]

    init(_ tokenizer: any Tokenizer) {
        bytesOfID = (0..<Int32(tokenizer.vocabularySize)).map { id in
            if id == tokenizer.unknownID { return nil }
            // A control token decodes to nothing; in a text it is spelled as the vocabulary spells it.
            let bytes = tokenizer.bytes(of: id)
            return bytes.isEmpty ? Array(tokenizer.piece(id).utf8) : bytes
        }
    }

    /// The byte offset in `text` at which each of `ids` begins; nil if the tokens do not spell the text. A space added
    /// by the tokenizer begins where it was added.
    func starts(of ids: [Int32], in text: [UInt8]) -> [Int]? {
        var at = 0
        var starts: [Int] = []
        starts.reserveCapacity(ids.count)
        for index in ids.indices {
            guard let bytes = bytesOfID[Int(ids[index])] else {
                starts.append(Self.skippingBlanks(text, at))
                at = end(ofUnknown: index, ids, text, from: starts[index])
                continue
            }
            guard let range = Self.range(of: bytes, in: text, from: at) else { return nil }
            at = range.upperBound
            starts.append(range.lowerBound)
        }
        return starts
    }

    /// The byte range of a token's bytes; nil when the text does not continue with them.
    private static func range(of bytes: [UInt8], in text: [UInt8], from: Int) -> Range<Int>? {
        var at = from
        var start: Int?
        for byte in bytes {
            if byte == UInt8(ascii: " ") {
                start = start ?? at
                at += blankLength(text, at)
            } else {
                if at < text.count, text[at] != byte { at = skippingBlanks(text, at) }
                guard at < text.count, text[at] == byte else { return nil }
                start = start ?? at
                at += 1
            }
        }
        return (start ?? at)..<at
    }

    private func end(ofUnknown index: Int, _ ids: [Int32], _ text: [UInt8], from start: Int) -> Int {
        var at = start
        while at < text.count {
            at += 1
            while at < text.count, text[at] & 0xC0 == 0x80 { at += 1 }
            guard index + 1 < ids.count, at < text.count, let next = bytesOfID[Int(ids[index + 1])] else { continue }
            let isHere = next.first == UInt8(ascii: " ") ? Self.blankLength(text, at) > 0 : text[at] == next.first
            if isHere, Self.range(of: next, in: text, from: at) != nil { break }
        }
        return at
    }

    /// Length in bytes of a space, or of the "▁" (U+2581) that stands for one; 0 when there is neither.
    private static func blankLength(_ text: [UInt8], _ at: Int) -> Int {
        guard at < text.count else { return 0 }
        if text[at] == UInt8(ascii: " ") { return 1 }
        return text[at...].starts(with: [0xE2, 0x96, 0x81]) ? 3 : 0
    }

    private static func skippingBlanks(_ text: [UInt8], _ from: Int) -> Int {
        var at = from
        while true {
            let length = blankLength(text, at)
            if length == 0 { return at }
            at += length
        }
    }
}
