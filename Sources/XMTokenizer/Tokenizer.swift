// What the rest of the program needs of a tokenizer. Implementations: SentencePiece Unigram, byte-level BPE and
// SentencePiece BPE. A model file's vocabulary becomes one of them in BPE/TokenizerVocabulary.swift.
// SPDX-License-Identifier: Apache-2.0

package protocol Tokenizer: Sendable {
    var vocabularySize: Int { get }
    var unknownID: Int32 { get }
    var bosID: Int32? { get }
    var eosID: Int32? { get }
    /// Whether the model expects BOS in front of a text; `encode` never adds it, the caller does.
    var addsBOS: Bool { get }
    /// Whether the blank that begins a first "▁" piece was put there by `encode` and is not of the text.
    var dropsFirstBlank: Bool { get }
    /// Texts that `encode` turns into control tokens when it matches symbols: what user text must not spell.
    var controlSymbols: [String] { get }
    /// Token ids of a text; neither BOS nor EOS is added. Symbols are matched, as the models' own tokenizers do.
    func encode(_ text: String) -> [Int32]
    /// As `encode(_:)`; with `matchingSymbols` false, chat markup inside the text is ordinary characters: for text
    /// that comes from users and must not open or close a turn.
    func encode(_ text: String, matchingSymbols: Bool) -> [Int32]
    /// As above; `isStart` false is for a text that continues another, so that no blank is put in front of it.
    func encode(_ text: String, matchingSymbols: Bool, isStart: Bool) -> [Int32]
    /// The text of ids; control tokens give nothing.
    func decode(_ ids: [Int32]) -> String
    /// The piece as the vocabulary spells it ("▁the", "<0x0A>").
    func piece(_ id: Int32) -> String
    func id(of piece: String) -> Int32?
    /// The bytes a token stands for inside a text, before the leading space is dropped; empty for control tokens.
    func bytes(of id: Int32) -> [UInt8]
    /// Hash of the vocabulary file: the identity under which encoded text is cached.
    var fingerprint: String { get }
}

/// What a tokenizer without symbols and without BOS need not say.
extension Tokenizer {
    package var addsBOS: Bool { false }
    package var dropsFirstBlank: Bool { true }
    package var controlSymbols: [String] { [] }
    package func encode(_ text: String, matchingSymbols: Bool) -> [Int32] { encode(text) }
    package func encode(_ text: String, matchingSymbols: Bool, isStart: Bool) -> [Int32] {
        encode(text, matchingSymbols: matchingSymbols)
    }
}
