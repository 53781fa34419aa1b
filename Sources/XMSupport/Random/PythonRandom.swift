// Python's `random.Random(seed)`, number for number: the generator is MT19937 (Matsumoto and Nishimura 1998), seeded by
// its `init_by_array`. lm-evaluation-harness draws few-shot examples and shuffles answers with it, so a prompt is the
// same as the harness's only if these draws are. For randomness of our own, use RandomStream.
// SPDX-License-Identifier: Apache-2.0

package struct PythonRandom: Sendable {
    private static let size = 624
    private static let middle = 397

    /// MT19937's 624 words; all are used up at first.
    private var state: [UInt32]
    private var position = Self.size

    /// As `random.Random(seed)` for an integer, of which Python takes the absolute value.
    package init(seed: Int) {
        let magnitude = UInt64(seed.magnitude)
        let (low, high) = (UInt32(truncatingIfNeeded: magnitude), UInt32(magnitude >> 32))
        state = Self.state(key: high == 0 ? [low] : [low, high])
    }

    /// `init_by_array` of the reference implementation.
    private static func state(key: [UInt32]) -> [UInt32] {
        var words = [UInt32](repeating: 19_650_218, count: size)
        for i in 1..<size { words[i] = 1_812_433_253 &* mixed(words[i - 1]) &+ UInt32(i) }
        var (i, j) = (1, 0)
        func advance() {
            i += 1
            if i == size { (words[0], i) = (words[size - 1], 1) }
        }
        for _ in 0..<max(size, key.count) {
            words[i] = (words[i] ^ (mixed(words[i - 1]) &* 1_664_525)) &+ key[j] &+ UInt32(j)
            advance()
            j = (j + 1) % key.count
        }
        for _ in 1..<size {
            words[i] = (words[i] ^ (mixed(words[i - 1]) &* 1_566_083_941)) &- UInt32(i)
            advance()
        }
        words[0] = 0x8000_0000
        return words
    }

    private static func mixed(_ word: UInt32) -> UInt32 { word ^ (word >> 30) }

    /// The next 32-bit output.
    package mutating func next() -> UInt32 {
        if position == Self.size { refill() }
        var word = state[position]
        position += 1
        word ^= word >> 11
        word ^= (word << 7) & 0x9D2C_5680
        word ^= (word << 15) & 0xEFC6_0000
        return word ^ (word >> 18)
    }

    private mutating func refill() {
        for i in 0..<Self.size {
            let joined = (state[i] & 0x8000_0000) | (state[(i + 1) % Self.size] & 0x7FFF_FFFF)
            state[i] =
                state[(i + Self.middle) % Self.size] ^ (joined >> 1) ^ (joined & 1 == 0 ? 0 : 0x9908_B0DF)
        }
        position = 0
    }

    // MARK: - Integers

    /// `getrandbits(count)` for 1 to 32 bits: the high bits of one output.
    package mutating func bits(_ count: Int) -> UInt32 {
        precondition((1...32).contains(count), "one output has 32 bits")
        return next() >> UInt32(32 - count)
    }

    /// `_randbelow(bound)`: as many bits as the bound has, drawn again until they are below it.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0 && bound <= Int(UInt32.max), "a bound that fits 32 bits")
        let width = Int.bitWidth - bound.leadingZeroBitCount
        while true {
            let value = Int(bits(width))
            if value < bound { return value }
        }
    }

    // MARK: - Sequences

    /// `choice(range(count))`.
    package mutating func choice(_ count: Int) -> Int { below(count) }

    /// `sample(range(population), count)`: distinct indices in the order drawn. `count` is at most `population`.
    package mutating func sample(_ population: Int, _ count: Int) -> [Int] {
        precondition((0...population).contains(count), "a sample no larger than its population")
        // Python's estimate of the population below which a list takes less memory than a set of the drawn.
        var smallPopulation = 21
        if count > 5 {
            var power = 1
            while power < 3 * count { power *= 4 }
            smallPopulation += power
        }
        var drawn: [Int] = []
        if population <= smallPopulation {
            // The drawn one's place is taken by the last one left.
            var pool = Array(0..<population)
            for left in stride(from: population, to: population - count, by: -1) {
                let index = below(left)
                drawn.append(pool[index])
                pool[index] = pool[left - 1]
            }
        } else {
            var seen: Set<Int> = []
            while drawn.count < count {
                let index = below(population)
                if seen.insert(index).inserted { drawn.append(index) }
            }
        }
        return drawn
    }

    /// `shuffle`: from the last element down, each is exchanged with one at or before it.
    package mutating func shuffle<Element>(_ elements: inout [Element]) {
        for index in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(index, below(index + 1)) }
    }
}
