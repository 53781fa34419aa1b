// Ctrl-C, SIGTERM and a terminal that is closed (SIGHUP) as a flag that long work looks at between steps. A second
// Ctrl-C or SIGTERM ends the program at once, unless the caller ends what runs and goes on, as a chat does with
// `reset`.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Signals since the first `install` or the last `reset`; a handler may touch nothing but these.
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

    /// As if a signal had come; for tests and for callers with their own reasons to stop.
    package func raise() { raised.store(true, ordering: .releasing) }

    /// What was interrupted has ended; the next signal is a first one again.
    package func reset() {
        raised.store(false, ordering: .releasing)
        signalsSeen.store(0, ordering: .releasing)
    }

    /// Takes over signals for the rest of the program's life. `secondEnds`: the second signal is not waited for, unless
    /// it is SIGHUP: a terminal that is closed sends it more than once. Under nohup SIGHUP stays ignored.
    package func install(_ signals: [Int32] = [SIGINT, SIGTERM, SIGHUP], secondEnds: Bool = true) {
        _ = signalsSeen.load(ordering: .relaxed)  // made before a handler needs it
        endsAtSecond.store(secondEnds, ordering: .releasing)
        listens.store(true, ordering: .releasing)
        for number in signals where number != SIGHUP || !Self.isIgnored(number) {
            signal(number) { number in
                let isSecond = signalsSeen.add(1, ordering: .acquiringAndReleasing).oldValue > 0
                if isSecond && number != SIGHUP && endsAtSecond.load(ordering: .acquiring) {
                    restoreTerminal()
                    _exit(128 + number)
                }
            }
        }
    }

    /// Whether whoever started the program had it ignore a signal.
    static func isIgnored(_ number: Int32) -> Bool {
        var now = sigaction()
        sigaction(number, nil, &now)
        return unsafeBitCast(now.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
