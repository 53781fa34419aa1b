// Incremental decoding: returns only complete characters, however their bytes are spread over tokens. Decoding a list
// of tokens uses the same code, so both give the same text.
// SPDX-License-Identifier: Apache-2.0

/// What decoding strips at the start of a text: the space that encoding prepended.
package enum LeadingBlank: String, Sendable {
    case kept
    /// A "▁" at the start of the first piece (SentencePiece).
    case firstPiece = "first_piece"
    /// A "▁" at the start of each piece until there is text (SentencePiece with `remove_extra_whitespaces`).
    case everyPieceBeforeText = "every_piece_before_text"
    /// The text's first character, if it is a space (the decoder `Strip` of tokenizer.json).
    case firstCharacter = "first_character"
    /// Every "▁" of the first piece (the decoder `Metaspace` of tokenizer.json).
    case allOfFirstPiece = "all_of_first_piece"
}

package struct StreamingDecoder: Sendable {
    private let tokenizer: any Tokenizer
    private var pending: [UInt8] = []
    private var isAtStart: Bool

    /// `continuing`: the tokens continue an earlier text, so the first one keeps its space.
    package init(_ tokenizer: any Tokenizer, continuing: Bool = false) {
        self.tokenizer = tokenizer
        isAtStart = !continuing
    }

    /// The complete text of `ids`.
    static func text(of ids: [Int32], _ tokenizer: any Tokenizer) -> String {
        var decoder = StreamingDecoder(tokenizer)
        return ids.reduce(into: "") { $0 += decoder.append($1) } + decoder.finish()
    }

    /// The characters that this token completes; the dummy prefix is stripped from the first token.
    package mutating func append(_ id: Int32) -> String {
        var bytes = tokenizer.bytes(of: id)
        if isAtStart, !bytes.isEmpty { dropLeadingBlank(of: id, &bytes) }
        pending += bytes
        return release(all: false)
    }

    /// The rest of the text; an incomplete character becomes U+FFFD.
    package mutating func finish() -> String { release(all: true) }

    private mutating func dropLeadingBlank(of id: Int32, _ bytes: inout [UInt8]) {
        isAtStart = false
        switch tokenizer.leadingBlank {
        case .kept: break
        case .firstPiece: if PieceText.beginsWithBlankMark(tokenizer.piece(id)) { bytes.removeFirst() }
        case .everyPieceBeforeText:
            if PieceText.beginsWithBlankMark(tokenizer.piece(id)) { bytes.removeFirst() }
            isAtStart = bytes.isEmpty
        case .firstCharacter: if bytes[0] == 0x20 { bytes.removeFirst() }
        case .allOfFirstPiece:
            if PieceText.hasBlankMark(tokenizer.piece(id)) { bytes.removeAll { $0 == 0x20 } }
        }
    }

    private mutating func release(all: Bool) -> String {
        var text: [UInt8] = []
        var index = 0
        pending.withUnsafeBufferPointer { bytes in
            while index < bytes.count {
                let length = UnigramEncoder.characterLength(bytes, at: index)
                if length > 0 {
                    text += bytes[index..<index + length]
                    index += length
                    continue
                }
                let broken = PieceText.truncatedLength(bytes, at: index)
                if !all, PieceText.mayContinue(bytes, at: index, length: broken) { break }
                for _ in 0..<(tokenizer.replacesEachByte ? broken : 1) { text += PieceText.replacement }
                index += broken
            }
        }
        pending.removeFirst(index)
        return String(decoding: text, as: UTF8.self)
    }
}
