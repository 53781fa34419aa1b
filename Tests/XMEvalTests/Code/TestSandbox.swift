// The sandbox of the tests, made once, and what the tests look for afterwards on the machine.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval

enum TestSandbox {
    static let found = CodeSandbox.find()
    static let isThere = (try? found.get()) != nil
    /// The reason of a skip.
    static let report = Comment(rawValue: CodeSandbox.report())

    static let canRunUnprotected = (try? CodeSandbox.unprotected().get()) != nil
}

/// A time limit that no other test has. It is among the arguments of every process of a run and finds them again.
struct Mark {
    let seconds: Double

    init(about seconds: Double) { self.seconds = seconds + Double(Int.random(in: 1..<1_000_000)) * 1e-9 }

    /// The processes of this machine that have the mark among their arguments.
    var processes: [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.filter { entry in
            guard Int(entry) != nil, let bytes = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") else {
                return false
            }
            return String(decoding: bytes, as: UTF8.self).contains("\(seconds)")
        }
    }

    /// Whether there are such processes, or none, within ten seconds.
    func settles(isRunning: Bool) async -> Bool {
        for _ in 0..<500 {
            if processes.isEmpty != isRunning { return true }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return false
    }
}
