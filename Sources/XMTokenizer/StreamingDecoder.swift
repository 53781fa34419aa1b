// Text from tokens as they come: only whole characters leave it, however a character's bytes are spread over tokens.
// SPDX-License-Identifier: Apache-2.0

package struct StreamingDecoder: Sendable {
    private let tokenizer: any Tokenizer
    private var pending: [UInt8] = []
    private var isAtStart: Bool

    /// `continuing`: the tokens follow a text that was already shown, so the first one keeps its space.
    package init(_ tokenizer: any Tokenizer, continuing: Bool = false) {
        self.tokenizer = tokenizer
        isAtStart = !continuing
    }

    /// The characters that this token completes; the space of the dummy prefix is dropped from the first token.
    package mutating func append(_ id: Int32) -> String {
        var bytes = tokenizer.bytes(of: id)
        if isAtStart, !bytes.isEmpty {
            if tokenizer.dropsFirstBlank, tokenizer.piece(id).hasPrefix("\u{2581}") { bytes.removeFirst() }
            isAtStart = false
        }
        pending += bytes
        return release(all: false)
    }

    /// What is left at the end; bytes that never became a character are U+FFFD, one each.
    package mutating func finish() -> String { release(all: true) }

    private mutating func release(all: Bool) -> String {
        var text = ""
        var index = 0
        pending.withUnsafeBufferPointer { bytes in
            while index < bytes.count {
                let length = UnigramEncoder.characterLength(bytes, at: index)
                if length > 0 {
                    text += String(decoding: bytes[index..<index + length], as: UTF8.self)
                    index += length
                } else if !all && Self.mayContinue(bytes, from: index) {
                    break
                } else {
                    text.unicodeScalars.append("\u{FFFD}")
                    index += 1
                }
            }
        }
        pending.removeFirst(index)
        return text
    }

    /// Whether the bytes from `index` on are a proper prefix of some character.
    private static func mayContinue(_ bytes: UnsafeBufferPointer<UInt8>, from index: Int) -> Bool {
        let rest = bytes.count - index
        let wanted = bytes[index] >= 0xF0 ? 4 : bytes[index] >= 0xE0 ? 3 : bytes[index] >= 0xC2 ? 2 : 0
        return rest < wanted && bytes[(index + 1)...].allSatisfy { $0 & 0xC0 == 0x80 }
    }
}
