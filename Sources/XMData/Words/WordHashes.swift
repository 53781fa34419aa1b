// A text as the hashes of its words: what near-duplicates, repeated phrases and contamination are found by. A word is
// a run of letters and digits in lower case; a Han or kana character is a word; all else only separates, so that
// layout, punctuation and case make no difference.
// SPDX-License-Identifier: Apache-2.0

struct WordHashes {
    /// One hash a word, in order.
    private(set) var hashes: [UInt64] = []
    /// Where each word lies in the text's UTF-8, when asked for.
    private(set) var ranges: [Range<Int>] = []

    /// Replaces what is held by the words of `text`; the memory is used again.
    mutating func read(_ text: String, withRanges: Bool = false) {
        var text = text
        text.withUTF8 { read($0, withRanges: withRanges) }
    }

    /// Bytes of a word in lower case; 0 separates; 1 begins a code point above 0x7F.
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
                let isWord = kind == 1 ? Self.readOther(bytes, &index, &hash, from: start) : true
                if isWord {
                    hashes.append(Hashing.mixed(hash))
                    if withRanges { ranges.append(start..<index) }
                }
            }
        }
    }

    /// Goes on with a word at a code point above 0x7F. False when it only separates and no word was begun; it is then
    /// passed over.
    @inline(never)
    private static func readOther(
        _ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ hash: inout UInt64, from start: Int
    ) -> Bool {
        while index < bytes.count {
            let kind = classes[Int(bytes[index])]
            if kind > 1 {
                hash = Hashing.add(hash, UInt64(kind))
                index += 1
                continue
            }
            if kind == 0 { break }
            var after = index
            let scalar = Scalars.decode(bytes, &after)
            let scalarKind = Scalars.kind(scalar)
            guard scalarKind == .letter || scalarKind == .digit else {
                if index > start { break }
                index = after
                return false
            }
            if Scalars.isWordAlone(scalar) {
                // Ends the word before it, or is a word.
                if index > start { break }
                hash = Hashing.add(hash, UInt64(scalar))
                index = after
                break
            }
            hash = Hashing.add(hash, UInt64(Scalars.folded(scalar)))
            index = after
        }
        return true
    }

    // MARK: - Phrases

    /// A phrase's hash is a polynomial in this number with the words' hashes as coefficients, so that the next phrase
    /// follows from the one before it.
    private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The hash of the `count` words from `first` on.
    func phrase(_ first: Int, _ count: Int) -> UInt64 {
        var sum: UInt64 = 0
        for index in first..<first + count { sum = sum &* Self.base &+ hashes[index] }
        return Hashing.mixed(sum)
    }

    /// Calls `body` with the first word and the hash of every phrase of `length` words, in order, until it says false.
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
