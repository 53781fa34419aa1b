// One-permutation MinHash of a text's shingles (Broder 1997): each shingle's hash falls into one of bands·rows bins,
// and each bin keeps its minimum. Empty bins are densified with the value of a bin chosen by hashing (Shrivastava
// 2017). This takes one hash per shingle, where independent minima would take bands·rows.
// SPDX-License-Identifier: Apache-2.0

/// b-bit sketch of the minima: the share of equal bits of two texts estimates the similarity of their shingle sets.
struct MinHashSketch: BitwiseCopyable, Equatable, Sendable {
    var bits: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    static func == (a: Self, b: Self) -> Bool { a.bits == b.bits }

    /// Bits of unequal minima agree with probability 1/2, so similarity = 2·(share of equal bits) - 1.
    func similarity(_ other: MinHashSketch) -> Double {
        let different =
            (bits.0 ^ other.bits.0).nonzeroBitCount + (bits.1 ^ other.bits.1).nonzeroBitCount
            + (bits.2 ^ other.bits.2).nonzeroBitCount + (bits.3 ^ other.bits.3).nonzeroBitCount
        return 1 - 2 * Double(different) / 256
    }
}

struct MinHash {
    private let config: MinHashConfig
    private var minima: [UInt64]  // [bands·rows]

    init(_ config: MinHashConfig) {
        self.config = config
        minima = Array(repeating: .max, count: max(1, config.bands * config.rows))
    }

    /// One key per band, and the sketch. `words` must not be empty. Different salts give different keys.
    mutating func signature(_ words: WordHashes, salt: UInt64 = 0) -> (bands: [UInt64], sketch: MinHashSketch) {
        let length = max(1, min(config.shingleWords, words.hashes.count))
        let bins = minima.count
        minima.withUnsafeMutableBufferPointer { minima in
            minima.update(repeating: .max)
            words.forEachPhrase(length) { _, hash in
                let (bin, rest) = hash.multipliedFullWidth(by: UInt64(bins))
                minima[Int(bin)] = min(minima[Int(bin)], rest)
                return true
            }
        }
        fillEmptyBins()
        var bands: [UInt64] = []
        bands.reserveCapacity(config.bands)
        for band in 0..<config.bands {
            var key = Hashing.add(Hashing.basis ^ salt, UInt64(band))
            for row in 0..<config.rows { key = Hashing.add(key, Hashing.mixed(minima[band * config.rows + row])) }
            bands.append(Hashing.mixed(key))
        }
        return (bands, sketch())
    }

    private mutating func fillEmptyBins() {
        let filled = minima
        let bins = UInt64(minima.count)
        for bin in minima.indices where filled[bin] == .max {
            var attempt: UInt64 = 0
            var source = bin
            // At least one bin is filled and the random sequence finds one soon; the bound guarantees termination.
            while filled[source] == .max, attempt < 100 * bins {
                attempt += 1
                let draw = Hashing.mixed(UInt64(bin) << 32 | attempt)
                source = Int(draw.multipliedFullWidth(by: bins).high)
            }
            minima[bin] = filled[source]
        }
    }

    /// 256 bits, each a hash of one minimum and the bit's number; with fewer minima, several bits for each.
    private func sketch() -> MinHashSketch {
        func word(_ index: Int) -> UInt64 {
            var word: UInt64 = 0
            for bit in 0..<64 {
                let number = index * 64 + bit
                let hash = Hashing.mixed(minima[number % minima.count] &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
                word |= (hash & 1) << UInt64(bit)
            }
            return word
        }
        return MinHashSketch(bits: (word(0), word(1), word(2), word(3)))
    }
}
