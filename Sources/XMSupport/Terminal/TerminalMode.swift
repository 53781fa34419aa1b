// A terminal that gives keys one by one, unechoed, with pastes marked as such, and that is put back as it was however
// the program ends: at `leave`, at a signal from outside, at a crash, at the second Ctrl-C of InterruptFlag.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import Synchronization

/// The terminal to put back, or -1, and how it was. A signal handler may touch nothing but these.
private let changedDescriptor = Atomic<Int32>(-1)
nonisolated(unsafe) private var original = termios()

/// ESC [ ? 2004: bracketed paste.
private let pasteOn: StaticString = "\u{1B}[?2004h"
private let pasteOff: StaticString = "\u{1B}[?2004l"

/// Puts the terminal back; safe in a signal handler, and does nothing where nothing was changed.
func restoreTerminal() {
    let descriptor = changedDescriptor.exchange(-1, ordering: .acquiringAndReleasing)
    guard descriptor >= 0 else { return }
    _ = write(descriptor, pasteOff.utf8Start, pasteOff.utf8CodeUnitCount)
    _ = withUnsafePointer(to: &original) { tcsetattr(descriptor, TCSANOW, $0) }
}

package final class TerminalMode {
    private let descriptor: Int32
    private var handlersBefore: [(signal: Int32, handler: sigaction)] = []

    /// Signals that end a program, and so must put the terminal back first. Ctrl-C is the caller's.
    private static let endings = [SIGHUP, SIGQUIT, SIGTERM, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]

    /// nil where `handle` is no terminal. One at a time.
    package init?(_ handle: FileHandle) {
        descriptor = handle.fileDescriptor
        guard Terminal.isTerminal(handle) else { return nil }
        enter()
    }

    /// Once more after `leave`.
    package func enter() {
        precondition(changedDescriptor.load(ordering: .acquiring) < 0)
        tcgetattr(descriptor, &original)
        changedDescriptor.store(descriptor, ordering: .releasing)
        handlersBefore = Self.endings.map { number in
            var before = sigaction()
            var restoring = sigaction()
            restoring.__sigaction_handler.sa_handler = { number in
                restoreTerminal()
                signal(number, SIG_DFL)
                raise(number)
            }
            sigaction(number, &restoring, &before)
            return (number, before)
        }
        readKeys()
        _ = write(descriptor, pasteOn.utf8Start, pasteOn.utf8CodeUnitCount)
    }

    deinit { leave() }

    /// Every key is a byte to read, Ctrl-C too.
    package func readKeys() { apply(signals: false) }

    /// Ctrl-C is a signal; what is typed meanwhile waits unseen.
    package func takeSignals() { apply(signals: true) }

    private func apply(signals: Bool) {
        var mode = original
        mode.c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | IXON | ISTRIP)
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        mode.c_lflag = signals ? mode.c_lflag | tcflag_t(ISIG) : mode.c_lflag & ~tcflag_t(ISIG)
        tcsetattr(descriptor, TCSADRAIN, &mode)
    }

    /// As it was before. May be called more than once.
    package func leave() {
        restoreTerminal()
        for (number, var handler) in handlersBefore { sigaction(number, &handler, nil) }
        handlersBefore = []
    }
}
