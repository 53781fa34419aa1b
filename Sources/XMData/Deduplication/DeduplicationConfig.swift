// What counts as a duplicate. Part of a recipe.
// Next: Deduplicator.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct DeduplicationConfig: Codable, Sendable, Equatable {
    /// Texts that are equal to the byte. Default true.
    package var exact: Bool
    /// Near-duplicates by SimHash: texts that differ in a few words. Absent: not looked for.
    package var simhash: SimHashConfig?
    /// Near-duplicates by MinHash: texts that share most of their phrases. Absent: not looked for.
    package var minhash: MinHashConfig?
    /// Memory for sorting; what is more goes to disk. Default 256 MiB.
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

    /// Every key may be absent and has its default then.
    package init(from decoder: any Decoder) throws {
        self.init()
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&exact, .exact)
        try keys.read(&simhash, .simhash)
        try keys.read(&minhash, .minhash)
        try keys.read(&memoryBytes, .memoryBytes)
    }
}

/// SimHash in rounds, as the Xmodel-2 report names it ("several rounds", "bucket size of 1 million").
package struct SimHashConfig: Codable, Sendable, Equatable {
    /// Words of a shingle. Default 3.
    package var shingleWords: Int
    /// Rounds, each with another rotation of the fingerprint; its first 64 / rounds bits make the buckets. With more
    /// rounds than `distance`, every pair within the distance meets in some round. Default 4.
    package var rounds: Int
    /// Fingerprints that are compared with each other at most. Default 1,000,000.
    package var bucketLimit: Int
    /// Bits that may differ. Default 3.
    package var distance: Int
    /// Shorter texts, and conversations with shorter answers, are left to the exact search. Default 8.
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

    /// Every key may be absent and has its default then.
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
    /// Words of a shingle. Default 5.
    package var shingleWords: Int
    /// Bands of `rows` minima; texts that agree in a whole band are compared. At similarity s a pair meets with
    /// probability 1 - (1 - s^rows)^bands: one half near s = (1 / bands)^(1 / rows), 0.71 by default. Default 16.
    package var bands: Int
    /// Default 8.
    package var rows: Int
    /// Share of common shingles from which a text is a duplicate, as estimated from 256 bits (standard error about
    /// 0.05). Default 0.7.
    package var similarity: Double
    /// Shorter texts, and conversations with shorter answers, are left to the exact search. Default 8.
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

    /// Every key may be absent and has its default then.
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
