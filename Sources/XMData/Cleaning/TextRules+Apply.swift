// Applies the rules that change a text, in one pass over its bytes; a text that needs no change is not copied.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Number of changes that each rule made to one text.
struct TextChanges: Equatable {
    var lineEnds = 0
    var controls = 0
    var emptyLines = 0

    var isNone: Bool { lineEnds == 0 && controls == 0 && emptyLines == 0 }
}

extension TextRules {
    /// The text with the rules applied; nil when it already complies.
    func applied(to text: String) -> (text: String, changes: TextChanges)? {
        var text = text
        return text.withUTF8 { bytes -> (String, TextChanges)? in
            guard let first = firstSuspect(bytes) else { return nil }
            var changes = TextChanges()
            let result = String(unsafeUninitializedCapacity: bytes.count) { room in
                rewrite(bytes, from: first, into: room, &changes)
            }
            return changes.isNone ? nil : (result, changes)
        }
    }

    /// Bytes that may begin something to change: control characters and the lead bytes of U+0080…U+00BF (C2), U+2000…
    /// (E2) and U+F000… (EF).
    private static let suspects: [Bool] = (0..<256).map { byte -> Bool in
        byte < 0x20 && byte != 0x0A && byte != 0x09 || [0x7F, 0xC2, 0xE2, 0xEF].contains(byte)
    }

    private func firstSuspect(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        Self.suspects.withUnsafeBufferPointer { suspects in
            var emptyLines = 0
            let limit = maximumEmptyLines ?? Int.max
            for index in bytes.indices {
                let byte = bytes[index]
                if byte == 0x0A {
                    emptyLines = index > 0 && bytes[index - 1] == 0x0A || index == 0 ? emptyLines + 1 : 0
                    // The count of empty lines needs the whole text, so rewriting starts over; this is rare.
                    if emptyLines > limit { return 0 }
                } else if suspects[Int(byte)] {
                    return maximumEmptyLines == nil ? index : 0
                }
            }
            return nil
        }
    }

    private func rewrite(
        _ bytes: UnsafeBufferPointer<UInt8>, from first: Int, into room: UnsafeMutableBufferPointer<UInt8>,
        _ changes: inout TextChanges
    ) -> Int {
        memcpy(room.baseAddress!, bytes.baseAddress!, first)
        var (from, to) = (first, first)
        var emptyLines = 0
        let limit = maximumEmptyLines ?? Int.max
        var isLineStart = first == 0
        while from < bytes.count {
            switch special(bytes, from) {
            case .lineEnd(let count):
                if !(count == 1 && bytes[from] == 0x0A) { changes.lineEnds += 1 }
                emptyLines = isLineStart ? emptyLines + 1 : 0
                isLineStart = true
                if emptyLines > limit {
                    changes.emptyLines += 1
                } else {
                    room[to] = 0x0A
                    to += 1
                }
                from += count
            case .removed(let count):
                changes.controls += 1
                from += count
            case .kept:
                isLineStart = false
                room[to] = bytes[from]
                to += 1
                from += 1
            }
        }
        return to
    }

    private enum Special {
        case kept
        case lineEnd(Int)
        case removed(Int)
    }

    /// Classifies the character at `index`, with its length in bytes.
    @inline(__always)
    private func special(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Special {
        let byte = bytes[index]
        if byte >= 0x20 && byte < 0x7F { return .kept }
        switch byte {
        case 0x0A: return .lineEnd(1)
        case 0x09: return .kept
        case 0x0D where lineEnds:
            return .lineEnd(index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1)
        case 0x0D: return .kept
        case ..<0x20, 0x7F: return controls ? .removed(1) : .kept
        case 0xC2:
            let next = bytes[index + 1]
            if next == 0x85 { return lineEnds ? .lineEnd(2) : .kept }
            return controls && (next < 0xA0 || next == 0xAD) ? .removed(2) : .kept
        case 0xE2 where bytes[index + 1] == 0x80:
            let next = bytes[index + 2]
            if next == 0xA8 || next == 0xA9 { return lineEnds ? .lineEnd(3) : .kept }
            return controls && next == 0x8B ? .removed(3) : .kept
        case 0xEF where bytes[index + 1] == 0xBB && bytes[index + 2] == 0xBF: return controls ? .removed(3) : .kept
        default: return .kept
        }
    }
}
