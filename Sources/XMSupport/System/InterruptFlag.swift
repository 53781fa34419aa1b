// Ctrl-C, SIGTERM and a closed terminal (SIGHUP) as a flag that long-running work polls between steps. A second Ctrl-C
// or SIGTERM ends the program at once, unless the caller stops the work and carries on, as a chat does with `reset`.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Signals since the first `install` or the last `reset`. A signal handler may touch only these atomics.
private let signalsSeen = Atomic<Int>(0)
private let endsAtSecond = Atomic<Bool>(true)

package final class InterruptFlag: Sendable {
    private let raised = Atomic<Bool>(false)
    private let listens = Atomic<Bool>(false)

    package init() {}

    package var isRaised: Bool {
        raised.load(ordering: .acquiring)
            || listens.load(ordering: .acquiring) && signalsSeen.load(ordering: .acquiring) > 0
    }

    /// Acts as if a signal had come; for tests, and for callers with reasons of their own to stop.
    package func raise() { raised.store(true, ordering: .releasing) }

    /// The interrupted work has ended: the next signal counts as the first again.
    package func reset() {
        raised.store(false, ordering: .releasing)
        signalsSeen.store(0, ordering: .releasing)
    }

    /// Takes over signals for the rest of the program's life. With `secondEnds`, a second signal ends the program
    /// immediately, except SIGHUP, which a closing terminal sends more than once. Under nohup, SIGHUP stays ignored.
    package func install(_ signals: [Int32] = [SIGINT, SIGTERM, SIGHUP], secondEnds: Bool = true) {
        _ = signalsSeen.load(ordering: .relaxed)  // initialises the global before a handler needs it
        endsAtSecond.store(secondEnds, ordering: .releasing)
        listens.store(true, ordering: .releasing)
        for number in signals where number != SIGHUP || !Self.isIgnored(number) {
            signal(number) { number in
                let isSecond = signalsSeen.add(1, ordering: .acquiringAndReleasing).oldValue > 0
                if isSecond && number != SIGHUP && endsAtSecond.load(ordering: .acquiring) { _exit(128 + number) }
            }
        }
    }

    /// Whether the parent process started this program with the signal ignored.
    package static func isIgnored(_ number: Int32) -> Bool {
        var now = sigaction()
        sigaction(number, nil, &now)
        return unsafeBitCast(now.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
