// A backend that times another one's operations: the kernel table of `xmodel bench train --profile`. It synchronises
// after each operation, so an asynchronous device loses its overlap while it is profiled. Single-threaded use only.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package final class ProfilingBackend: ForwardingBackend, @unchecked Sendable {
    package let base: any Backend
    // By operation name, since the last `reset`.
    private var seconds: [String: Double] = [:]
    private var calls: [String: Int] = [:]

    package init(_ base: any Backend) { self.base = base }

    package func reset() {
        seconds = [:]
        calls = [:]
    }

    /// Milliseconds and calls per step of each operation, slowest first.
    package func table(steps: Int) -> String {
        let total = seconds.values.reduce(0, +)
        let rows = seconds.sorted { $0.value > $1.value }.map { name, time in
            name.padding(toLength: 26, withPad: " ", startingAt: 0)
                + String(
                    format: "%9.2f ms %6.1f %% %6d calls", 1e3 * time / Double(steps), 100 * time / total,
                    (calls[name] ?? 0) / steps)
        }
        return rows.joined(separator: "\n")
            + String(format: "\nall operations             %9.2f ms", 1e3 * total / Double(steps))
    }

    /// Times an operation under the name of its function. The label drops argument names, so overloads share a row.
    package func result<Result>(_ name: String, _ operation: () throws -> Result) rethrows -> Result {
        let label = String(name.prefix { $0 != "(" })
        let start = ContinuousClock.now
        defer {
            base.synchronize()
            seconds[label, default: 0] += (ContinuousClock.now - start).seconds
            calls[label, default: 0] += 1
        }
        return try operation()
    }

    package func perform(_ name: String, _ operation: @escaping () -> Void) { result(name, operation) }

    // Allocation is not timed: it happens before the steps that are profiled.
    package func allocate(bytes: Int) throws -> DeviceMemory { try base.allocate(bytes: bytes) }
    package func upload(_ bytes: UnsafeRawBufferPointer, to region: DeviceRegion) {
        result(#function) { base.upload(bytes, to: region) }
    }
    package func download(_ region: DeviceRegion, to bytes: UnsafeMutableRawBufferPointer) {
        result(#function) { base.download(region, to: bytes) }
    }
    package func hostView(of region: DeviceRegion) -> UnsafeMutableRawBufferPointer? { base.hostView(of: region) }
    package func synchronize() { base.synchronize() }
}
