// Ctrl-C and SIGTERM as a flag that long work looks at between steps; a second Ctrl-C ends the program at once.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Signals since the first `install`; a handler may touch nothing but this.
private let signalsSeen = Atomic<Int>(0)

package final class InterruptFlag: Sendable {
    private let raised = Atomic<Bool>(false)
    private let listens = Atomic<Bool>(false)

    package init() {}

    package var isRaised: Bool {
        raised.load(ordering: .acquiring)
            || listens.load(ordering: .acquiring) && signalsSeen.load(ordering: .acquiring) > 0
    }

    /// As if a signal had come; for tests and for callers with their own reasons to stop.
    package func raise() { raised.store(true, ordering: .releasing) }

    /// Takes over SIGINT and SIGTERM for the rest of the program's life.
    package func install() {
        _ = signalsSeen.load(ordering: .relaxed)  // made before a handler needs it
        listens.store(true, ordering: .releasing)
        // Whoever started the program may have had them blocked, and a child inherits that.
        var both = sigset_t()
        sigemptyset(&both)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&both, number)
            signal(number) { number in
                if signalsSeen.add(1, ordering: .acquiringAndReleasing).oldValue > 0 { _exit(128 + number) }
            }
        }
        pthread_sigmask(SIG_UNBLOCK, &both, nil)
    }
}
