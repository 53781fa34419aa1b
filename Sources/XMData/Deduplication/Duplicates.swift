// The decisions of deduplication: which documents are removed, each with the earlier one that it duplicates and the
// cause. They are stored on disk in document order and looked up there by bisection.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package enum DuplicateCause: UInt32, Codable, Sendable, CaseIterable {
    /// A document with several causes is counted under the first of them.
    case exact, simhash, minhash
}

package struct Duplicate: Comparable, BitwiseCopyable, Sendable {
    package let key: DocumentKey
    /// The earlier document that it duplicates.
    package let original: DocumentKey
    let causeNumber: UInt32
    /// Difference in thousandths: 0 for exact, differing bits / 64 for SimHash, 1 - similarity for MinHash.
    package let difference: UInt32

    init(key: DocumentKey, original: DocumentKey, cause: DuplicateCause, difference: Double) {
        (self.key, self.original, causeNumber) = (key, original, cause.rawValue)
        self.difference = UInt32(max(0, min(1, difference)) * 1000)
    }

    package var cause: DuplicateCause { DuplicateCause(rawValue: causeNumber) ?? .exact }

    package static func < (a: Duplicate, b: Duplicate) -> Bool {
        (a.key, a.causeNumber, a.difference, a.original) < (b.key, b.causeNumber, b.difference, b.original)
    }
}

package struct Duplicates: Sendable {
    private let file: PositionedFile
    /// The keys of entries 0, 64, 128, …: an index in memory of the file on disk.
    private let heads: [DocumentKey]
    package let report: DeduplicationReport

    /// Writes the first of the sorted entries of each document to `url`.
    init(_ sorted: SortedRecords<Duplicate>, to url: URL, report: DeduplicationReport) throws {
        var report = report
        try AtomicFile.create(url) { file in
            var last: DocumentKey?
            while let duplicate = try sorted.next() {
                guard duplicate.key != last else { continue }
                last = duplicate.key
                report.count(duplicate)
                try withUnsafeBytes(of: duplicate) { try file.write($0) }
            }
        }
        try self.init(contentsOf: url, report: report)
    }

    /// Opens a file that an earlier run wrote; throws when its size is not a multiple of an entry's.
    package init(contentsOf url: URL, report: DeduplicationReport) throws {
        file = try PositionedFile(url)
        self.report = report
        guard file.sizeBytes % MemoryLayout<Duplicate>.stride == 0 else {
            throw ShardError.badContent(file: url.path, offset: file.sizeBytes, reason: "ends inside a record")
        }
        let (file, count) = (file, file.sizeBytes / MemoryLayout<Duplicate>.stride)
        heads = try stride(from: 0, to: count, by: Self.recordsPerHead).map {
            try Self.records($0..<$0 + 1, of: file)[0].key
        }
    }

    private static let recordsPerHead = 64

    private static func records(_ range: Range<Int>, of file: PositionedFile) throws -> [Duplicate] {
        let size = MemoryLayout<Duplicate>.stride
        let bytes = try file.bytes(range.lowerBound * size..<range.upperBound * size)
        return bytes.withUnsafeBytes { bytes in
            range.indices.map {
                bytes.loadUnaligned(fromByteOffset: ($0 - range.lowerBound) * size, as: Duplicate.self)
            }
        }
    }

    package var count: Int { file.sizeBytes / MemoryLayout<Duplicate>.stride }

    package subscript(_ index: Int) -> Duplicate {
        get throws { try Self.records(index..<index + 1, of: file)[0] }
    }

    /// Why a document is removed; nil when it is kept. Throws when the file has changed since it was opened.
    package func find(_ key: DocumentKey) throws -> Duplicate? {
        var (low, high) = (0, heads.count)
        while low < high {
            let middle = (low + high) / 2
            if heads[middle] <= key { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let first = (low - 1) * Self.recordsPerHead
        return try Self.records(first..<min(first + Self.recordsPerHead, count), of: file).first { $0.key == key }
    }
}

/// What deduplication found, for a run's report.
package struct DeduplicationReport: Codable, Sendable, Equatable {
    package var documents = 0
    package var removed: [String: Int] = [:]
    /// Documents too short for near-duplicate search.
    package var short = 0
    /// SimHash: buckets split at the size limit; pairs across a split were not compared.
    package var cutBuckets = 0
    /// The first few of each cause.
    package var samples: [Sample] = []

    package struct Sample: Codable, Sendable, Equatable {
        package let cause: String
        package let document: DocumentKey
        package let original: DocumentKey
        package let difference: Double
    }

    static let samplesPerCause = 20

    mutating func count(_ duplicate: Duplicate) {
        let cause = "\(duplicate.cause)"
        removed[cause, default: 0] += 1
        guard removed[cause, default: 0] <= Self.samplesPerCause else { return }
        samples.append(
            Sample(
                cause: cause, document: duplicate.key, original: duplicate.original,
                difference: Double(duplicate.difference) / 1000))
    }
}
