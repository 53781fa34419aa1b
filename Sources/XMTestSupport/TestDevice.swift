// The devices that a test runs on: the CPU, and one that catches what goes around the seam.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

package enum TestDevice: String, Sendable, CaseIterable {
    case cpu, hostless

    package func backend(compute: DType = .f32, threads: Int = 2) throws -> any Backend {
        let cpu = try CPUBackend(compute: compute, pool: ThreadPool(threadCount: threads))
        return switch self {
        case .cpu: cpu
        case .hostless: HostlessBackend(cpu)
        }
    }
}
