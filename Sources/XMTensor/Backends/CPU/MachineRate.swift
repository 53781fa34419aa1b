// What this machine can do at most: matrix rate and memory bandwidth, measured. `doctor` prints them; speed tables
// divide by them.
// SPDX-License-Identifier: Apache-2.0

import CXMOneDNN
import Foundation
import XMSupport

/// Measured limits of the machine with a given number of threads.
package struct MachineRate: Sendable, Equatable {
    /// GFLOP/s of oneDNN products [512,1024] x [1024,1024] on every thread.
    package let gigaflops: Double
    package let compute: DType

    /// Best of `rounds` rounds of about 50 ms.
    package static func measure(compute: DType, pool: ThreadPool, rounds: Int = 7) -> MachineRate {
        let (M, N, K) = (512, 1024, 1024)
        let size = compute.size
        let threads = pool.threadCount
        let repeats = compute == .bf16 ? 10 : 5
        guard
            let backend = try? CPUBackend(compute: compute, pool: pool), case let arena = Arena(on: backend),
            let a = try? arena.reserve("rate", "a", bytes: threads * M * K * size),
            let c = try? arena.reserve("rate", "c", bytes: threads * M * N * size),
            let master = try? arena.tensor("rate", "w", .f32, [N, K]),
            let weight = try? backend.linearWeight(master: master, training: false, in: arena, name: "w"),
            case .master(let packed) = (weight as? CPULinearWeight)?.storage
        else { return MachineRate(gigaflops: 0, compute: compute) }
        backend.pack([weight])
        var shape = xm_dnn_matmul.product(M: M, N: N, K: K, type: compute, out: compute)
        shape.packed_b = 1
        var best = Double.infinity
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            pool.run(threads) { task, _ in
                for _ in 0..<repeats {
                    shape.run(a.pointer + task * M * K * size, packed.packed(tile: 0), c.pointer + task * M * N * size)
                }
            }
            best = min(best, (ContinuousClock.now - start).seconds)
        }
        return MachineRate(
            gigaflops: 2 * Double(M * N * K * repeats * threads) / best / 1e9, compute: compute)
    }

    /// Bytes read and written per second when every thread copies its own 128 MiB, best of `rounds`.
    package static func copyBandwidth(pool: ThreadPool, rounds: Int = 5) -> Double {
        let bytes = 128 << 20
        guard let backend = try? CPUBackend(compute: .f32, pool: pool) else { return 0 }
        let arena = Arena(on: backend)
        let threads = pool.threadCount
        guard
            let from = try? arena.reserve("copy", "from", bytes: threads * bytes),
            let to = try? arena.reserve("copy", "to", bytes: threads * bytes)
        else { return 0 }
        var best = Double.infinity
        for round in 0...rounds {
            let start = ContinuousClock.now
            pool.run(threads) { task, _ in memcpy(to.pointer + task * bytes, from.pointer + task * bytes, bytes) }
            if round > 0 { best = min(best, (ContinuousClock.now - start).seconds) }  // round 0 touches the pages
        }
        return 2 * Double(bytes * threads) / best
    }
}
