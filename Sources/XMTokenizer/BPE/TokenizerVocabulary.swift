// A model file's vocabulary, independent of the format: the readers of GGUF and tokenizer.json create it, and
// `makeTokenizer` creates the tokenizer that it describes. Names follow GGUF's `tokenizer.ggml.*` (docs/formats.md).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package struct TokenizerVocabulary: Sendable {
    package enum Model: String, Sendable {
        /// Byte-level BPE: merges by rank over the byte alphabet.
        case byteLevel = "gpt2"
        /// SentencePiece BPE: merges by the score of the result, or by rank if the file lists merges.
        case sentencePiece = "llama"
        /// SentencePiece Unigram.
        case unigram = "t5"
    }

    /// Numbered as in GGUF and in SentencePiece's files.
    package enum Kind: Int32, Sendable {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    package struct Merge: Sendable, Equatable {
        package var left: String
        package var right: String

        package init(left: String, right: String) {
            self.left = left
            self.right = right
        }

        package static func == (a: Merge, b: Merge) -> Bool {
            PieceText.isSame(a.left, b.left) && PieceText.isSame(a.right, b.right)
        }

        /// Parses two pieces separated by a space; nil if there is none.
        package init?(_ text: String) {
            let bytes = text.utf8
            guard let blank = bytes.dropFirst().firstIndex(of: 0x20) else { return nil }
            left = String(text[..<blank])
            right = String(text[bytes.index(after: blank)...])
        }
    }

    /// When "▁" is prepended to a text.
    package enum Prefix: String, Sendable {
        case never
        /// At the start of the text and after every symbol.
        case always
        /// The same, unless there is a space already.
        case unlessBlank = "unless_blank"
        /// Only at the start of the text, unless it begins with a space.
        case atStartUnlessBlank = "at_start_unless_blank"
    }

    /// The file's name, for errors.
    package var file: String
    package var model: Model
    /// The tokens' texts by id.
    package var tokens: [String]
    /// One per token; empty: all 0.
    package var scores: [Float] = []
    /// One per token; empty: all normal.
    package var kinds: [Kind] = []
    package var merges: [Merge] = []
    package var bosID: Int32?
    package var eosID: Int32?
    package var unknownID: Int32?
    package var paddingID: Int32?
    /// The token that ends a turn of a conversation, if the file names one.
    package var turnEndID: Int32?
    package var addsBOS = false
    /// `add_space_prefix`; for SentencePiece models.
    package var prefix = Prefix.always
    /// `remove_extra_whitespaces`; for Unigram models.
    package var removesExtraBlanks = false
    /// How symbols are matched in text, by id; symbols without an entry have the default rule.
    package var symbolRules: [Int32: SymbolRule] = [:]
    /// What decoding strips at the start of a text; nil: the first "▁" if `prefix` inserts one.
    package var leadingBlank: LeadingBlank?
    /// Whether the model itself, and not only a configuration, has an unknown token; for byte-level models.
    package var hasUnknownInModel = false
    /// Number of tokens of the model itself; later ones are added tokens only. nil: all.
    package var modelPieces: Int?
    /// For Unigram models: which program's rules for symbols and sums apply.
    package var symbolScore = SymbolScore.current
    /// For byte-level models.
    package var preTokenizer: PreTokenizer?
    /// Whether a word equal to a token becomes that token even if no merges lead to it (Llama 3); for byte-level
    /// models.
    package var ignoresMerges = false
    /// Whether text is normalized to NFC first (Qwen 2); for byte-level models.
    package var normalizesToNFC = false

    package init(file: String, model: Model, tokens: [String]) {
        self.file = file
        self.model = model
        self.tokens = tokens
    }

    /// The tokenizer that this vocabulary describes. Throws `VocabularyError`.
    package func makeTokenizer() throws -> any Tokenizer {
        try check()
        switch model {
        case .byteLevel: return try ByteLevelTokenizer(self)
        case .sentencePiece: return try SentencePieceBPETokenizer(self)
        case .unigram: return try makeUnigram()
        }
    }

    /// The text of a token; empty for an id out of range.
    func piece(_ id: Int32) -> String { tokens.indices.contains(Int(id)) ? tokens[Int(id)] : "" }

    /// The kind of a token.
    func kind(_ id: Int) -> Kind { kinds.isEmpty ? .normal : kinds[id] }

    private func check() throws {
        func malformed(_ key: String, _ reason: String) -> VocabularyError {
            .malformed(file: file, key: key, reason: reason)
        }
        guard !tokens.isEmpty, tokens.count < Int(Int32.max) / 4 else {
            throw malformed("tokens", "\(tokens.count) tokens; a vocabulary has at least one")
        }
        guard scores.isEmpty || scores.count == tokens.count else {
            throw malformed("scores", "\(scores.count) scores for \(tokens.count) tokens; expected one per token")
        }
        guard scores.allSatisfy({ !$0.isNaN }) else { throw malformed("scores", "a score is not a number") }
        guard kinds.isEmpty || kinds.count == tokens.count else {
            throw malformed("token_type", "\(kinds.count) types for \(tokens.count) tokens; expected one per token")
        }
        for (key, id) in [("bos_token_id", bosID), ("eos_token_id", eosID), ("unknown_token_id", unknownID)] {
            guard let id, !tokens.indices.contains(Int(id)) else { continue }
            throw malformed(key, "\(id) is not a token id; ids are 0 to \(tokens.count - 1)")
        }
    }

    private func makeUnigram() throws -> any Tokenizer {
        guard unknownID != nil || kinds.contains(.unknown) else {
            throw VocabularyError.malformed(file: file, key: "token_type", reason: "there is no unknown token")
        }
        return SentencePieceTokenizer(self)
    }

    /// Hash of everything that determines the ids of a text, and of the tokens that begin and end one.
    var fingerprint: String {
        var data = Array("\(model) \(prefix) \(String(describing: preTokenizer)) \(ignoresMerges) ".utf8)
        data += Array("\(normalizesToNFC) \(removesExtraBlanks)\n".utf8)
        data += Array("\(bosID ?? -1) \(eosID ?? -1) \(addsBOS)\n".utf8)
        for (id, token) in tokens.enumerated() {
            data.append(contentsOf: token.utf8)
            data.append(UInt8(truncatingIfNeeded: kind(id).rawValue))
        }
        for merge in merges {
            data.append(contentsOf: merge.left.utf8)
            data.append(0x20)
            data.append(contentsOf: merge.right.utf8)
            data.append(0x0A)
        }
        for (id, rule) in symbolRules.sorted(by: { $0.key < $1.key }) { data += Array("\(id) \(rule)\n".utf8) }
        if symbolScore != .current { data += Array(symbolScore.rawValue.utf8) }
        for score in scores { withUnsafeBytes(of: score.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        return SHA256.hex(of: Data(data))
    }

    /// Symbols that are matched in text before all other processing: all of them, or only those allowed in user text.
    func symbols(fromUser: Bool) -> [SymbolMatcher.Symbol] {
        tokens.enumerated().compactMap { id, text in
            let isMatched =
                switch kind(id) {
                case .userDefined: !(fromUser && PieceText.hasMarkup(text))
                case .control, .unknown: !fromUser
                case .normal, .unused, .byte: false
                }
            guard isMatched else { return nil }
            return .init(bytes: Array(text.utf8), id: Int32(id), rule: symbolRules[Int32(id)] ?? SymbolRule())
        }
    }

    /// Whether the normalizer prepends "▁" to a symbol, which is then part of its match in text.
    func isPrefixed(_ id: Int32) -> Bool {
        prefix == .always && symbolRules[id]?.normalized == true
    }

    /// Texts that become control tokens when symbols are matched.
    var controlSymbols: [String] { tokens.indices.filter { kind($0) == .control }.map { tokens[$0] } }
}
