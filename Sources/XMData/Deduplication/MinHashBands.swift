// Near-duplicates by MinHash: documents that agree in a band are compared by their sketches; one that is similar enough
// to an earlier document goes. Every band of every document is one record on disk, sorted by the band's key.
// SPDX-License-Identifier: Apache-2.0

struct MinHashRecord: Comparable, BitwiseCopyable {
    var band: UInt64
    var key: DocumentKey
    var sketch: MinHashSketch

    static func < (a: Self, b: Self) -> Bool { a.band != b.band ? a.band < b.band : a.key < b.key }
}

struct MinHashBands {
    let config: MinHashConfig
    /// Called with each document that goes, an earlier one that is similar, and their similarity; once for every band
    /// in which they meet.
    let remove: (_ key: DocumentKey, _ earlier: DocumentKey, _ similarity: Double) throws -> Void
    /// Documents of one band's key that are not similar to each other, in order.
    private var leaders: [MinHashRecord] = []

    /// Documents agree in a band by accident or because they are similar, so there are few leaders; a key that
    /// gathers more is compared with the first of them only.
    private static let leaderLimit = 256

    init(_ config: MinHashConfig, remove: @escaping (DocumentKey, DocumentKey, Double) throws -> Void) {
        (self.config, self.remove) = (config, remove)
    }

    mutating func run(_ sorter: ExternalSorter<MinHashRecord>) throws {
        let sorted = try sorter.finish()
        while let record = try sorted.next() {
            if leaders.first?.band != record.band { leaders.removeAll(keepingCapacity: true) }
            // A document that goes is no leader: what is like it is like its leader too, or not a duplicate.
            if let leader = leaders.first(where: { $0.sketch.similarity(record.sketch) >= config.similarity }) {
                try remove(record.key, leader.key, leader.sketch.similarity(record.sketch))
            } else if leaders.count < Self.leaderLimit {
                leaders.append(record)
            }
        }
    }
}
