// SentencePiece's `.model` file, a protocol buffer (sentencepiece_model.proto). Every field is either read, known to
// matter to training only, or rejected by name; ProtobufReader.swift checks all lengths.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum TokenizerError: Error, CustomStringConvertible, Equatable {
    case unreadable(file: String, reason: String)
    case malformed(file: String, offset: Int, reason: String)
    case unsupported(file: String, reason: String)
    /// Text to train a vocabulary on.
    case badCorpus(file: String, reason: String)
    /// User-defined symbols, from `file` if they were read from one.
    case badSymbols(file: String?, reason: String)
    /// A training setting with which no text could be trained.
    case badSetting(name: String, reason: String)
    /// Found after training: the text yields fewer pieces.
    case vocabularyTooLarge(asked: Int, possible: Int)
    /// The text has more distinct characters.
    case vocabularyTooSmall(asked: Int, needed: Int)
    /// Found before training: the text has fewer candidate strings than requested pieces.
    case tooLittleText(asked: Int, strings: Int)
    case training(String)
    case wrongVocabulary(tokenizer: Int, model: Int)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): cannot be read (\(reason)); name a SentencePiece .model file"
        case .malformed(let file, let offset, let reason):
            "\(file): not a valid SentencePiece model: \(reason) at byte \(offset); fetch the file again"
        case .unsupported(let file, let reason): "\(file): \(reason)"
        case .badCorpus(let file, let reason): "\(file): \(reason)"
        case .badSymbols(let file, let reason): (file.map { $0 + ": " } ?? "user-defined symbols: ") + reason
        case .badSetting(let name, let reason): "\(name) \(reason)"
        case .vocabularyTooLarge(let asked, let possible):
            "the text yields at most \(possible) pieces, but \(asked) were requested; request at most \(possible), "
                + "give "
                + "more text, or accept fewer pieces with --soft-limit"
        case .vocabularyTooSmall(let asked, let needed):
            "the text's characters, the 256 bytes and the symbols take \(needed) pieces, but \(asked) were requested; "
                + "request at least \(needed) with --vocabulary, or lower --character-coverage"
        case .tooLittleText(let asked, let strings):
            "the text has only \(strings) candidate strings, only some of which become pieces, but \(asked) pieces "
                + "were "
                + "requested; request far fewer with --vocabulary, give more text, or accept fewer pieces with "
                + "--soft-limit"
        case .training(let text): "training the vocabulary failed: \(text)"
        case .wrongVocabulary(let tokenizer, let model):
            "the tokenizer has \(tokenizer) tokens but the model's vocab_size is \(model); "
                + "set model.vocab_size to \(tokenizer) or name the model's own tokenizer"
        }
    }
}

/// The vocabulary and options of a model file.
struct SentencePieceModel: Sendable {
    enum Kind: Int, Sendable {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    struct Piece: Sendable {
        var text = ""
        var score: Float = 0
        var kind = Kind.normal
    }

    var pieces: [Piece] = []
    var byteFallback = false
    var addDummyPrefix = true
    var removeExtraWhitespaces = true
    /// Whether spaces become "▁".
    var escapeWhitespaces = true
    /// Whether the dummy prefix is appended instead of prepended.
    var treatWhitespaceAsSuffix = false
    var unknownSurface = " \u{2047} "
    /// Number of pieces searched for in text; later ones are added tokens of another file. nil: all.
    var searchedPieces: Int?
    /// Names of the control pieces.
    var bosPiece = "<s>"
    var eosPiece = "</s>"

    /// A model whose pieces come from another file format.
    init(pieces: [Piece], byteFallback: Bool, addDummyPrefix: Bool, removeExtraWhitespaces: Bool) {
        self.pieces = pieces
        self.byteFallback = byteFallback
        self.addDummyPrefix = addDummyPrefix
        self.removeExtraWhitespaces = removeExtraWhitespaces
    }

    init(_ data: Data, file: String) throws {
        try data.withUnsafeBytes { bytes in
            var reader = ProtobufReader(bytes: bytes, file: file)
            while let (field, wire) = try reader.next() {
                switch field {
                case 1: pieces.append(try Self.piece(try reader.message()))
                case 2: try readTrainer(try reader.message())
                case 3: try readNormalizer(try reader.message())
                case 5: try Self.checkDenormalizer(try reader.message())
                default: try Self.pass(field, wire, &reader, of: "the file", harmless: [4])
                }
            }
        }
        guard !pieces.isEmpty else { throw TokenizerError.malformed(file: file, offset: 0, reason: "no pieces") }
        guard pieces.contains(where: { $0.kind == .unknown }) else {
            throw TokenizerError.unsupported(
                file: file, reason: "has no unknown piece; fetch the file again or use another tokenizer")
        }
    }

    private static func piece(_ message: ProtobufReader) throws -> Piece {
        var reader = message
        var piece = Piece()
        while let (field, wire) = try reader.next() {
            switch field {
            case 1: piece.text = String(decoding: try reader.bytesField(), as: UTF8.self)
            case 2: piece.score = Float(bitPattern: try reader.fixed32())
            case 3:
                let value = Int(truncatingIfNeeded: try reader.varint())
                guard let kind = Kind(rawValue: value) else { throw reader.malformed("piece type \(value)") }
                piece.kind = kind
            default: try pass(field, wire, &reader, of: "a piece", harmless: [])
            }
        }
        return piece
    }

    /// Fields of `trainer_spec` about how the pieces were trained, which do not influence segmentation: input,
    /// model_prefix, vocab_size to clipping threshold, the sizes, the splits, the symbols (which are pieces),
    /// required_chars, the limits, the ids (which are the pieces' indices), and the names of the unknown and padding
    /// pieces, which are identified by their type.
    static let trainingFields: Set<Int> = [
        1, 2, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 30, 31, 32, 33, 34, 36, 40,
        41, 42, 43, 45, 48, 49, 50, 51, 52, 53,
    ]

    private mutating func readTrainer(_ message: ProtobufReader) throws {
        var reader = message
        while let (field, wire) = try reader.next() {
            switch field {
            case 3:
                let type = try reader.varint()
                guard type != 1 else { continue }
                let names: [UInt64: String] = [2: "BPE", 3: "WORD", 4: "CHAR"]
                throw TokenizerError.unsupported(
                    file: reader.file,
                    reason: "trainer_spec.model_type is \(names[type] ?? "\(type)"); only UNIGRAM models are read")
            case 24: treatWhitespaceAsSuffix = try reader.varint() != 0
            case 35: byteFallback = try reader.varint() != 0
            case 44: unknownSurface = try reader.text()
            case 46: bosPiece = try reader.text()
            case 47: eosPiece = try reader.text()
            default: try Self.pass(field, wire, &reader, of: "trainer_spec", harmless: Self.trainingFields)
            }
        }
        // As in the library, an empty name means the default.
        if bosPiece.isEmpty { bosPiece = "<s>" }
        if eosPiece.isEmpty { eosPiece = "</s>" }
    }

    private mutating func readNormalizer(_ message: ProtobufReader) throws {
        var reader = message
        while let (field, wire) = try reader.next() {
            switch field {
            case 2:
                guard try reader.bytesField().isEmpty else {
                    throw TokenizerError.unsupported(
                        file: reader.file,
                        reason: "normalizer_spec.precompiled_charsmap normalises text with a character map; only "
                            + "identity normalisation is supported")
                }
            case 3: addDummyPrefix = try reader.varint() != 0
            case 4: removeExtraWhitespaces = try reader.varint() != 0
            case 5: escapeWhitespaces = try reader.varint() != 0
            // Harmless: the name of the character map, and the rules it was compiled from.
            default: try Self.pass(field, wire, &reader, of: "normalizer_spec", harmless: [1, 6])
            }
        }
    }

    /// Only the character map of a denormaliser has an effect.
    private static func checkDenormalizer(_ message: ProtobufReader) throws {
        var reader = message
        while let (field, wire) = try reader.next() {
            guard field == 2 else {
                try pass(field, wire, &reader, of: "denormalizer_spec", harmless: [1, 3, 4, 5, 6])
                continue
            }
            guard try reader.bytesField().isEmpty else {
                throw TokenizerError.unsupported(
                    file: reader.file,
                    reason: "denormalizer_spec.precompiled_charsmap changes decoded text with a character map; only "
                        + "models without one are supported")
            }
        }
    }

    private static func pass(
        _ field: Int, _ wire: Int, _ reader: inout ProtobufReader, of message: String, harmless: Set<Int>
    ) throws {
        guard harmless.contains(field) else {
            throw TokenizerError.unsupported(
                file: reader.file,
                reason:
                    "\(message) has the unknown field \(field), which may change results; use a file without it")
        }
        try reader.skip(wire)
    }
}
