// Memory of this process as the system counts it.
// SPDX-License-Identifier: Apache-2.0

import CXMSystem
import Foundation

package enum ProcessMemory {
    /// Bytes resident now.
    package static var resident: Int { value("VmRSS:") }
    /// Most bytes resident at any time.
    package static var peak: Int { value("VmHWM:") }

    /// Gives freed memory back to the system.
    package static func releaseFree() { xm_release_free_memory() }

    private static func value(_ key: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
}
