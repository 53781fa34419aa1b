// Ctrl-C and SIGTERM as a flag that long work looks at between steps; a second Ctrl-C ends the program at once.
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Synchronization

package final class InterruptFlag: Sendable {
    private let raised = Atomic<Bool>(false)
    /// Written once by `install`, only kept alive.
    nonisolated(unsafe) private var sources: [any DispatchSourceSignal] = []

    package init() {}

    package var isRaised: Bool { raised.load(ordering: .acquiring) }

    /// As if a signal had come; for tests and for callers with their own reasons to stop.
    package func raise() { raised.store(true, ordering: .releasing) }

    /// Takes over SIGINT and SIGTERM for the rest of the program's life.
    package func install() {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                if raised.exchange(true, ordering: .acquiringAndReleasing) { _exit(128 + number) }
            }
            source.activate()
            return source
        }
    }
}
