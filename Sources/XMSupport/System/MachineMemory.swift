// How much memory the machine has left.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum MachineMemory {
    /// Bytes available without swapping; the machine's whole memory where the system does not say.
    package static var availableBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return kilobytes.map { $0 * 1024 } ?? Int(ProcessInfo.processInfo.physicalMemory)
    }
}
