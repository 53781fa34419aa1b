// SentencePiece Unigram: encoding exact to the token, decoding, pieces (model.md 5.2, 5.3).
// The search is Viterbi over byte positions; UnigramEncoder.swift has it. Next: UnigramTrainer.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package final class SentencePieceTokenizer: Tokenizer {
    let model: SentencePieceModel
    private let encoder: UnigramEncoder
    private let plainEncoder: UnigramEncoder
    /// By the piece's bytes: strings that are canonically equivalent are different pieces.
    private let ids: [[UInt8]: Int32]
    package let fingerprint: String
    package let unknownID: Int32
    package let bosID: Int32?
    package let eosID: Int32?
    package let addsBOS: Bool

    /// Reads a `.model` file. Throws `TokenizerError`. `symbolScore` says which releases of the library to agree with.
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
        let model = try SentencePieceModel(data, file: file)
        self.init(model, fingerprint: SHA256.hex(of: data), addsBOS: false, symbolScore: symbolScore)
    }

    /// Of a model that was read already, from whatever file.
    init(_ model: SentencePieceModel, fingerprint: String, addsBOS: Bool, symbolScore: SymbolScore = .current) {
        self.model = model
        self.fingerprint = fingerprint
        self.addsBOS = addsBOS
        encoder = UnigramEncoder(model, matchingSymbols: true, symbolScore: symbolScore)
        plainEncoder = UnigramEncoder(model, matchingSymbols: false, symbolScore: symbolScore)
        var ids: [[UInt8]: Int32] = [:]
        for (id, piece) in model.pieces.enumerated() where ids[Array(piece.text.utf8)] == nil {
            ids[Array(piece.text.utf8)] = Int32(id)
        }
        self.ids = ids
        unknownID = Int32(model.pieces.firstIndex { $0.kind == .unknown } ?? 0)
        bosID = ids[Array("<s>".utf8)]
        eosID = ids[Array("</s>".utf8)]
    }

    package var vocabularySize: Int { model.pieces.count }

    package var dropsFirstBlank: Bool { model.addDummyPrefix }

    package var controlSymbols: [String] {
        model.pieces.lazy.filter { $0.kind == .userDefined && $0.text.contains("<") }.map(\.text)
    }

    package func encode(_ text: String) -> [Int32] { encode(text, matchingSymbols: true) }

    /// Ids of a text. With `matchingSymbols` false, user-defined symbols with markup (`<|im_end|>`) inside the text
    /// are ordinary characters: for text that comes from users and must not open or close a turn.
    package func encode(_ text: String, matchingSymbols: Bool) -> [Int32] {
        encode(text, matchingSymbols: matchingSymbols, isStart: true)
    }

    package func encode(_ text: String, matchingSymbols: Bool, isStart: Bool) -> [Int32] {
        var text = text
        return text.withUTF8 { bytes in
            var result: [Int32] = []
            (matchingSymbols ? encoder : plainEncoder).encode(bytes, isStart: isStart, into: &result)
            return result
        }
    }

    /// Appends the ids of raw bytes; malformed UTF-8 counts as U+FFFD, byte by byte.
    package func encode(utf8: UnsafeBufferPointer<UInt8>, matchingSymbols: Bool = true, into result: inout [Int32]) {
        (matchingSymbols ? encoder : plainEncoder).encode(utf8, into: &result)
    }

    package func piece(_ id: Int32) -> String {
        model.pieces.indices.contains(Int(id)) ? model.pieces[Int(id)].text : ""
    }

    package func id(of piece: String) -> Int32? { ids[Array(piece.utf8)] }

    package func bytes(of id: Int32) -> [UInt8] {
        guard model.pieces.indices.contains(Int(id)) else { return Array(model.unknownSurface.utf8) }
        let piece = model.pieces[Int(id)]
        switch piece.kind {
        case .control: return []
        case .unknown: return Array(model.unknownSurface.utf8)
        case .byte: return UInt8(piece.text.dropFirst(3).dropLast(), radix: 16).map { [$0] } ?? []
        case .normal, .userDefined, .unused: return Array(piece.text.replacing("\u{2581}", with: " ").utf8)
        }
    }

    package func decode(_ ids: [Int32]) -> String {
        var decoder = StreamingDecoder(self)
        var text = ""
        for id in ids { text += decoder.append(id) }
        return text + decoder.finish()
    }
}
