// Deduplication of a corpus in two passes: the signatures of all documents are collected (`DocumentSignature`, made on
// any thread; `add`, in any order), then `finish` decides. The earliest document of each group is kept, so the result
// depends on the documents and their order alone, not on the number of workers or the memory limit.
//
//     let maker = SignatureMaker(config)
//     try deduplicator.add(maker.signature(of: text), DocumentKey(file: 0, record: 7))
//     let duplicates = try deduplicator.finish(to: url)
//     if duplicates.find(key) != nil { … }
//
// Next: SimHashRounds.swift, MinHashBands.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// What deduplication needs to know about a text.
package struct DocumentSignature: Sendable {
    let fingerprint: Fingerprint128
    /// Nil when the text is too short or SimHash is off.
    let simhash: UInt64?
    let bands: [UInt64]
    let sketch: MinHashSketch?
    let isShort: Bool
}

/// Makes signatures; belongs to one thread.
package struct SignatureMaker {
    private let config: DeduplicationConfig
    private var words = WordHashes()
    private var minhash: MinHash?

    package init(_ config: DeduplicationConfig) {
        self.config = config
        minhash = config.minhash.map(MinHash.init)
    }

    /// The signature of a text, or of a conversation whose answers are `answer`. Prompts share long templates (a tool's
    /// manual, a passage that is asked about), so that different questions may have most phrases in common: only
    /// conversations with byte-identical answers of at least `minimumWords` words are compared with each other.
    package mutating func signature(of text: String, answer: String? = nil) -> DocumentSignature {
        var simhash: UInt64?
        var found: (bands: [UInt64], sketch: MinHashSketch)?
        var isShort = false
        if config.simhash != nil || config.minhash != nil {
            // The salt separates conversations by their answers, and conversations from texts.
            let salt = answer.map { Hashing.mixed(Fingerprint128(of: $0).low) } ?? 0
            var count = Int.max
            if let answer {
                words.read(answer)
                count = words.hashes.count
            }
            words.read(text)
            count = min(count, words.hashes.count)
            if let settings = config.simhash, count >= max(1, settings.minimumWords) {
                simhash = SimHash.fingerprint(words, shingleWords: settings.shingleWords) ^ salt
            }
            if let settings = config.minhash, count >= max(1, settings.minimumWords) {
                found = minhash?.signature(words, salt: salt)
            }
            isShort = simhash == nil && found == nil
        }
        return DocumentSignature(
            fingerprint: Fingerprint128(of: text), simhash: simhash, bands: found?.bands ?? [], sketch: found?.sketch,
            isShort: isShort)
    }
}

private struct ExactRecord: Comparable, BitwiseCopyable {
    var fingerprint: Fingerprint128
    var key: DocumentKey

    static func < (a: Self, b: Self) -> Bool {
        a.fingerprint != b.fingerprint ? a.fingerprint < b.fingerprint : a.key < b.key
    }
}

/// Belongs to one thread.
package final class Deduplicator {
    private let config: DeduplicationConfig
    private let folder: URL
    private let share: Int
    private let exact: ExternalSorter<ExactRecord>
    private let simhash: ExternalSorter<SimHashRecord>
    private let minhash: ExternalSorter<MinHashRecord>
    private var report = DeduplicationReport()

    /// Temporary sorted runs are written to `folder`, which must exist.
    package init(_ config: DeduplicationConfig, folder: URL) {
        (self.config, self.folder) = (config, folder)
        // Three sorters fill at the same time; while they are merged, a fourth collects the removals.
        share = config.memoryBytes / 4
        exact = ExternalSorter(folder: folder, memoryBytes: share)
        simhash = ExternalSorter(folder: folder, memoryBytes: share)
        minhash = ExternalSorter(folder: folder, memoryBytes: share)
    }

    package func add(_ signature: DocumentSignature, _ key: DocumentKey) throws {
        report.documents += 1
        if signature.isShort { report.short += 1 }
        if config.exact { try exact.add(ExactRecord(fingerprint: signature.fingerprint, key: key)) }
        if let fingerprint = signature.simhash { try simhash.add(SimHashRecord(fingerprint: fingerprint, key: key)) }
        if let sketch = signature.sketch {
            for band in signature.bands { try minhash.add(MinHashRecord(band: band, key: key, sketch: sketch)) }
        }
    }

    /// Decides which documents are duplicates and writes them to `url`.
    package func finish(to url: URL) throws -> Duplicates {
        let removed = ExternalSorter<Duplicate>(folder: folder, memoryBytes: share)
        try findExact(removed)
        if let settings = config.simhash {
            var rounds = SimHashRounds(settings) { key, kept, distance in
                try removed.add(
                    Duplicate(key: key, original: kept, cause: .simhash, difference: Double(distance) / 64))
            }
            try rounds.run(simhash, folder: folder, memoryBytes: share)
            report.cutBuckets = rounds.cutBuckets
        }
        if let settings = config.minhash {
            var bands = MinHashBands(settings) { key, earlier, similarity in
                try removed.add(
                    Duplicate(key: key, original: earlier, cause: .minhash, difference: 1 - similarity))
            }
            try bands.run(minhash)
        }
        return try Duplicates(removed.finish(), to: url, report: report)
    }

    private func findExact(_ removed: ExternalSorter<Duplicate>) throws {
        let sorted = try exact.finish()
        var first: ExactRecord?
        while let record = try sorted.next() {
            if let first, first.fingerprint == record.fingerprint {
                try removed.add(Duplicate(key: record.key, original: first.key, cause: .exact, difference: 0))
            } else {
                first = record
            }
        }
    }
}
