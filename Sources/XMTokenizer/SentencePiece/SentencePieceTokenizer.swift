// SentencePiece Unigram: encoding identical to the library's token for token, and decoding. Created from a `.model`
// file, or from the vocabulary of a GGUF file or a tokenizer.json. The Viterbi search is in UnigramEncoder.swift.
// Next: UnigramTrainer.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package final class SentencePieceTokenizer: Tokenizer {
    let model: SentencePieceModel
    private let encoder: UnigramEncoder
    private let plainEncoder: UnigramEncoder
    /// How tokenizer.json splits a text at its added tokens; nil for a SentencePiece file, which has none.
    private let marking: BlankMarking?
    /// Added tokens to which the normalizer prepends a space.
    private let prefixedSymbols: Set<Int32>
    private let ids: PieceTable
    package let fingerprint: String
    package let unknownID: Int32
    package let bosID: Int32?
    package let eosID: Int32?
    package let addsBOS: Bool
    package let leadingBlank: LeadingBlank
    package let controlSymbols: [String]

    /// Reads a `.model` file. `symbolScore` selects the library releases to agree with. Throws `TokenizerError`.
    package convenience init(contentsOf url: URL, symbolScore: SymbolScore = .current) throws {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw TokenizerError.unreadable(file: url.path, reason: "no such file")
        }
        try self.init(model: data, file: url.path, symbolScore: symbolScore)
    }

    package convenience init(
        model data: Data, file: String = "tokenizer", symbolScore: SymbolScore = .current
    ) throws {
        try self.init(model: data, file: file, symbolScore: symbolScore, config: nil)
    }

    /// Special tokens named by `config`, a tokenizer_config.json beside the file, override the file's own.
    init(model data: Data, file: String, symbolScore: SymbolScore = .current, config: TokenizerConfigJSON?) throws {
        model = try SentencePieceModel(data, file: file)
        (marking, prefixedSymbols) = (nil, [])
        leadingBlank = Self.leadingBlank(model)
        // Control pieces are never matched in text; user-defined symbols are.
        controlSymbols = model.pieces.lazy.filter { $0.kind == .userDefined && PieceText.hasMarkup($0.text) }.map(
            \.text)
        encoder = UnigramEncoder(model, matchingSymbols: true, symbolScore: symbolScore)
        plainEncoder = UnigramEncoder(model, matchingSymbols: false, symbolScore: symbolScore)
        let ids = PieceTable(model.pieces.map { Array($0.text.utf8) })
        self.ids = ids
        unknownID = Int32(model.pieces.firstIndex { $0.kind == .unknown } ?? 0)
        let pieces = model.pieces
        func own(_ name: String) -> Int32? {
            ids.id(of: name).flatMap { pieces[Int($0)].kind == .control ? $0 : nil }
        }
        func special(_ key: String, _ name: String) throws -> Int32? {
            guard let named = config?.named[key] else { return own(name) }
            if let id = ids.id(of: named.content) { return id }
            throw VocabularyError.unknownPiece(file: config?.file ?? file, key: key, piece: named.content)
        }
        bosID = try special("bos_token", model.bosPiece)
        eosID = try special("eos_token", model.eosPiece)
        addsBOS = config?.addsBOS == true && bosID != nil
        // A configuration that names other tokens makes another tokenizer of the same file.
        let isAsFile = bosID == own(model.bosPiece) && eosID == own(model.eosPiece)
        fingerprint = SHA256.hex(of: isAsFile ? data : data + Data("\(bosID ?? -1) \(eosID ?? -1)".utf8))
    }

    /// Created from a vocabulary, which must have an unknown piece.
    init(_ vocabulary: TokenizerVocabulary) {
        var pieces: [SentencePieceModel.Piece] = []
        pieces.reserveCapacity(vocabulary.tokens.count)
        for (id, token) in vocabulary.tokens.enumerated() {
            let kind = SentencePieceModel.Kind(rawValue: Int(vocabulary.kind(id).rawValue)) ?? .normal
            let score = vocabulary.scores.isEmpty ? 0 : vocabulary.scores[id]
            pieces.append(.init(text: token, score: score, kind: kind))
        }
        let isHuggingFace = vocabulary.symbolScore == .huggingFace
        unknownID = vocabulary.unknownID ?? Int32(pieces.firstIndex { $0.kind == .unknown } ?? 0)
        // In tokenizer.json the unknown token is an added token like others, and omitted from decoded text.
        if !isHuggingFace { pieces[Int(unknownID)].kind = .unknown }
        var model = SentencePieceModel(
            pieces: pieces, byteFallback: pieces.contains { $0.kind == .byte },
            addDummyPrefix: vocabulary.prefix != .never, removeExtraWhitespaces: vocabulary.removesExtraBlanks)
        model.searchedPieces = vocabulary.modelPieces
        self.model = model
        fingerprint = vocabulary.fingerprint
        marking = isHuggingFace ? BlankMarking(vocabulary) : nil
        prefixedSymbols = Set(vocabulary.symbolRules.keys.filter(vocabulary.isPrefixed))
        leadingBlank = vocabulary.leadingBlank ?? Self.leadingBlank(model)
        controlSymbols =
            isHuggingFace
            ? vocabulary.controlSymbols
            : pieces.filter { $0.kind == .userDefined && PieceText.hasMarkup($0.text) }.map(\.text)
        encoder = UnigramEncoder(
            model, matchingSymbols: true, symbolScore: vocabulary.symbolScore, unknownID: unknownID)
        plainEncoder = UnigramEncoder(
            model, matchingSymbols: false, symbolScore: vocabulary.symbolScore, unknownID: unknownID)
        ids = PieceTable(pieces.map { Array($0.text.utf8) })
        (bosID, eosID, addsBOS) = (vocabulary.bosID, vocabulary.eosID, vocabulary.addsBOS)
    }

    private static func leadingBlank(_ model: SentencePieceModel) -> LeadingBlank {
        model.removeExtraWhitespaces ? .everyPieceBeforeText : model.addDummyPrefix ? .firstPiece : .kept
    }

    package var vocabularySize: Int { model.pieces.count }

    package func encode(_ text: String) -> [Int32] { encode(text, matchingSymbols: true) }

    /// With `matchingSymbols` false, user-defined symbols that are markup (`<|im_end|>`) are treated as ordinary
    /// characters.
    package func encode(_ text: String, matchingSymbols: Bool) -> [Int32] {
        encode(text, matchingSymbols: matchingSymbols, isStart: true)
    }

    package func encode(_ text: String, matchingSymbols: Bool, isStart: Bool) -> [Int32] {
        var text = text
        return text.withUTF8 { bytes in
            var result: [Int32] = []
            encode(utf8: bytes, matchingSymbols: matchingSymbols, isStart: isStart, into: &result)
            return result
        }
    }

    /// Appends the ids of a text given as bytes; every malformed byte counts as U+FFFD.
    package func encode(
        utf8: UnsafeBufferPointer<UInt8>, matchingSymbols: Bool = true, isStart: Bool = true,
        into result: inout [Int32]
    ) {
        let encoder = matchingSymbols ? encoder : plainEncoder
        guard let marking else { return encoder.encode(utf8, isStart: isStart, into: &result) }
        marking.split(
            utf8, matchingSymbols: matchingSymbols, isStart: isStart, plain: { encoder.segment($0, into: &result) },
            symbol: { result.append($0) })
    }

    package func piece(_ id: Int32) -> String {
        model.pieces.indices.contains(Int(id)) ? model.pieces[Int(id)].text : ""
    }

    package func id(of piece: String) -> Int32? { ids.id(of: piece) }

    package func bytes(of id: Int32) -> [UInt8] {
        guard model.pieces.indices.contains(Int(id)) else { return Array(model.unknownSurface.utf8) }
        let piece = model.pieces[Int(id)]
        switch piece.kind {
        case .control: return []
        case .unknown: return Array(model.unknownSurface.utf8)
        case .byte: return PieceText.byte(piece.text).map { [$0] } ?? []
        case .normal, .userDefined, .unused:
            return (prefixedSymbols.contains(id) ? [0x20] : []) + PieceText.withBlanks(piece.text)
        }
    }
}
