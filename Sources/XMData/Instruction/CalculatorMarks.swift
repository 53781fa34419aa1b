// GSM8K's answers contain annotations for a calculator, "48/2 = <<48/2=24>>24", which are not part of the text and are
// removed. Only <<EXPRESSION=NUMBER>> counts as one: stream operators, shifts, here-documents and quotation marks use
// the same signs and stay.
// SPDX-License-Identifier: Apache-2.0

enum CalculatorMarks {
    /// The text without its annotations.
    static func removed(from text: String) -> String {
        guard text.hasBytes("<<") else { return text }
        let bytes = Array(text.utf8)
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if let end = end(ofMarkAt: index, in: bytes) {
                index = end
            } else {
                kept.append(bytes[index])
                index += 1
            }
        }
        return kept.count == bytes.count ? text : String(decoding: kept, as: UTF8.self)
    }

    /// The index after an annotation that begins at `start`; nil when none does.
    private static func end(ofMarkAt start: Int, in bytes: [UInt8]) -> Int? {
        guard isDouble(UInt8(ascii: "<"), at: start, in: bytes) else { return nil }
        var index = start + 2
        var hasDigit = false
        while index < bytes.count, isDigit(bytes[index]) || "+-*/^().,% ".utf8.contains(bytes[index]) {
            hasDigit = hasDigit || isDigit(bytes[index])
            index += 1
        }
        // Otherwise "1 << 2 = 4 >> 0" would match.
        guard hasDigit, bytes[start + 2] != 0x20, index < bytes.count, bytes[index] == UInt8(ascii: "=") else {
            return nil
        }
        index += 1
        while index < bytes.count, bytes[index] == 0x20 { index += 1 }
        guard let end = end(ofNumberAt: index, in: bytes), isDouble(UInt8(ascii: ">"), at: end, in: bytes) else {
            return nil
        }
        return end + 2
    }

    private static func isDouble(_ sign: UInt8, at index: Int, in bytes: [UInt8]) -> Bool {
        index + 1 < bytes.count && bytes[index] == sign && bytes[index + 1] == sign
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// The index after a number such as "-1,250.5", ".25", "80%" or "3/4"; nil when there is none.
    private static func end(ofNumberAt start: Int, in bytes: [UInt8]) -> Int? {
        var index = start
        var hasDigit = false
        if index < bytes.count, "+-".utf8.contains(bytes[index]) { index += 1 }
        while index < bytes.count,
            isDigit(bytes[index]) || hasDigit && ",./".utf8.contains(bytes[index]) || bytes[index] == UInt8(ascii: ".")
        {
            hasDigit = hasDigit || isDigit(bytes[index])
            index += 1
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: "%") { index += 1 }
        return hasDigit ? index : nil
    }
}
