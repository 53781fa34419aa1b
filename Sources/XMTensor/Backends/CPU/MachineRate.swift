// Measured limits of this machine: the matmul rate of the CPU and the bandwidth of its memory. `doctor` prints them,
// run plans divide by them, and speed tables report fractions of them.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import CXMOneDNN
import Foundation
import XMSupport

/// Peak matmul rate for a given number of threads.
package struct MachineRate: Sendable, Equatable {
    /// GFLOP/s of oneDNN's matmul [512, 1024] x [1024, 1024], one per thread at the same time.
    package let gigaflops: Double
    package let compute: DType

    /// Best of `rounds` rounds of about 50 ms. Throws if oneDNN has no matmul of this type for the CPU.
    package static func measure(compute: DType, pool: ThreadPool, rounds: Int = 7) throws -> MachineRate {
        let (M, N, K) = (512, 1024, 1024)
        let size = compute.size
        let threads = pool.threadCount
        let repeats = compute == .bf16 ? 10 : 5
        let backend = try CPUBackend(compute: compute, pool: pool)
        let arena = Arena(on: backend)
        defer { withExtendedLifetime(arena) {} }
        let a = try arena.reserve("rate", "a", bytes: threads * M * K * size).pointer  // [threads, M, K]
        let c = try arena.reserve("rate", "c", bytes: threads * M * N * size).pointer  // [threads, M, N]
        let master = try arena.tensor("rate", "w", .f32, [N, K])
        let weight = try backend.linearWeight(master: master, training: false, in: arena, name: "w")
        guard case .master(let packed) = (weight as! CPULinearWeight).storage else {
            preconditionFailure("a weight made from a master tensor has master storage")
        }
        backend.pack([weight])
        var shape = xm_dnn_matmul.product(M: M, N: N, K: K, type: compute, out: compute)
        shape.packed_b = 1
        let best = bestSeconds(rounds) {
            pool.run(threads) { task, _ in
                for _ in 0..<repeats {
                    shape.run(a + task * M * K * size, packed.packed(tile: 0), c + task * M * N * size)
                }
            }
        }
        return MachineRate(
            gigaflops: 2 * Double(M * N * K * repeats * threads) / best / 1e9, compute: compute)
    }

    /// Bytes per second when every thread reads a block of its own: the upper limit of decoding, which streams all
    /// weights once per token.
    package static func readBandwidth(pool: ThreadPool, rounds: Int = 5) throws -> Double {
        let threads = pool.threadCount
        // 1 GiB in total exceeds last-level caches; with many threads, 64 MiB each still do.
        let bytes = max(64 << 20, (1 << 30) / threads) & ~4095
        let arena = Arena(on: try CPUBackend(compute: .f32, pool: pool))
        defer { withExtendedLifetime(arena) {} }
        let blocks = try arena.reserve("bandwidth", "read", bytes: threads * bytes).pointer
        // Untouched pages all map to one page of zeros, which would be read from cache.
        pool.run(threads) { task, _ in memset(blocks + task * bytes, 1, bytes) }
        let best = bestSeconds(rounds) {
            pool.run(threads) { task, _ in
                let block = (blocks + task * bytes).assumingMemoryBound(to: UInt64.self)
                _ = xm_sum_words(block, bytes / MemoryLayout<UInt64>.stride)
            }
        }
        return Double(bytes * threads) / best
    }

    /// Bytes read plus bytes written per second when every thread copies 128 MiB of its own.
    package static func copyBandwidth(pool: ThreadPool, rounds: Int = 5) throws -> Double {
        let bytes = 128 << 20
        let arena = Arena(on: try CPUBackend(compute: .f32, pool: pool))
        let threads = pool.threadCount
        defer { withExtendedLifetime(arena) {} }
        let from = try arena.reserve("bandwidth", "from", bytes: threads * bytes).pointer
        let to = try arena.reserve("bandwidth", "to", bytes: threads * bytes).pointer
        func copy() { pool.run(threads) { task, _ in memcpy(to + task * bytes, from + task * bytes, bytes) } }
        pool.run(threads) { task, _ in memset(from + task * bytes, 1, bytes) }
        copy()  // faults in the pages of `to`
        return 2 * Double(bytes * threads) / bestSeconds(rounds, copy)
    }

    /// Seconds of the fastest of `rounds` calls: other programs can only make a call slower.
    private static func bestSeconds(_ rounds: Int, _ body: () -> Void) -> Double {
        var best = Double.infinity
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            body()
            best = min(best, (ContinuousClock.now - start).seconds)
        }
        return best
    }
}
