// Near-duplicates by SimHash in rounds (training.md 4.4): rotate the fingerprints, sort them, cut them into buckets of
// equal first bits and at most `bucketLimit` fingerprints, and remove from each bucket, in the order of the documents,
// what is within `distance` bits of one that stays. What stays goes into the next round.
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
    /// Called with each document that goes, the one that it repeats and their distance.
    let remove: (_ key: DocumentKey, _ kept: DocumentKey, _ distance: Int) throws -> Void
    /// Buckets that had more fingerprints than the limit and were cut.
    private(set) var cutBuckets = 0
    private var bucket: [SimHashRecord] = []

    init(_ config: SimHashConfig, remove: @escaping (DocumentKey, DocumentKey, Int) throws -> Void) {
        (self.config, self.remove) = (config, remove)
    }

    /// Bits that a bucket's fingerprints have in common.
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

    /// Decides on the bucket; what stays is rotated for the next round.
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

/// Kept fingerprints of one bucket. Few are compared one by one; of many, only those that agree in one of
/// `distance + 1` parts of the bits that the bucket does not fix: within the distance, at least one part is equal.
struct NearFingerprints {
    private let distance: Int
    private var records: [SimHashRecord] = []
    private var parts: [(shift: UInt64, mask: UInt64)] = []
    /// Of each part: the last record with each value, and for each record the one before it; -1 ends a chain.
    private var heads: [[Int32]] = []
    private var previous: [[Int32]] = []

    init(expected: Int, distance: Int, fixedBits: Int) {
        self.distance = distance
        guard expected > 64 else { return }
        let count = max(1, distance + 1)
        let free = 64 - fixedBits
        for part in 0..<count {
            let from = part * free / count
            // No more than 20 bits, so that a table stays small; the rest of a part is then not looked at.
            let width = min(20, (part + 1) * free / count - from)
            guard width > 0 else { continue }
            parts.append((UInt64(from), 1 << UInt64(width) - 1))
            heads.append(Array(repeating: -1, count: 1 << width))
            previous.append([])
        }
    }

    mutating func insert(_ record: SimHashRecord) {
        for (index, part) in parts.enumerated() {
            let value = Int(record.fingerprint >> part.shift & part.mask)
            previous[index].append(heads[index][value])
            heads[index][value] = Int32(records.count)
        }
        records.append(record)
    }

    /// The nearest kept document within the distance, of equally near ones the first.
    func near(_ record: SimHashRecord) -> (key: DocumentKey, distance: Int)? {
        var best: (key: DocumentKey, distance: Int)?
        func look(_ other: SimHashRecord) {
            let found = (other.fingerprint ^ record.fingerprint).nonzeroBitCount
            guard found <= distance else { return }
            if let best, (best.distance, best.key) <= (found, other.key) { return }
            best = (other.key, found)
        }
        if parts.isEmpty {
            for other in records { look(other) }
        }
        for (index, part) in parts.enumerated() {
            var place = heads[index][Int(record.fingerprint >> part.shift & part.mask)]
            while place >= 0 {
                look(records[Int(place)])
                place = previous[index][Int(place)]
            }
        }
        return best
    }
}
