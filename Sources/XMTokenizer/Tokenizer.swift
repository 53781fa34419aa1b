// What the rest of the program needs of a tokenizer. One implementation now: SentencePiece Unigram.
// SPDX-License-Identifier: Apache-2.0

package protocol Tokenizer: Sendable {
    var vocabularySize: Int { get }
    var unknownID: Int32 { get }
    var bosID: Int32? { get }
    var eosID: Int32? { get }
    /// Token ids of a text; neither BOS nor EOS is added.
    func encode(_ text: String) -> [Int32]
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
