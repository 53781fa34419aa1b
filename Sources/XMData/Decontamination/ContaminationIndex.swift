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
    package let sets: [String]
    /// Different phrases that each set brought.
    package private(set) var phrases: [Int]

    /// Reads the sets' files, looked up below `root`.
    package init(_ config: DecontaminationConfig, root: URL) throws {
        sets = config.sets.map(\.name)
        phrases = Array(repeating: 0, count: sets.count)
        let longest = max(1, config.words)
        var found: [Int: [UInt64: UInt32]] = [:]
        var words = WordHashes()
        for (set, evaluation) in config.sets.enumerated() {
            for file in try DocumentFiles(evaluation.files, root: root).files {
                // Without a header, so that the first row of a file that has none counts too.
                let stream = try file.open(ReaderOptions(header: false))
                while let (record, origin) = try stream.nextRecord() {
                    let example = UInt32(examples.count)
                    examples.append((set, origin))
                    for text in Self.texts(in: record) {
                        words.read(text)
                        let count = words.hashes.count
                        let length = min(longest, count)
                        guard length == longest || length > 0 && length >= config.minimumWords ?? Int.max else {
                            continue
                        }
                        for first in 0...count - length {
                            let phrase = words.phrase(first, length)
                            if found[length, default: [:]].updateIfAbsent(phrase, example) { phrases[set] += 1 }
                        }
                    }
                }
            }
        }
        lengths = found.keys.sorted(by: >).map { PhraseSet(length: $0, found[$0] ?? [:]) }
    }

    /// Every text of a record. Worked answers of GSM8K count with and without their calculator marks, `<<48/2=24>>`.
    static func texts(in value: JSONValue) -> [String] {
        switch value {
        case .string(let text):
            guard text.contains("<<") else { return [text] }
            return [text, text.replacing(/<<[^<>]*>>/, with: "")]
        case .array(let elements): return elements.flatMap(texts)
        case .object(let members): return members.sorted { $0.key < $1.key }.flatMap { texts(in: $0.value) }
        case .null, .bool, .number: return []
        }
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
