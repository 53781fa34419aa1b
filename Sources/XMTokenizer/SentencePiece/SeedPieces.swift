// An upper bound on the number of pieces that a text can yield, computed in one pass before training. The library
// starts with all strings of at least two characters that are followed by at least two different characters (the inner
// nodes of the text's suffix tree), adds single characters, and from then on only removes pieces.
// Next: UnigramTrainer.swift.
// SPDX-License-Identifier: Apache-2.0

struct SeedPieces {
    private let maxPieceLength: Int
    private var characters: Set<UInt32> = []
    /// By hash of a string: the character that follows it, or `many`.
    private var followers: [UInt64: UInt32] = [:]
    private var branching = 0
    /// Hashes of the words seen so far, with the following character; repetitions add nothing.
    private var words: Set<UInt64> = []

    private static let many = UInt32.max
    private static let blank: UInt32 = 0x2581
    /// Takes about 200 MB of memory; with more strings the check is left to the library.
    private static let largestCount = 1 << 22

    init(maxPieceLength: Int) { self.maxPieceLength = maxPieceLength }

    /// The bound for the text read so far; nil when there are too many strings to count.
    var count: Int? {
        followers.count + words.count < Self.largestCount ? branching + characters.count : nil
    }

    /// Reads one line.
    mutating func read(_ line: UnsafeRawBufferPointer) {
        var start = 0
        while start < line.count {
            let word = line[start...].prefix { $0 != UInt8(ascii: " ") }
            let end = word.endIndex
            // For the library, runs of spaces and line ends are boundaries; a single space is a character.
            let follower =
                end == line.count ? 0 : end + 1 < line.count && line[end + 1] == UInt8(ascii: " ") ? 1 : Self.blank
            var hash = UInt64(follower)
            for byte in word { hash = Self.add(hash, UInt32(byte)) }
            if !word.isEmpty, words.insert(hash).inserted {
                readWord([Self.blank] + String(decoding: word, as: UTF8.self).unicodeScalars.map(\.value), follower)
            }
            start = end + 1
        }
    }

    /// Adds all strings of a word and its leading space, except those with digits, which are always pieces by
    /// themselves.
    private mutating func readWord(_ word: [UInt32], _ follower: UInt32) {
        characters.formUnion(word)
        for start in word.indices where !Self.isDigit(word[start]) {
            var hash = Self.add(0, word[start])
            for end in word[..<min(word.count, start + maxPieceLength)].indices.dropFirst(start + 1) {
                guard !Self.isDigit(word[end]) else { break }
                hash = Self.add(hash, word[end])
                let next = end + 1 < word.count ? word[end + 1] : follower
                switch followers[hash] {
                case nil: followers[hash] = next
                case Self.many?, next?: break
                default:
                    followers[hash] = Self.many
                    branching += 1
                }
            }
        }
    }

    private static func isDigit(_ scalar: UInt32) -> Bool { 0x30...0x39 ~= scalar }

    private static func add(_ hash: UInt64, _ scalar: UInt32) -> UInt64 {
        let product = (hash ^ UInt64(scalar)) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 29
    }
}
