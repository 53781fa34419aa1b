// Errors in a model file's vocabulary (tokenizer.json, tokenizer_config.json, GGUF): each names the file and the key.
// Errors of SentencePiece's own files are in SentencePieceModel.swift.
// SPDX-License-Identifier: Apache-2.0

package enum VocabularyError: Error, CustomStringConvertible, Equatable {
    case unreadable(file: String, reason: String)
    case malformed(file: String, key: String, reason: String)
    case unsupported(file: String, key: String, found: String, wanted: String)
    case unknownPiece(file: String, key: String, piece: String)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): cannot be read (\(reason)); name a folder or file that has a tokenizer"
        case .malformed(let file, let key, let reason):
            "\(file): \(key): \(reason); the file is damaged or not a tokenizer; fetch it again"
        case .unsupported(let file, let key, let found, let wanted):
            "\(file): \(key) is \(found); supported: \(wanted). Use a model with such a tokenizer"
        case .unknownPiece(let file, let key, let piece):
            "\(file): \(key) names the token '\(piece)', which is not in the vocabulary; use files of the same model"
        }
    }
}
