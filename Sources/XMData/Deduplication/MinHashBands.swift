// Near-duplicates by MinHash with locality-sensitive hashing: documents that agree in a band are compared by their
// sketches, and one that is similar enough to an earlier document is removed. Every band of every document is one
// record of the external sort, ordered by the band's key.
// SPDX-License-Identifier: Apache-2.0

struct MinHashRecord: Comparable, BitwiseCopyable {
    var band: UInt64
    var key: DocumentKey
    var sketch: MinHashSketch

    static func < (a: Self, b: Self) -> Bool { a.band != b.band ? a.band < b.band : a.key < b.key }
}

struct MinHashBands {
    let config: MinHashConfig
    /// Called with each removed document, the earlier one that it resembles and their similarity; once for every band
    /// in which they agree.
    let remove: (_ key: DocumentKey, _ earlier: DocumentKey, _ similarity: Double) throws -> Void
    /// Kept documents with the current band key, mutually dissimilar, in document order.
    private var leaders: [MinHashRecord] = []

    /// Documents agree in a band by chance or because they are similar, so leaders are few; beyond the limit documents
    /// are only compared with the first of them.
    private static let leaderLimit = 256

    init(_ config: MinHashConfig, remove: @escaping (DocumentKey, DocumentKey, Double) throws -> Void) {
        (self.config, self.remove) = (config, remove)
    }

    mutating func run(_ sorter: ExternalSorter<MinHashRecord>) throws {
        let sorted = try sorter.finish()
        while let record = try sorted.next() {
            if leaders.first?.band != record.band { leaders.removeAll(keepingCapacity: true) }
            // A removed document does not become a leader: what resembles it usually resembles its leader too.
            if let leader = leaders.first(where: { $0.sketch.similarity(record.sketch) >= config.similarity }) {
                try remove(record.key, leader.key, leader.sketch.similarity(record.sketch))
            } else if leaders.count < Self.leaderLimit {
                leaders.append(record)
            }
        }
    }
}
