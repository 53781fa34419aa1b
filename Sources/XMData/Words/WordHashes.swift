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
        Self.classes.withUnsafeBufferPointer { classes in
            var index = 0
            while index < bytes.count {
                let start = index
                var hash = Hashing.basis
                var isWord = false
                while index < bytes.count {
                    let kind = classes[Int(bytes[index])]
                    if kind > 1 {
                        hash = Hashing.add(hash, UInt64(kind))
                        isWord = true
                        index += 1
                        continue
                    }
                    if kind == 0 { break }
                    var after = index
                    let scalar = Scalars.decode(bytes, &after)
                    let scalarKind = Scalars.kind(scalar)
                    guard scalarKind == .letter || scalarKind == .digit else { break }
                    if Scalars.isWordAlone(scalar) {
                        // Ends the word before it; is itself the next.
                        if isWord { break }
                        index = after
                        hash = Hashing.add(hash, UInt64(scalar))
                        isWord = true
                        break
                    }
                    hash = Hashing.add(hash, UInt64(Scalars.folded(scalar)))
                    isWord = true
                    index = after
                }
                if isWord {
                    hashes.append(Hashing.mixed(hash))
                    if withRanges { ranges.append(start..<index) }
                } else if bytes[index] < 0x80 {
                    index += 1
                } else {
                    _ = Scalars.decode(bytes, &index)
                }
            }
        }
    }

    /// The hash of the `count` words from `first` on.
    @inline(__always)
    func phrase(_ first: Int, _ count: Int) -> UInt64 {
        var hash = Hashing.basis
        for index in first..<first + count { hash = Hashing.add(hash, hashes[index]) }
        return Hashing.mixed(hash)
    }
}
