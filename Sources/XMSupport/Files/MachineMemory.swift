// How much memory the machine can still give.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum MachineMemory {
    /// Bytes that the system can give without swapping; all of the machine's where it does not say.
    package static var availableBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return kilobytes.map { $0 * 1024 } ?? Int(ProcessInfo.processInfo.physicalMemory)
    }
}
