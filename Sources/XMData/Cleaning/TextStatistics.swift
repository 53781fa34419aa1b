// What the thresholds look at: characters by kind and script, lines, words and phrases of one text.
// SPDX-License-Identifier: Apache-2.0

struct TextStatistics {
    var characters = 0
    var letters = 0
    var digits = 0
    var symbols = 0
    var replaced = 0
    /// Letters by place in `Script.allCases`.
    var lettersOfScript = [Int](repeating: 0, count: Script.allCases.count)
    var longestLine = 0
    /// Lines that are not empty, and their characters.
    var lines = 0
    var lineCharacters = 0

    /// Characters that are not white space.
    var visible: Int { letters + digits + symbols }

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        var lineStart = 0
        var latin = 0
        var counts = (space: 0, letter: 0, digit: 0, symbol: 0)
        Scalars.asciiKinds.withUnsafeBufferPointer { kinds in
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                if byte < 0x80 {
                    index += 1
                    characters += 1
                    switch kinds[Int(byte)] {
                    case .letter: counts.letter += 1
                    case .space:
                        counts.space += 1
                        if byte == 0x0A {
                            endLine(characters - 1 - lineStart)
                            lineStart = characters
                        }
                    case .digit: counts.digit += 1
                    case .symbol: counts.symbol += 1
                    case .control: break
                    }
                } else {
                    let scalar = Scalars.decode(bytes, &index)
                    characters += 1
                    switch Scalars.kind(scalar) {
                    case .letter:
                        letters += 1
                        lettersOfScript[Script.places[Scalars.script(scalar)] ?? 0] += 1
                    case .digit: counts.digit += 1
                    case .symbol:
                        counts.symbol += 1
                        if scalar == 0xFFFD { replaced += 1 }
                    case .space, .control: break
                    }
                }
            }
        }
        latin = counts.letter
        letters += latin
        lettersOfScript[0] += latin
        (digits, symbols) = (counts.digit, counts.symbol)
        endLine(characters - lineStart)
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
        let wanted = scripts.reduce(0) { $0 + lettersOfScript[Script.places[$1] ?? 0] }
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
        for first in 0...count - length where seen.add(words.phrase(first, length)) > 0 {
            repeated += first + length - max(covered, first)
            covered = first + length
        }
        return Double(repeated) / Double(count)
    }

    /// Words inside the most frequent pair of words, of all words; 0 when no pair comes twice.
    static func topPhraseShare(_ words: WordHashes) -> Double {
        let count = words.hashes.count
        guard count > 2 else { return 0 }
        var seen = PhraseCounter(expected: count)
        var top = 1
        for first in 0...count - 2 { top = max(top, seen.add(words.phrase(first, 2)) + 1) }
        return top > 1 ? min(1, Double(2 * top) / Double(count)) : 0
    }
}

extension Script {
    static let places = Dictionary(uniqueKeysWithValues: zip(allCases, allCases.indices))
}
