// The `.model` file of SentencePiece: a protocol buffer (model.md 5.5). Only the fields that encoding needs are read;
// every length is checked, so a truncated or foreign file is an error, never a crash.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum TokenizerError: Error, CustomStringConvertible, Equatable {
    case unreadable(file: String, reason: String)
    case malformed(file: String, offset: Int, reason: String)
    case unsupported(file: String, reason: String)
    /// A text that a vocabulary is to be made from.
    case badCorpus(file: String, reason: String)
    /// Symbols of a vocabulary, from a file where one is named.
    case badSymbols(file: String?, reason: String)
    /// A setting of a training that no text could be trained with.
    case badSetting(name: String, reason: String)
    /// Told after training: the text gives no more pieces.
    case vocabularyTooLarge(asked: Int, possible: Int)
    /// The text has more characters.
    case vocabularyTooSmall(asked: Int, needed: Int)
    /// Told before training: the text has fewer strings that could become pieces than pieces are asked for.
    case tooLittleText(asked: Int, strings: Int)
    case training(String)
    case wrongVocabulary(tokenizer: Int, model: Int)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): cannot be read (\(reason)); name a SentencePiece .model file"
        case .malformed(let file, let offset, let reason):
            "\(file): not a SentencePiece model: \(reason) at byte \(offset)"
        case .unsupported(let file, let reason): "\(file): \(reason)"
        case .badCorpus(let file, let reason): "\(file): \(reason)"
        case .badSymbols(let file, let reason): (file.map { $0 + ": " } ?? "user-defined symbols: ") + reason
        case .badSetting(let name, let reason): "\(name) \(reason)"
        case .vocabularyTooLarge(let asked, let possible):
            "the text gives at most \(possible) pieces and \(asked) are asked for; ask for at most \(possible), give more "
                + "text, or accept fewer with --soft-limit"
        case .vocabularyTooSmall(let asked, let needed):
            "the characters of the text, the 256 bytes and the symbols are \(needed) pieces and \(asked) are asked for; ask "
                + "for at least \(needed) with --vocabulary, or lower --character-coverage"
        case .tooLittleText(let asked, let strings):
            "the text has only \(strings) strings that could become pieces, of which a part will be kept, and \(asked) "
                + "pieces are asked for; ask for far fewer with --vocabulary, give more text, or accept what the text "
                + "gives with --soft-limit"
        case .training(let text): "training the vocabulary failed: \(text)"
        case .wrongVocabulary(let tokenizer, let model):
            "the tokenizer has \(tokenizer) pieces and the model's vocab_size is \(model); "
                + "set model.vocab_size to \(tokenizer) or name the tokenizer that belongs to the model"
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
    var isUnigram = true
    var byteFallback = false
    var addDummyPrefix = true
    var removeExtraWhitespaces = true
    var escapeWhitespaces = true
    var hasCharacterMap = false
    var unknownSurface = " \u{2047} "

    /// A model whose pieces came from another file than SentencePiece's own.
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
                default: try reader.skip(wire)
                }
            }
        }
        func unsupported(_ reason: String) -> TokenizerError { .unsupported(file: file, reason: reason) }
        guard !pieces.isEmpty else { throw TokenizerError.malformed(file: file, offset: 0, reason: "no pieces") }
        guard isUnigram else { throw unsupported("a BPE, word or character model; only Unigram models are read") }
        guard !hasCharacterMap else {
            throw unsupported("normalises text with a character map; only identity normalisation is supported")
        }
        guard pieces.contains(where: { $0.kind == .unknown }) else { throw unsupported("has no unknown piece") }
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
            default: try reader.skip(wire)
            }
        }
        return piece
    }

    private mutating func readTrainer(_ message: ProtobufReader) throws {
        var reader = message
        while let (field, wire) = try reader.next() {
            switch field {
            case 3: isUnigram = try reader.varint() == 1
            case 35: byteFallback = try reader.varint() != 0
            case 44: unknownSurface = String(decoding: try reader.bytesField(), as: UTF8.self)
            default: try reader.skip(wire)
            }
        }
    }

    private mutating func readNormalizer(_ message: ProtobufReader) throws {
        var reader = message
        while let (field, wire) = try reader.next() {
            switch field {
            case 2: hasCharacterMap = try !reader.bytesField().isEmpty
            case 3: addDummyPrefix = try reader.varint() != 0
            case 4: removeExtraWhitespaces = try reader.varint() != 0
            case 5: escapeWhitespaces = try reader.varint() != 0
            default: try reader.skip(wire)
            }
        }
    }
}

/// The wire format: varints, fixed 32 and 64 bit, length-delimited.
private struct ProtobufReader {
    let bytes: UnsafeRawBufferPointer
    let file: String
    var offset = 0

    init(bytes: UnsafeRawBufferPointer, file: String) {
        self.bytes = bytes
        self.file = file
    }

    func malformed(_ reason: String) -> TokenizerError { .malformed(file: file, offset: offset, reason: reason) }

    /// Field number and wire type; nil at the end.
    mutating func next() throws -> (field: Int, wire: Int)? {
        guard offset < bytes.count else { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw malformed("field number \(tag >> 3)") }
        return (Int(tag >> 3), Int(tag & 7))
    }

    mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard offset < bytes.count else { throw malformed("the file ends inside a number") }
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw malformed("a number longer than ten bytes")
    }

    mutating func fixed32() throws -> UInt32 {
        guard bytes.count - offset >= 4 else { throw malformed("the file ends inside a number") }
        defer { offset += 4 }
        return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    mutating func bytesField() throws -> UnsafeRawBufferPointer {
        let length = try varint()
        guard length <= UInt64(bytes.count - offset) else {
            throw malformed("a field of \(length) bytes with \(bytes.count - offset) left")
        }
        defer { offset += Int(length) }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)])
    }

    mutating func message() throws -> ProtobufReader { ProtobufReader(bytes: try bytesField(), file: file) }

    mutating func skip(_ wire: Int) throws {
        switch wire {
        case 0: _ = try varint()
        case 1 where bytes.count - offset >= 8: offset += 8
        case 2: _ = try bytesField()
        case 5: _ = try fixed32()
        default: throw malformed("wire type \(wire)")
        }
    }
}
