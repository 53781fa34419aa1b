// The interface of all tokenizers. Implementations: SentencePiece Unigram, byte-level BPE and SentencePiece BPE.
// BPE/TokenizerVocabulary.swift creates the right one from a model file's vocabulary.
// SPDX-License-Identifier: Apache-2.0

package protocol Tokenizer: Sendable {
    var vocabularySize: Int { get }
    var unknownID: Int32 { get }
    var bosID: Int32? { get }
    var eosID: Int32? { get }
    /// Whether the model expects BOS before a text. The caller adds it; `encode` never does.
    var addsBOS: Bool { get }
    /// How decoding strips the space that `encode` prepends to a text.
    var leadingBlank: LeadingBlank { get }
    /// Whether decoding replaces every byte of a malformed character by U+FFFD, as SentencePiece does, or the whole
    /// sequence by one.
    var replacesEachByte: Bool { get }
    /// Texts that `encode` turns into control tokens when matching symbols, and which user text must not contain.
    var controlSymbols: [String] { get }
    /// Token ids of a text, without BOS or EOS. Special tokens in the text are matched, as by the models' own
    /// tokenizers.
    func encode(_ text: String) -> [Int32]
    /// With `matchingSymbols` false, chat markup inside the text is treated as ordinary characters: for user text,
    /// which must not open or close a turn.
    func encode(_ text: String, matchingSymbols: Bool) -> [Int32]
    /// With `isStart` false, the text continues another, and no space is prepended.
    func encode(_ text: String, matchingSymbols: Bool, isStart: Bool) -> [Int32]
    /// The text of ids; control tokens yield no text.
    func decode(_ ids: [Int32]) -> String
    /// The token as spelled in the vocabulary ("▁the", "<0x0A>").
    func piece(_ id: Int32) -> String
    func id(of piece: String) -> Int32?
    /// The bytes of a token inside a text, including a leading space; empty for control tokens.
    func bytes(of id: Int32) -> [UInt8]
    /// Hash of the vocabulary file, which identifies the tokenizer that encoded a text.
    var fingerprint: String { get }
}

/// Defaults that suit most tokenizers.
extension Tokenizer {
    package var addsBOS: Bool { false }
    package var leadingBlank: LeadingBlank { .firstPiece }
    package var replacesEachByte: Bool { true }
    package var controlSymbols: [String] { [] }
    package func encode(_ text: String, matchingSymbols: Bool) -> [Int32] { encode(text) }
    package func encode(_ text: String, matchingSymbols: Bool, isStart: Bool) -> [Int32] {
        encode(text, matchingSymbols: matchingSymbols)
    }
    package func decode(_ ids: [Int32]) -> String { StreamingDecoder.text(of: ids, self) }
}
