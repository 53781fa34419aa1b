// The loss mask where the tokenizer changes blanks: a token is predicted where its first byte is of an answer.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMTokenizer

@Suite("LossMaskTests")
struct LossMaskTests {
    /// A Unigram model in the wire format of its file, with the flags of its normalizer that move bytes.
    private static func model(
        dummyPrefix: Bool, removesBlanks: Bool, byteFallback: Bool
    ) throws
        -> SentencePieceTokenizer
    {
        let symbols = ["<|im_start|>", "<|im_end|>", "\n"]
        let words = ["▁", "a", "n", "s", "w", "e", "r", "▁an", "swer", "▁a", "▁▁", "n▁", "s▁w", "▁▁a", ":"]
        var pieces: [(text: String, score: Float, type: UInt8)] = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3)]
        pieces += symbols.map { ($0, 0, 4) }
        if byteFallback { pieces += (0..<256).map { (String(format: "<0x%02X>", $0), 0, 6) } }
        pieces += words.enumerated().map { ($1, -2 - Float($0) / 8, 1) }
        var file: [UInt8] = []
        for piece in pieces {
            let text = Array(piece.text.utf8)
            var message: [UInt8] = [0x0A, UInt8(text.count)] + text + [0x15]
            withUnsafeBytes(of: piece.score.bitPattern.littleEndian) { message.append(contentsOf: $0) }
            message += [0x18, piece.type]
            file += [0x0A, UInt8(message.count)] + message
        }
        // Trainer: model_type 3, byte_fallback 35. Normalizer: add_dummy_prefix 3, remove_extra_whitespaces 4.
        file += [0x12, 5, 0x18, 1, 0x98, 0x02, byteFallback ? 1 : 0]
        file += [0x1A, 4, 0x18, dummyPrefix ? 1 : 0, 0x20, removesBlanks ? 1 : 0]
        return try SentencePieceTokenizer(model: Data(file))
    }

    private static let conversation = [
        ChatMessage(role: "system", content: "a   s"), ChatMessage(role: "user", content: "q  s   n é  "),
        ChatMessage(role: "assistant", content: "  answer  n   s w é中 "), ChatMessage(role: "user", content: "n   "),
        ChatMessage(role: "assistant", content: "s  w  "),
    ]

    /// Rendering, dummy prefix, blanks removed, byte pieces, and which tokens begin in an answer: from the offsets that
    /// the SentencePiece library 0.2.3 gives (`encode(text, return_type="proto")`); then EOS.
    @Test(
        "a token is predicted where its first byte is of an answer, whatever becomes of the blanks",
        arguments: [
            (
                .chat, false, false, false,
                "000000000000000000000000000000000000000001111111111110000000000000000000001111111"
            ),
            (
                .chat, false, false, true,
                "00000000000000000000000000000000000000000011111111111111110000000000000000000001111111"
            ),
            (.chat, false, true, false, "00000000000000000000000000000000000000011111111110000000000000000000011111"),
            (
                .chat, false, true, true,
                "0000000000000000000000000000000000000000111111111111110000000000000000000011111"
            ),
            (
                .chat, true, false, false,
                "0000000000000000000000000000000000000000001111111111110000000000000000000001111111"
            ),
            (
                .chat, true, false, true,
                "000000000000000000000000000000000000000000011111111111111110000000000000000000001111111"
            ),
            (.chat, true, true, false, "000000000000000000000000000000000000000011111111110000000000000000000011111"),
            (
                .chat, true, true, true,
                "00000000000000000000000000000000000000000111111111111110000000000000000000011111"
            ),
            (.plain, false, false, false, "0000000000000000000000000011111111110000000000000000111111"),
            (.plain, false, false, true, "000000000000000000000000000000111111111111110000000000000000000111111"),
            (.plain, false, true, false, "00000000000000000000000011111111000000000000000111"),
            (.plain, false, true, true, "0000000000000000000000000000111111111111000000000000000000111"),
            (.plain, true, false, false, "0000000000000000000000000011111111110000000000000000111111"),
            (.plain, true, false, true, "000000000000000000000000000000111111111111110000000000000000000111111"),
            (.plain, true, true, false, "00000000000000000000000011111111000000000000000111"),
            (.plain, true, true, true, "0000000000000000000000000000111111111111000000000000000000111"),
        ] as [(ConversationEncoder.Rendering, Bool, Bool, Bool, String)])
    func blanks(
        rendering: ConversationEncoder.Rendering, dummyPrefix: Bool, removesBlanks: Bool, byteFallback: Bool,
        wanted: String
    ) throws {
        let tokenizer = try Self.model(
            dummyPrefix: dummyPrefix, removesBlanks: removesBlanks, byteFallback: byteFallback)
        let found = ConversationEncoder(tokenizer: tokenizer, rendering: rendering, maskPrompt: true)
            .encode(Self.conversation)
        #expect(found.trained?.map { $0 ? "1" : "0" }.joined() == wanted)
    }
}
