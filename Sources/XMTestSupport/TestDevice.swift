// The devices that tests run on: the CPU, and one that traps accesses bypassing `Backend`.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

/// A parameter of tests: one body runs on every device.
package enum TestDevice: String, Sendable, CaseIterable {
    case cpu, hostless

    /// A fresh backend with its own pool; two threads, so that races and orders of summation have a chance to show.
    package func backend(compute: DType = .f32, threads: Int = 2) throws -> any Backend {
        let cpu = try CPUBackend(compute: compute, pool: ThreadPool(threadCount: threads))
        return switch self {
        case .cpu: cpu
        case .hostless: HostlessBackend(cpu)
        }
    }
}
