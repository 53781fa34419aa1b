// A text as the hashes of its words, by which near-duplicates, repeated phrases and contamination are found. A word is
// a run of letters and digits, ignoring case and normalization form (FoldedScalars.swift); every Han or kana character
// is a word; invisible characters are skipped; everything else only separates words, so that layout and punctuation do
// not matter. In other scripts without spaces (Thai, Khmer) a whole run of letters is one word.
// SPDX-License-Identifier: Apache-2.0

struct WordHashes {
    /// One hash per word, in order.
    private(set) var hashes: [UInt64] = []
    /// Byte range of each word in the text's UTF-8, if requested.
    private(set) var ranges: [Range<Int>] = []

    /// Replaces the contents by the words of `text`, reusing the memory.
    mutating func read(_ text: String, withRanges: Bool = false) {
        var text = text
        text.withUTF8 { read($0, withRanges: withRanges) }
    }

    /// The lower case of a word's ASCII byte; 0 for separators; 1 for bytes of a code point above 0x7F.
    private static let classes: [UInt8] = (0..<256).map { byte -> UInt8 in
        switch UInt8(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): UInt8(byte)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt8(byte) | 0x20
        case 0x80...: 1
        default: 0
        }
    }

    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, withRanges: Bool = false) {
        hashes.removeAll(keepingCapacity: true)
        ranges.removeAll(keepingCapacity: true)
        hashes.reserveCapacity(bytes.count / 5)
        Self.classes.withUnsafeBufferPointer { classes in
            var index = 0
            while index < bytes.count {
                var kind = classes[Int(bytes[index])]
                if kind == 0 {
                    index += 1
                    continue
                }
                let start = index
                var hash = Hashing.basis
                while kind > 1 {
                    hash = Hashing.add(hash, UInt64(kind))
                    index += 1
                    kind = index < bytes.count ? classes[Int(bytes[index])] : 0
                }
                if kind == 1 {
                    if index > start {
                        word = OpenWord(hash: hash, range: start..<index, last: UInt32(classes[Int(bytes[index - 1])]))
                    }
                    readOthers(bytes, &index, classes, withRanges)
                } else {
                    hashes.append(Hashing.mixed(hash))
                    if withRanges { ranges.append(start..<index) }
                }
            }
        }
    }

    // MARK: - Words beyond ASCII

    private struct OpenWord {
        var hash = Hashing.basis
        var range: Range<Int>
        /// The last folded code point added, not counting marks.
        var last: UInt32 = 0
        /// A word by itself, to which only marks may be added.
        var isAlone = false
    }

    /// The word being read by `readOthers`; nil between words.
    private var word: OpenWord?
    /// Pending marks after its last letter, to be reordered: combining class << 56 | index << 24 | code point.
    private var marks: [UInt64] = []

    /// Reads from a code point above 0x7F up to the next ASCII separator.
    @inline(never)
    private mutating func readOthers(
        _ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ classes: UnsafeBufferPointer<UInt8>,
        _ withRanges: Bool
    ) {
        let table = FoldedScalars.shared
        while index < bytes.count {
            let start = index
            let kind = classes[Int(bytes[index])]
            if kind == 0 { break }
            if kind > 1 {
                index += 1
                addLetter(UInt32(kind), start..<index, withRanges)
                continue
            }
            let entry = table[Scalars.decode(bytes, &index)]
            if entry.role == .sequence {
                for part in table.sequence(entry) { add(part, start..<index, withRanges) }
            } else {
                add(entry, start..<index, withRanges)
            }
        }
        close(withRanges)
    }

    @inline(__always)
    private mutating func add(_ entry: FoldedScalars.Entry, _ range: Range<Int>, _ withRanges: Bool) {
        switch entry.role {
        case .letter: addLetter(entry.value, range, withRanges)
        case .alone:
            close(withRanges)
            addLetter(entry.value, range, withRanges)
            word?.isAlone = true
        case .mark: addMark(entry, range)
        case .separator: close(withRanges)
        case .ignored, .sequence: break
        }
    }

    @inline(__always)
    private mutating func addLetter(_ scalar: UInt32, _ range: Range<Int>, _ withRanges: Bool) {
        if word?.isAlone == true { close(withRanges) }
        addMarks()
        var open = word ?? OpenWord(range: range)
        open.hash = Hashing.add(open.hash, UInt64(scalar))
        open.range = open.range.lowerBound..<range.upperBound
        open.last = scalar
        word = open
    }

    /// Marks with a combining class above 0 are held back, because marks of different classes are equivalent in any
    /// order. A mark without a letter, as after the "=" of a decomposed "≠", is not a word.
    private mutating func addMark(_ entry: FoldedScalars.Entry, _ range: Range<Int>) {
        guard word != nil else { return }
        if entry.combiningClass == 0 {
            addMarks()
        } else {
            marks.append(UInt64(entry.combiningClass) << 56 | UInt64(marks.count) << 24 | UInt64(entry.value))
        }
        guard var open = word else { return }
        if entry.combiningClass == 0 { open.hash = Hashing.add(open.hash, UInt64(entry.value)) }
        open.range = open.range.lowerBound..<range.upperBound
        word = open
    }

    /// Adds the pending marks in canonical order.
    @inline(__always)
    private mutating func addMarks() {
        if marks.isEmpty { return }
        defer { marks.removeAll(keepingCapacity: true) }
        guard var open = word else { return }
        marks.sort()
        for mark in marks {
            let scalar = UInt32(mark & 0x1F_FFFF)
            // The lower case of Turkish "İ" is "i" in Turkish and "i" with a combining dot elsewhere: treated alike.
            if scalar == 0x307 && open.last == 0x69 { continue }
            open.hash = Hashing.add(open.hash, scalar == FoldedScalars.iotaSubscript ? 0x3B9 : UInt64(scalar))
        }
        word = open
    }

    @inline(__always)
    private mutating func close(_ withRanges: Bool) {
        addMarks()
        guard let open = word else { return }
        hashes.append(Hashing.mixed(open.hash))
        if withRanges { ranges.append(open.range) }
        word = nil
    }

    // MARK: - Phrases

    /// A phrase's hash is a polynomial in this number with the words' hashes as coefficients: a rolling hash, computed
    /// from the phrase before it.
    private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The hash of the phrase of `count` words that starts at word `first`.
    func phrase(_ first: Int, _ count: Int) -> UInt64 {
        var sum: UInt64 = 0
        for index in first..<first + count { sum = sum &* Self.base &+ hashes[index] }
        return Hashing.mixed(sum)
    }

    /// Calls `body` with the first word and the hash of every phrase of `length` words, in order, until it returns
    /// false.
    @inline(__always)
    func forEachPhrase(_ length: Int, _ body: (Int, UInt64) -> Bool) {
        guard length > 0, hashes.count >= length else { return }
        hashes.withUnsafeBufferPointer { hashes in
            var sum: UInt64 = 0
            var top: UInt64 = 1  // base^length
            for index in 0..<length {
                sum = sum &* Self.base &+ hashes[index]
                top = top &* Self.base
            }
            var first = 0
            while body(first, Hashing.mixed(sum)), first + length < hashes.count {
                sum = sum &* Self.base &+ hashes[first + length] &- top &* hashes[first]
                first += 1
            }
        }
    }
}
