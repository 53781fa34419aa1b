// The loops behind the machine's measured limits do the work that they are timed for, and failures have reasons.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import Testing
import XMTensor

@Suite("MachineRateTests")
struct MachineRateTests {
    /// The step of the loop: a cache line of eight words from each stream.
    private static let step = Int(XM_READ_STREAMS) * 8

    @Test("the reading loop reads every word once", arguments: [0, 1, 2, 3, 17])
    func sum(steps: Int) {
        // Distinct powers of three: a word that is left out or read twice changes the sum.
        var power: UInt64 = 1
        let words = (0..<steps * Self.step).map { _ in
            power = power &* 3
            return power
        }
        #expect(xm_sum_words(words, words.count) == words.reduce(0, &+))
    }

    @Test("bandwidths are plausible")
    func bandwidth() throws {
        let pool = ThreadPool(threadCount: 1)
        // Between a slow hard disk and ten times the fastest memory of one core.
        let plausible = 1e8...1e12
        #expect(plausible.contains(try MachineRate.readBandwidth(pool: pool, rounds: 1)))
        #expect(plausible.contains(try MachineRate.copyBandwidth(pool: pool, rounds: 1)))
    }

    @Test("a type without matmul is an error that says so", arguments: DType.allCases)
    func matmul(type: DType) throws {
        let pool = ThreadPool(threadCount: 1)
        if CPUBackend.hasMatmul(in: type) {
            #expect(try MachineRate.measure(compute: type, pool: pool, rounds: 1).gigaflops > 0.1)
        } else {
            #expect(throws: CPUBackendError.self) { try MachineRate.measure(compute: type, pool: pool) }
        }
    }
}
