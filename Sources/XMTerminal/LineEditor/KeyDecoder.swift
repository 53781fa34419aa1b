// Turns the bytes of a terminal in raw mode into keys: UTF-8, control characters, the escape sequences of common
// terminals, and bracketed paste, however the bytes are split into reads. Pure; LineEditor.swift feeds it.
// SPDX-License-Identifier: Apache-2.0

package struct KeyDecoder: Sendable {
    private var pending: [UInt8] = []
    private var isPasting = false
    /// Number of pasted bytes that have been searched for the end marker.
    private var searched = 0

    private static let escape: UInt8 = 0x1B
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    package init() {}

    /// Whether an Escape is pending: unless more bytes come soon, it was the Escape key (see `flush`). An incomplete
    /// UTF-8 character waits without limit.
    package var isWaiting: Bool { pending.first == Self.escape && !isPasting }

    package mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
        pending += bytes
        var keys: [Key] = []
        while let key = isPasting ? endOfPaste() : next() { keys += key }
        return keys
    }

    /// Ends the waiting: a lone Escape or an incomplete sequence becomes an unknown key.
    package mutating func flush() -> [Key] {
        guard isWaiting else { return [] }
        pending = []
        return [.unknown]
    }

    /// Consumes one key from the front; `[]` for a sequence that is no key, nil while bytes are missing.
    private mutating func next() -> [Key]? {
        guard let first = pending.first else { return nil }
        if first == Self.escape { return escapeSequence() }
        if first < 0x20 || first == 0x7F {
            pending.removeFirst()
            return [Self.control(first)]
        }
        return character()
    }

    private mutating func character() -> [Key]? {
        let length = pending[0] >= 0xF0 ? 4 : pending[0] >= 0xE0 ? 3 : pending[0] >= 0xC2 ? 2 : 1
        let tail = pending.dropFirst().prefix(length - 1)
        let good = tail.prefix { $0 & 0xC0 == 0x80 }
        // A truncated character becomes U+FFFD, and decoding continues after it.
        if good.count < length - 1 && good.count == tail.count { return nil }
        let bytes = pending.prefix(good.count + 1)
        pending.removeFirst(bytes.count)
        return [.text(String(decoding: bytes, as: UTF8.self))]
    }

    private static func control(_ byte: UInt8) -> Key {
        switch byte {
        case 0x01: .home  // A
        case 0x02: .left  // B
        case 0x03: .interrupt  // C
        case 0x04: .endOfInput  // D
        case 0x05: .end  // E
        case 0x06: .right  // F
        case 0x08, 0x7F: .backspace  // H
        case 0x09: .tab  // I
        case 0x0A, 0x0D: .enter  // J, M: scripts, and input typed before raw mode, send line feeds
        case 0x0B: .cutToEnd  // K
        case 0x0C: .clearScreen  // L
        case 0x0E: .down  // N
        case 0x10: .up  // P
        case 0x15: .cutToStart  // U
        case 0x17: .cutWordLeft  // W
        case 0x19: .insertCut  // Y
        case 0x1A: .suspend  // Z
        default: .unknown
        }
    }

    /// ESC x is Alt-x; ESC [ and ESC O begin longer sequences.
    private mutating func escapeSequence() -> [Key]? {
        guard pending.count > 1 else { return nil }
        switch pending[1] {
        case UInt8(ascii: "["): return controlSequence()
        case UInt8(ascii: "O"):
            guard pending.count > 2 else { return nil }
            let key = Self.sequence(final: pending[2], parameters: [])
            pending.removeFirst(3)
            return [key]
        case Self.escape:
            pending.removeFirst()
            return [.unknown]
        default:
            let key: Key =
                switch pending[1] {
                case 0x0A, 0x0D: .newline
                case 0x7F, 0x08: .cutWordLeft
                case UInt8(ascii: "b"), UInt8(ascii: "B"): .wordLeft
                case UInt8(ascii: "f"), UInt8(ascii: "F"): .wordRight
                case UInt8(ascii: "d"), UInt8(ascii: "D"): .cutWordRight
                default: .unknown
                }
            pending.removeFirst(2)
            return [key]
        }
    }

    /// ESC [ parameters final, ECMA-48 5.4: parameters and intermediates are 0x20-0x3F, the final byte is 0x40-0x7E.
    private mutating func controlSequence() -> [Key]? {
        guard let end = pending.dropFirst(2).firstIndex(where: { !(0x20...0x3F).contains($0) }) else {
            guard pending.count > 64 else { return nil }
            pending = []
            return [.unknown]
        }
        let parameters = String(decoding: pending[2..<end], as: UTF8.self)
            .split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        let final = pending[end]
        pending.removeFirst(end + 1)
        if final == UInt8(ascii: "~"), parameters.first == 200 {
            isPasting = true
            searched = 0
            return []
        }
        return [Self.sequence(final: final, parameters: parameters)]
    }

    private static func sequence(final: UInt8, parameters: [Int]) -> Key {
        // The second parameter is 1 plus Shift 1, Alt 2, Ctrl 4.
        let byWord = parameters.count > 1 && (parameters[1] - 1) & 6 != 0
        switch (Character(Unicode.Scalar(final)), parameters.first ?? 0) {
        case ("A", _): return .up
        case ("B", _): return .down
        case ("C", _): return byWord ? .wordRight : .right
        case ("D", _): return byWord ? .wordLeft : .left
        case ("H", _), ("~", 1), ("~", 7): return .home
        case ("F", _), ("~", 4), ("~", 8): return .end
        case ("~", 3): return byWord ? .cutWordRight : .delete
        case ("M", 0): return .enter  // of the number pad, after ESC O
        // Enter with a modifier, in the two encodings that terminals use.
        case ("u", 13): return .newline
        case ("~", 27) where parameters.count > 2 && parameters[2] == 13: return .newline
        default: return .unknown
        }
    }

    private mutating func endOfPaste() -> [Key]? {
        let wanted = Self.pasteEnd
        let last = pending.count - wanted.count
        guard let start = (searched...max(searched, last + 1)).first(where: { pending[$0...].starts(with: wanted) })
        else {
            searched = max(0, last + 1)
            return nil
        }
        let text = String(decoding: pending[..<start], as: UTF8.self)
        pending.removeFirst(start + wanted.count)
        isPasting = false
        // "\r\n" is a single Character in Swift, so this replaces all three kinds of line ends.
        return [.paste(String(text.map { $0.isNewline ? "\n" : $0 }))]
    }
}
