// The statistics behind the quality thresholds: characters by kind and script, lines, words and phrases of one text.
// SPDX-License-Identifier: Apache-2.0

import Foundation

struct TextStatistics {
    var characters = 0
    var letters = 0
    var digits = 0
    var symbols = 0
    var replaced = 0
    /// Letters by index in `Script.allCases`.
    var lettersOfScript = [Int](repeating: 0, count: Script.allCases.count)
    var longestLine = 0
    /// Non-empty lines, and their characters.
    var lines = 0
    var lineCharacters = 0

    /// Characters that are not white space.
    var visible: Int { letters + digits + symbols }

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        countASCII(bytes)
        let isASCII = characters == bytes.count
        if !isASCII { countOthers(bytes) }
        var start = 0
        while start < bytes.count {
            let line = UnsafeBufferPointer(rebasing: bytes[start...])
            let found = memchr(line.baseAddress!, 0x0A, line.count)
            let length = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(line.baseAddress!) } ?? line.count
            endLine(isASCII ? length : Self.characters(line.prefix(length)))
            start += length + 1
        }
    }

    /// Counts characters, and those below 0x80 by kind.
    private mutating func countASCII(_ bytes: UnsafeBufferPointer<UInt8>) {
        // Four histograms, so that increments for runs of equal bytes do not wait for each other's stores.
        var counts = [Int](repeating: 0, count: 256)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 4 * 256) { tables in
            tables.initialize(repeating: 0)
            var index = 0
            while index + 4 <= bytes.count {
                tables[Int(bytes[index])] += 1
                tables[256 + Int(bytes[index + 1])] += 1
                tables[512 + Int(bytes[index + 2])] += 1
                tables[768 + Int(bytes[index + 3])] += 1
                index += 4
            }
            for byte in bytes[index...] { tables[Int(byte)] += 1 }
            for (index, count) in tables.enumerated() { counts[index & 255] += count }
        }
        // Bytes 0x80 to 0xBF are UTF-8 continuation bytes.
        characters = counts[..<0x80].reduce(0, +) + counts[0xC0...].reduce(0, +)
        for (byte, kind) in Scalars.asciiKinds.enumerated() {
            switch kind {
            case .letter: letters += counts[byte]
            case .digit: digits += counts[byte]
            case .symbol: symbols += counts[byte]
            case .space, .control: break
            }
        }
        lettersOfScript[0] = letters
    }

    /// Counts characters above 0x7F by kind and script.
    private mutating func countOthers(_ bytes: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < bytes.count {
            if bytes[index] < 0x80 {
                index += 1
                continue
            }
            let scalar = Scalars.decode(bytes, &index)
            switch Scalars.kind(scalar) {
            case .letter:
                letters += 1
                lettersOfScript[Scalars.script(scalar).place] += 1
            case .digit: digits += 1
            case .symbol:
                symbols += 1
                if scalar == 0xFFFD { replaced += 1 }
            case .space, .control: break
            }
        }
    }

    private static func characters(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        var count = 0
        for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    private mutating func endLine(_ length: Int) {
        guard length > 0 else { return }
        lines += 1
        lineCharacters += length
        longestLine = max(longestLine, length)
    }

    /// Letters in `scripts` of all letters; 1 for a text without letters.
    func share(of scripts: [Script]) -> Double {
        guard letters > 0 else { return 1 }
        let wanted = scripts.reduce(0) { $0 + lettersOfScript[$1.place] }
        return Double(wanted) / Double(letters)
    }

    // MARK: - Repetition

    /// Bytes in lines that stood before, of all bytes in lines that are not blank. 0 for one line.
    static func repeatedLineShare(_ bytes: UnsafeBufferPointer<UInt8>) -> Double {
        var seen = Set<UInt64>()
        var (repeated, all) = (0, 0)
        var index = 0
        while index < bytes.count {
            var hash = Hashing.basis
            var length = 0
            while index < bytes.count, bytes[index] != 0x0A {
                // White space makes no difference, as in pages that repeat a menu with other indentation.
                if bytes[index] > 0x20 {
                    hash = Hashing.add(hash, UInt64(bytes[index]))
                    length += 1
                }
                index += 1
            }
            index += 1
            guard length > 0 else { continue }
            all += length
            if !seen.insert(hash).inserted { repeated += length }
        }
        return all == 0 ? 0 : Double(repeated) / Double(all)
    }

    /// Words inside phrases of `length` words that stood before, of all words.
    static func repeatedPhraseShare(_ words: WordHashes, length: Int) -> Double {
        let count = words.hashes.count
        guard count > length else { return 0 }
        var seen = PhraseCounter(expected: count)
        var repeated = 0
        var covered = 0  // words before it are counted
        words.forEachPhrase(length) { first, hash in
            if seen.add(hash) > 0 {
                repeated += first + length - max(covered, first)
                covered = first + length
            }
            return true
        }
        return Double(repeated) / Double(count)
    }

    /// Words inside the most frequent pair of words, of all words; 0 when no pair comes twice.
    static func topPhraseShare(_ words: WordHashes) -> Double {
        let count = words.hashes.count
        guard count > 2 else { return 0 }
        var seen = PhraseCounter(expected: count)
        var top = 1
        words.forEachPhrase(2) { _, hash in
            top = max(top, seen.add(hash) + 1)
            return true
        }
        return top > 1 ? min(1, Double(2 * top) / Double(count)) : 0
    }
}

extension Script {
    /// Its place in `allCases`.
    var place: Int {
        switch self {
        case .latin: 0
        case .greek: 1
        case .cyrillic: 2
        case .hebrew: 3
        case .arabic: 4
        case .devanagari: 5
        case .thai: 6
        case .hangul: 7
        case .kana: 8
        case .han: 9
        case .other: 10
        }
    }
}
