// Near-duplicates by SimHash in rounds (Xmodel-2 report, section 2.4): rotate the fingerprints, sort them, split them
// into buckets with equal leading bits of at most `bucketLimit` fingerprints, and remove from each bucket, in document
// order, everything within `distance` bits of a kept one. The kept fingerprints enter the next round.
// SPDX-License-Identifier: Apache-2.0

import Foundation

struct SimHashRecord: Comparable, BitwiseCopyable {
    /// As rotated for the round.
    var fingerprint: UInt64
    var key: DocumentKey

    static func < (a: Self, b: Self) -> Bool {
        a.fingerprint != b.fingerprint ? a.fingerprint < b.fingerprint : a.key < b.key
    }
}

struct SimHashRounds {
    let config: SimHashConfig
    /// Called with each removed document, the kept one that it duplicates and their Hamming distance.
    let remove: (_ key: DocumentKey, _ kept: DocumentKey, _ distance: Int) throws -> Void
    /// Buckets split because they had more fingerprints than the limit.
    private(set) var cutBuckets = 0
    private var bucket: [SimHashRecord] = []

    init(_ config: SimHashConfig, remove: @escaping (DocumentKey, DocumentKey, Int) throws -> Void) {
        (self.config, self.remove) = (config, remove)
    }

    /// Number of leading bits that the fingerprints of a bucket have in common.
    private var bucketBits: Int { max(1, min(32, 64 / max(1, config.rounds))) }

    mutating func run(_ first: ExternalSorter<SimHashRecord>, folder: URL, memoryBytes: Int) throws {
        var sorter = first
        let rounds = max(1, config.rounds)
        for round in 0..<rounds {
            let sorted = try sorter.finish()
            sorter = ExternalSorter(folder: folder, memoryBytes: memoryBytes)
            let isLast = round == rounds - 1
            let shift = UInt64(64 - bucketBits)
            bucket.removeAll(keepingCapacity: true)
            while let record = try sorted.next() {
                if let first = bucket.first {
                    let isSame = first.fingerprint >> shift == record.fingerprint >> shift
                    if isSame && bucket.count >= config.bucketLimit { cutBuckets += 1 }
                    if !isSame || bucket.count >= config.bucketLimit { try empty(into: isLast ? nil : sorter) }
                }
                bucket.append(record)
            }
            try empty(into: isLast ? nil : sorter)
        }
    }

    /// Processes the bucket; kept fingerprints are rotated for the next round.
    private mutating func empty(into next: ExternalSorter<SimHashRecord>?) throws {
        bucket.sort { $0.key < $1.key }
        var kept = NearFingerprints(expected: bucket.count, distance: config.distance, fixedBits: bucketBits)
        for record in bucket {
            if let (other, distance) = kept.near(record) {
                try remove(record.key, other, distance)
            } else {
                kept.insert(record)
                let bits = UInt64(bucketBits)
                let rotated = record.fingerprint << bits | record.fingerprint >> (64 - bits)
                try next?.add(SimHashRecord(fingerprint: rotated, key: record.key))
            }
        }
        bucket.removeAll(keepingCapacity: true)
    }
}

/// Kept fingerprints of one bucket. Small buckets are searched linearly. In large ones the bits that the bucket does
/// not fix are divided into `distance + 1` segments, and only fingerprints that agree in a segment are compared: within
/// the distance, at least one segment is equal (pigeonhole principle).
struct NearFingerprints {
    private let distance: Int
    private var records: [SimHashRecord] = []
    private var segments: [(shift: UInt64, mask: UInt64)] = []
    /// Chained hash table per segment: the last record with each value, and each record's predecessor; -1 ends a chain.
    private var heads: [[Int32]] = []
    private var previous: [[Int32]] = []

    init(expected: Int, distance: Int, fixedBits: Int) {
        self.distance = distance
        guard expected > 64 else { return }
        let count = max(1, distance + 1)
        let free = 64 - fixedBits
        for segment in 0..<count {
            let from = segment * free / count
            // At most 20 bits, so that a table stays small; the remaining bits of a longer segment are ignored.
            let width = min(20, (segment + 1) * free / count - from)
            guard width > 0 else { continue }
            segments.append((UInt64(from), 1 << UInt64(width) - 1))
            heads.append(Array(repeating: -1, count: 1 << width))
            previous.append([])
        }
    }

    mutating func insert(_ record: SimHashRecord) {
        for (index, segment) in segments.enumerated() {
            let value = Int(record.fingerprint >> segment.shift & segment.mask)
            previous[index].append(heads[index][value])
            heads[index][value] = Int32(records.count)
        }
        records.append(record)
    }

    /// The nearest kept document within the distance; the earliest of equally near ones.
    func near(_ record: SimHashRecord) -> (key: DocumentKey, distance: Int)? {
        var best: (key: DocumentKey, distance: Int)?
        func look(_ other: SimHashRecord) {
            let found = (other.fingerprint ^ record.fingerprint).nonzeroBitCount
            guard found <= distance else { return }
            if let best, (best.distance, best.key) <= (found, other.key) { return }
            best = (other.key, found)
        }
        if segments.isEmpty {
            for other in records { look(other) }
        }
        for (index, segment) in segments.enumerated() {
            var number = heads[index][Int(record.fingerprint >> segment.shift & segment.mask)]
            while number >= 0 {
                look(records[Int(number)])
                number = previous[index][Int(number)]
            }
        }
        return best
    }
}
