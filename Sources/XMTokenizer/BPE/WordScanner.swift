// The two patterns behind all pre-tokenisers, as scanners over character classes. Each alternative of a pattern is a
// branch here, in the same order; PreTokenizer.swift quotes the patterns.
// SPDX-License-Identifier: Apache-2.0

struct WordScanner {
    /// The class of each character.
    private(set) var classes: [ScalarClass] = []
    /// Offset of the first byte of each character, followed by the end of the text.
    private(set) var offsets: [Int] = []
    private let text: UnsafeBufferPointer<UInt8>

    var count: Int { classes.count }

    /// `text` must be well-formed UTF-8 and outlive the scanner.
    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
        classes.reserveCapacity(text.count)
        offsets.reserveCapacity(text.count + 1)
        var at = 0
        while at < text.count {
            let lead = UInt32(text[at])
            let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
            var scalar = length == 1 ? lead : lead & (0x7F >> UInt32(length))
            for index in at + 1..<max(at + 1, min(at + length, text.count)) {
                scalar = scalar << 6 | UInt32(text[index] & 0x3F)
            }
            classes.append(ScalarClass(scalar))
            offsets.append(at)
            at += length
        }
        offsets.append(text.count)
    }

    /// GPT-2's pattern from character `start`; the text ends at `limit`. Returns the end of the word.
    func endOfPlainWord(from start: Int, limit: Int) -> Int {
        if let end = endOfContraction(from: start, limit: limit, ignoringCase: false) { return end }
        // A single space may precede a run of letters, of numbers or of other characters.
        let hasBlank = classes[start] == .blank && start + 1 < limit && !classes[start + 1].isWhitespace
        let first = hasBlank ? start + 1 : start
        if !classes[first].isWhitespace { return endOfRun(from: first, limit: limit) { $0 == classes[first] } }
        return endOfWhitespace(from: start, limit: limit)
    }

    /// The pattern of Llama 3 and Qwen 2, with up to `digits` number characters in a word.
    func endOfCodeWord(from start: Int, digits: Int) -> Int {
        let limit = count
        if let end = endOfContraction(from: start, limit: limit, ignoringCase: true) { return end }
        let next = start + 1 < limit ? classes[start + 1] : nil
        switch classes[start] {
        case .letter: return endOfRun(from: start, limit: limit) { $0 == .letter }
        case .blank, .space, .other:
            if next == .letter { return endOfRun(from: start + 1, limit: limit) { $0 == .letter } }
        case .number: return endOfRun(from: start, limit: min(limit, start + digits)) { $0 == .number }
        case .newline: break
        }
        if classes[start] == .other || (classes[start] == .blank && next == .other) {
            let end = endOfRun(from: start + 1, limit: limit) { $0 == .other }
            return endOfRun(from: end, limit: limit) { $0 == .newline }
        }
        let end = endOfRun(from: start, limit: limit) { $0.isWhitespace }
        if let newline = classes[start..<end].lastIndex(of: .newline) { return newline + 1 }
        return endOfWhitespace(from: start, limit: limit)
    }

    /// \s+(?!\S)|\s+: a run of white space before a word leaves its last character to the word, unless it has only one.
    private func endOfWhitespace(from start: Int, limit: Int) -> Int {
        let end = endOfRun(from: start, limit: limit) { $0.isWhitespace }
        return end < limit && end > start + 1 ? end - 1 : end
    }

    /// The first character from `start` on that does not satisfy `belongs`.
    private func endOfRun(from start: Int, limit: Int, _ belongs: (ScalarClass) -> Bool) -> Int {
        var end = start
        while end < limit && belongs(classes[end]) { end += 1 }
        return end
    }

    /// 's 't 'm 'd 're 've 'll; ignoring case, the long s (U+017F) counts as s.
    private func endOfContraction(from start: Int, limit: Int, ignoringCase: Bool) -> Int? {
        guard text[offsets[start]] == UInt8(ascii: "'"), start + 1 < limit else { return nil }
        func letter(_ index: Int) -> Unicode.Scalar? {
            guard index < limit else { return nil }
            let bytes = text[offsets[index]..<offsets[index + 1]]
            guard ignoringCase else { return bytes.count == 1 ? Unicode.Scalar(bytes[bytes.startIndex]) : nil }
            if bytes.elementsEqual([0xC5, 0xBF]) { return "s" }
            return bytes.count == 1 ? Unicode.Scalar(bytes[bytes.startIndex] | 0x20) : nil
        }
        switch letter(start + 1) {
        case "s", "t", "m", "d": return start + 2
        case "r", "v": return letter(start + 2) == "e" ? start + 3 : nil
        case "l": return letter(start + 2) == "l" ? start + 3 : nil
        default: return nil
        }
    }
}
