// What counts as a duplicate. Part of a recipe (`data.deduplicate`).
// Next: Deduplicator.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct DeduplicationConfig: Codable, Sendable, Equatable {
    /// Remove byte-identical texts. Default true.
    package var exact: Bool
    /// Near-duplicates by SimHash: texts that differ in a few words. Absent: not searched for.
    package var simhash: SimHashConfig?
    /// Near-duplicates by MinHash: texts that share most of their phrases. Absent: not searched for.
    package var minhash: MinHashConfig?
    /// Memory for sorting; the rest is sorted on disk. Default 256 MiB.
    package var memoryBytes: Int

    package init(
        exact: Bool = true, simhash: SimHashConfig? = nil, minhash: MinHashConfig? = nil, memoryBytes: Int = 256 << 20
    ) {
        (self.exact, self.simhash, self.minhash, self.memoryBytes) = (exact, simhash, minhash, memoryBytes)
    }

    enum CodingKeys: String, CodingKey {
        case exact, simhash, minhash
        case memoryBytes = "memory_bytes"
    }

    /// Every key is optional; absent keys keep their defaults.
    package init(from decoder: any Decoder) throws {
        self.init()
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&exact, .exact)
        try keys.read(&simhash, .simhash)
        try keys.read(&minhash, .minhash)
        try keys.read(&memoryBytes, .memoryBytes)
    }
}

/// SimHash in rounds, as in the Xmodel-2 report, section 2.4 ("several rounds", "bucket size of 1 million").
package struct SimHashConfig: Codable, Sendable, Equatable {
    /// Shingle length in words. Default 3.
    package var shingleWords: Int
    /// Number of rounds, each with another rotation of the fingerprint, whose first 64 / rounds bits form the buckets.
    /// With more rounds than `distance`, every pair within the distance shares a bucket in some round. Default 4.
    package var rounds: Int
    /// Maximum number of fingerprints that are compared with each other. Default 1,000,000.
    package var bucketLimit: Int
    /// Maximum number of differing bits. Default 3.
    package var distance: Int
    /// Shorter texts, and conversations with shorter answers, are compared exactly only. Default 8.
    package var minimumWords: Int

    package init(
        shingleWords: Int = 3, rounds: Int = 4, bucketLimit: Int = 1_000_000, distance: Int = 3, minimumWords: Int = 8
    ) {
        (self.shingleWords, self.rounds, self.bucketLimit) = (shingleWords, rounds, bucketLimit)
        (self.distance, self.minimumWords) = (distance, minimumWords)
    }

    enum CodingKeys: String, CodingKey {
        case rounds, distance
        case shingleWords = "shingle_words"
        case bucketLimit = "bucket_limit"
        case minimumWords = "minimum_words"
    }

    /// Every key is optional; absent keys keep their defaults.
    package init(from decoder: any Decoder) throws {
        self.init()
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&shingleWords, .shingleWords)
        try keys.read(&rounds, .rounds)
        try keys.read(&bucketLimit, .bucketLimit)
        try keys.read(&distance, .distance)
        try keys.read(&minimumWords, .minimumWords)
    }
}

/// MinHash with locality-sensitive hashing.
package struct MinHashConfig: Codable, Sendable, Equatable {
    /// Shingle length in words. Default 5.
    package var shingleWords: Int
    /// Number of bands of `rows` minima each; texts that agree in a whole band are compared. A pair of similarity s is
    /// compared with probability 1 - (1 - s^rows)^bands, which is one half near s = (1 / bands)^(1 / rows): 0.71 by
    /// default. Default 16.
    package var bands: Int
    /// Minima per band. Default 8.
    package var rows: Int
    /// Texts are duplicates from this Jaccard similarity of their shingles on, estimated from 256 bits (standard error
    /// about 0.05). Default 0.7.
    package var similarity: Double
    /// Shorter texts, and conversations with shorter answers, are compared exactly only. Default 8.
    package var minimumWords: Int

    package init(
        shingleWords: Int = 5, bands: Int = 16, rows: Int = 8, similarity: Double = 0.7, minimumWords: Int = 8
    ) {
        (self.shingleWords, self.bands, self.rows) = (shingleWords, bands, rows)
        (self.similarity, self.minimumWords) = (similarity, minimumWords)
    }

    enum CodingKeys: String, CodingKey {
        case bands, rows, similarity
        case shingleWords = "shingle_words"
        case minimumWords = "minimum_words"
    }

    /// Every key is optional; absent keys keep their defaults.
    package init(from decoder: any Decoder) throws {
        self.init()
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&shingleWords, .shingleWords)
        try keys.read(&bands, .bands)
        try keys.read(&rows, .rows)
        try keys.read(&similarity, .similarity)
        try keys.read(&minimumWords, .minimumWords)
    }
}
