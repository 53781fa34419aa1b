// The number of compute threads of a command. Results do not depend on it.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMTensor

struct ThreadOptions: ParsableArguments {
    @Option(help: "Compute threads (default: all cores of this machine).")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads is \(threads); it must be 1 to 1024")
        }
    }

    func makePool() -> ThreadPool {
        ThreadPool(threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount)
    }
}
