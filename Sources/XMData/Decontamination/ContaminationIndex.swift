// All phrases of n words of the evaluation sets, as hashes, and the search for them in a text. Phrases are compared by
// words alone (WordHashes.swift): case, punctuation and layout make no difference. Immutable, shared by all threads.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct ContaminationIndex: Sendable {
    /// Phrase lengths that occur: the configured one, and those of shorter texts.
    private var lengths: [PhraseSet] = []
    /// What each phrase came from; the first that had it.
    private var examples: [(set: Int, origin: DocumentOrigin)] = []
    package private(set) var sets: [EvaluationSetReport]

    /// Reads the sets' files, looked up below `root`. A set of which nothing would be searched for is an error.
    package init(_ config: DecontaminationConfig, root: URL) throws {
        sets = config.sets.map { EvaluationSetReport(name: $0.name) }
        let longest = max(1, config.words)
        let least = min(longest, config.minimumWords ?? longest)
        var found: [Int: [UInt64: UInt32]] = [:]
        var words = WordHashes()
        for (set, evaluation) in config.sets.enumerated() {
            func unread(_ rows: Int, _ first: String?) {
                sets[set].unreadable += rows
                sets[set].firstUnreadable = sets[set].firstUnreadable ?? first
            }
            try Self.forEachRecord(of: evaluation, root: root, unread: unread) { record, origin in
                let example = UInt32(examples.count)
                examples.append((set, origin))
                var hasText = false
                for text in Self.texts(in: record) {
                    var isSearched = false
                    var isText = false
                    for variant in Self.variants(of: text) {
                        words.read(variant)
                        let count = words.hashes.count
                        isText = isText || count > 0
                        sets[set].longest = max(sets[set].longest, count)
                        guard count > 0, count >= least else { continue }
                        isSearched = true
                        let length = min(longest, count)
                        for first in 0...count - length {
                            let phrase = words.phrase(first, length)
                            guard found[length, default: [:]].updateIfAbsent(phrase, example) else { continue }
                            sets[set].phrases += 1
                            sets[set].checksum &+= phrase
                        }
                    }
                    if isSearched { sets[set].searched += 1 } else if isText { sets[set].tooShort += 1 }
                    hasText = hasText || isText
                }
                return hasText
            }
            guard sets[set].searched > 0 else {
                throw DecontaminationError.allShort(
                    set: evaluation.name, texts: sets[set].tooShort, longest: sets[set].longest, least: least)
            }
        }
        lengths = found.keys.sorted(by: >).map { PhraseSet(length: $0, found[$0] ?? [:]) }
    }

    /// Calls `body`, which tells whether a record has text, with all records, and `unread` with the number of rows of
    /// each file that cannot be read, and the first. A file without text is an error.
    private static func forEachRecord(
        of set: EvaluationSet, root: URL, unread: (Int, String?) -> Void,
        _ body: (JSONValue, DocumentOrigin) -> Bool
    ) throws {
        do {
            for file in try DocumentFiles(set.files, root: root).files {
                // Without a header, so that the first row of a file that has none counts too.
                let stream = try file.open(ReaderOptions(header: false))
                var hasText = false
                while let (record, origin) = try stream.nextRecord() {
                    if body(record, origin) { hasText = true }
                }
                let counts = stream.counts
                let first = counts.skippedSamples.first.map { "\($0.origin) (\($0.detail))" }
                guard hasText else {
                    throw DecontaminationError.empty(set: set.name, file: file.path, reason: first.map { "row " + $0 })
                }
                unread(counts.skipped.values.reduce(0, +), first)
            }
        } catch let error as ReaderError {
            throw DecontaminationError.unreadable(set: set.name, reason: "\(error)")
        }
    }

    /// Every text of a record, at any depth.
    private static func texts(in value: JSONValue) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(texts)
        case .object(let members): members.sorted { $0.key < $1.key }.flatMap { texts(in: $0.value) }
        case .null, .bool, .number: []
        }
    }

    /// Worked answers of GSM8K count with and without their calculator marks.
    private static func variants(of text: String) -> [String] {
        let plain = CalculatorMarks.removed(from: text)
        return plain.utf8.count == text.utf8.count ? [text] : [text, plain]
    }

    struct Match {
        let firstWord: Int
        let words: Int
        let set: Int
        let example: DocumentOrigin
    }

    /// The first phrase of the sets in the words; longer phrases before shorter ones.
    func firstMatch(_ words: WordHashes) -> Match? {
        for phrases in lengths {
            guard let (first, example) = phrases.firstMatch(words) else { continue }
            let (set, origin) = examples[Int(example)]
            return Match(firstWord: first, words: phrases.length, set: set, example: origin)
        }
        return nil
    }
}

extension Dictionary {
    fileprivate mutating func updateIfAbsent(_ key: Key, _ value: Value) -> Bool {
        if self[key] != nil { return false }
        self[key] = value
        return true
    }
}

/// Phrases of one length. Most words of a corpus end no such phrase: a bit map that fits the cache says so.
private struct PhraseSet: Sendable {
    let length: Int
    private var examples: [UInt64: UInt32]
    private var bits: [UInt64]
    private let mask: UInt64

    init(length: Int, _ examples: [UInt64: UInt32]) {
        (self.length, self.examples) = (length, examples)
        var size = 1 << 10
        while size < 8 * examples.count { size *= 2 }
        mask = UInt64(size - 1)
        bits = Array(repeating: 0, count: size / 64)
        for phrase in examples.keys {
            let place = phrase & mask
            bits[Int(place >> 6)] |= 1 << (place & 63)
        }
    }

    func firstMatch(_ words: WordHashes) -> (first: Int, example: UInt32)? {
        var found: (first: Int, example: UInt32)?
        bits.withUnsafeBufferPointer { bits in
            words.forEachPhrase(length) { first, hash in
                let place = hash & mask
                if bits[Int(place >> 6)] >> (place & 63) & 1 == 1, let example = examples[hash] {
                    found = (first, example)
                    return false
                }
                return true
            }
        }
        return found
    }
}
