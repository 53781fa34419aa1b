// MinHash of a text's shingles (Broder 1997) by one permutation: each shingle's hash falls into one of bands·rows bins
// and the bin keeps its least. An empty bin takes the value of another one, chosen by a hash of its number
// (Shrivastava 2017). One hash a shingle, where independent minima would need bands·rows.
// SPDX-License-Identifier: Apache-2.0

/// Bits of the minima: two texts' share of equal bits estimates how many shingles they have in common.
struct MinHashSketch: BitwiseCopyable, Equatable, Sendable {
    var bits: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    static func == (a: Self, b: Self) -> Bool { a.bits == b.bits }

    /// Unequal minima agree in half of their bits: similarity = 2·(share of equal bits) - 1.
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

    /// One key a band, and the sketch. `words` must not be empty. Keys of different salts never meet.
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
            // Some bin is filled, and the sequence visits all of them sooner or later; the bound is for form.
            while filled[source] == .max, attempt < 100 * bins {
                attempt += 1
                let draw = Hashing.mixed(UInt64(bin) << 32 | attempt)
                source = Int(draw.multipliedFullWidth(by: bins).high)
            }
            // Which bin it came from makes no difference to what it says.
            minima[bin] = filled[source]
        }
    }

    /// 256 bits, several of each minimum when there are fewer, by hashes of the minimum and the bit's number.
    private func sketch() -> MinHashSketch {
        func word(_ part: Int) -> UInt64 {
            var word: UInt64 = 0
            for bit in 0..<64 {
                let number = part * 64 + bit
                let hash = Hashing.mixed(minima[number % minima.count] &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
                word |= (hash & 1) << UInt64(bit)
            }
            return word
        }
        return MinHashSketch(bits: (word(0), word(1), word(2), word(3)))
    }
}
