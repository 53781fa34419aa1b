// A SentencePiece Unigram file made by hand, piece by piece, in the wire format of its protocol buffer (sentencepiece_model.proto).
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum TinySentencePiece {
    /// Numbers of the piece types in the file.
    static let (normal, unknown, control, userDefined, byte): (UInt8, UInt8, UInt8, UInt8, UInt8) = (1, 2, 3, 4, 6)

    /// 0 unknown, 1 and 2 control, 3 and 4 chat markup, 5 a digit, 6 to 261 bytes, then "▁", "a", "▁a" and "b".
    static let pieces: [(text: String, score: Float, type: UInt8)] =
        [
            ("<unk>", 0, unknown), ("<s>", 0, control), ("</s>", 0, control), ("<|im_start|>", 0, userDefined),
            ("<|im_end|>", 0, userDefined), ("7", 0, userDefined),
        ] + (0..<256).map { (String(format: "<0x%02X>", $0), 0, byte) } + [
            ("\u{2581}", -1.5, normal), ("a", -2, normal), ("\u{2581}a", -2.5, normal), ("b", -4.25, normal),
        ]

    static var file: Data {
        var data: [UInt8] = []
        for piece in pieces {
            let text = Array(piece.text.utf8)
            var message: [UInt8] = [0x0A, UInt8(text.count)] + text + [0x15]
            withUnsafeBytes(of: piece.score.bitPattern.littleEndian) { message.append(contentsOf: $0) }
            message += [0x18, piece.type]
            data += [0x0A, UInt8(message.count)] + message
        }
        // Trainer: model_type 3 = Unigram, byte_fallback 35. Normalizer: remove_extra_whitespaces 4 = false.
        data += [0x12, 5, 0x18, 1, 0x98, 0x02, 1]
        data += [0x1A, 2, 0x20, 0]
        return Data(data)
    }
}
