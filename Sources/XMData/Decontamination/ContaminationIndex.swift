// The hashes of all n-word phrases of the evaluation sets, and the search for them in a text. Phrases are compared by
// their words (WordHashes.swift), ignoring case, punctuation and layout. Immutable, shared by all threads.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct ContaminationIndex: Sendable {
    /// One set for each phrase length that occurs, longest first: the configured length, and those of shorter texts.
    private var lengths: [PhraseSet] = []
    /// The record of an evaluation set that each phrase came from; the first where several have it.
    private var examples: [(set: Int, origin: DocumentOrigin)] = []
    package private(set) var sets: [EvaluationSetReport]

    /// Reads the sets' files, found below `root`. A set without any searchable text is an error.
    package init(_ config: DecontaminationConfig, root: URL) throws {
        sets = config.sets.map { EvaluationSetReport(name: $0.name) }
        let longest = max(1, config.words)
        let least = min(longest, config.minimumWords ?? longest)
        var found: [Int: [UInt64: UInt32]] = [:]
        var words = WordHashes()
        for (set, evaluation) in config.sets.enumerated() {
            func addUnreadable(_ records: Int, _ first: String?) {
                sets[set].unreadable += records
                sets[set].firstUnreadable = sets[set].firstUnreadable ?? first
            }
            try Self.forEachRecord(of: evaluation, root: root, unreadable: addUnreadable) { record, origin in
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

    /// Calls `body`, which returns whether a record has text, for every record, and `unreadable` for every file with
    /// the number of its unreadable records and a description of the first. A file without text is an error.
    private static func forEachRecord(
        of set: EvaluationSet, root: URL, unreadable: (Int, String?) -> Void,
        _ body: (JSONValue, DocumentOrigin) -> Bool
    ) throws {
        do {
            for file in try DocumentFiles(set.files, root: root).files {
                // Read without a header, so that the first record of a file without one is not lost.
                let stream = try file.open(ReaderOptions(header: false))
                var hasText = false
                while let (record, origin) = try stream.nextRecord() {
                    if body(record, origin) { hasText = true }
                }
                let counts = stream.counts
                let first = counts.skippedSamples.first.map { "\($0.origin) (\($0.detail))" }
                guard hasText else {
                    throw DecontaminationError.empty(
                        set: set.name, file: file.path, reason: first.map { "record " + $0 })
                }
                unreadable(counts.skipped.values.reduce(0, +), first)
            }
        } catch let error as ReaderError {
            throw DecontaminationError.unreadable(set: set.name, reason: "\(error)")
        }
    }

    /// Every string in a record, at any depth.
    private static func texts(in value: JSONValue) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(texts)
        case .object(let members): members.sorted { $0.key < $1.key }.flatMap { texts(in: $0.value) }
        case .null, .bool, .number: []
        }
    }

    /// Worked answers of GSM8K are indexed both with and without their calculator annotations.
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

    /// The first phrase of the sets that occurs in the words; longer phrases are tried before shorter ones.
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

/// Phrases of one length. A bitmap small enough for the cache answers most look-ups: nearly all phrases of a corpus are
/// in no evaluation set.
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
            let slot = phrase & mask
            bits[Int(slot >> 6)] |= 1 << (slot & 63)
        }
    }

    func firstMatch(_ words: WordHashes) -> (first: Int, example: UInt32)? {
        var found: (first: Int, example: UInt32)?
        bits.withUnsafeBufferPointer { bits in
            words.forEachPhrase(length) { first, hash in
                let slot = hash & mask
                if bits[Int(slot >> 6)] >> (slot & 63) & 1 == 1, let example = examples[hash] {
                    found = (first, example)
                    return false
                }
                return true
            }
        }
        return found
    }
}
