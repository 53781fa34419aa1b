// SentencePiece BPE (Llama 2, MiniCPM, and Xmodel-2 in GGUF files): spaces become "▁", the characters of the whole text
// are merged, and characters without a piece become byte pieces. Text is not split into words: pieces may contain
// spaces.
// SPDX-License-Identifier: Apache-2.0

package final class SentencePieceBPETokenizer: Tokenizer {
    private let vocabulary: TokenizerVocabulary
    private let pieces: PieceTable
    /// Characters that are not pieces but take part in merges; their symbols are numbered from `vocabularySize` on.
    private let loneCharacters: [[UInt8]]
    private let loneTable: PieceTable
    private let merges: MergeTable
    private let byteIDs: [Int32]  // [256], empty if the vocabulary lacks some byte
    private let marking: BlankMarking
    private let ids: PieceTable
    package let fingerprint: String

    init(_ vocabulary: TokenizerVocabulary) throws {
        self.vocabulary = vocabulary
        var byteIDs = [Int32](repeating: -1, count: 256)
        for (id, token) in vocabulary.tokens.enumerated() where vocabulary.kind(id) == .byte {
            guard let byte = PieceText.byte(token) else {
                throw VocabularyError.malformed(
                    file: vocabulary.file, key: "tokens[\(id)]",
                    reason: "'\(token)' has type byte, but byte tokens are spelled <0x00> to <0xFF>")
            }
            byteIDs[Int(byte)] = Int32(id)
        }
        // Not a dictionary of strings, which would conflate canonically equivalent pieces (U+00C5, U+212B).
        ids = PieceTable(vocabulary.tokens.map { Array($0.utf8) })
        self.byteIDs = byteIDs.contains(-1) ? [] : byteIDs
        let builder = try MergeTableBuilder(vocabulary)
        (pieces, merges) = (builder.pieces, builder.merges)
        (loneCharacters, loneTable) = (builder.loneCharacters, PieceTable(builder.loneCharacters))
        marking = BlankMarking(vocabulary)
        fingerprint = vocabulary.fingerprint
    }

    package var vocabularySize: Int { vocabulary.tokens.count }
    package var unknownID: Int32 { vocabulary.unknownID ?? 0 }
    package var bosID: Int32? { vocabulary.bosID }
    package var eosID: Int32? { vocabulary.eosID }
    package var addsBOS: Bool { vocabulary.addsBOS }
    package var leadingBlank: LeadingBlank {
        vocabulary.leadingBlank ?? (vocabulary.prefix == .never ? .kept : .firstPiece)
    }
    package var controlSymbols: [String] { vocabulary.controlSymbols }

    package func encode(_ text: String) -> [Int32] { encode(text, matchingSymbols: true) }

    package func encode(_ text: String, matchingSymbols: Bool) -> [Int32] {
        encode(text, matchingSymbols: matchingSymbols, isStart: true)
    }

    package func encode(_ text: String, matchingSymbols: Bool, isStart: Bool) -> [Int32] {
        var text = text
        var result: [Int32] = []
        text.withUTF8 {
            marking.split(
                $0, matchingSymbols: matchingSymbols, isStart: isStart, plain: { merge($0, into: &result) },
                symbol: { result.append($0) })
        }
        return result
    }

    private func merge(_ normal: UnsafeBufferPointer<UInt8>, into result: inout [Int32]) {
        var symbols = characters(of: normal)
        var scratch: [MergeTable.Merge] = []
        merges.apply(to: &symbols, merges: &scratch)
        for symbol in symbols {
            if symbol >= vocabularySize {
                appendUnknown(loneCharacters[Int(symbol) - vocabularySize], to: &result)
            } else if symbol != unknownID || result.last != unknownID {
                result.append(symbol)  // neighbouring unknown characters are one token
            }
        }
    }

    /// One symbol per character: its piece, its number among the lone characters, or the ids for an unknown character.
    private func characters(of text: UnsafeBufferPointer<UInt8>) -> [Int32] {
        var symbols: [Int32] = []
        symbols.reserveCapacity(text.count)
        var at = 0
        while at < text.count {
            let length = max(1, UnigramEncoder.characterLength(text, at: at))
            let character = UnsafeBufferPointer(rebasing: text[at..<at + length])
            let (piece, lone) = (pieces.find(character), loneTable.find(character))
            if piece >= 0 {
                symbols.append(piece)
            } else if lone >= 0 {
                symbols.append(Int32(vocabularySize) + lone)
            } else {
                appendUnknown(character, to: &symbols)
            }
            at += length
        }
        return symbols
    }

    private func appendUnknown(_ character: some Sequence<UInt8>, to result: inout [Int32]) {
        if !byteIDs.isEmpty {
            for byte in character { result.append(byteIDs[Int(byte)]) }
        } else if result.last != unknownID {
            result.append(unknownID)
        }
    }

    package func piece(_ id: Int32) -> String { vocabulary.piece(id) }

    package func id(of piece: String) -> Int32? { ids.id(of: piece) }

    package func bytes(of id: Int32) -> [UInt8] {
        let unknownSurface = Array(" \u{2047} ".utf8)
        guard vocabulary.tokens.indices.contains(Int(id)) else { return unknownSurface }
        let piece = vocabulary.tokens[Int(id)]
        switch vocabulary.kind(Int(id)) {
        case .control: return []
        case .unknown: return unknownSurface
        case .byte: return PieceText.byte(piece).map { [$0] } ?? []
        case .normal, .unused, .userDefined:
            return (vocabulary.isPrefixed(id) ? [0x20] : []) + PieceText.withBlanks(piece)
        }
    }
}
