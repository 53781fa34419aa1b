// Raw mode: keys arrive one by one and without echo, and pastes are marked. The terminal is restored however the
// program ends: at `leave`, at a signal from outside, at a crash. Ctrl-C belongs to the caller, which must not let a
// second one end the program (InterruptFlag with `secondEnds: false`).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import Synchronization
import XMSupport

/// The terminal to restore, or -1, and its original mode. A signal handler may touch nothing but these.
private let changedDescriptor = Atomic<Int32>(-1)
nonisolated(unsafe) private var original = termios()
/// Pipe through which the handler of SIGWINCH reports a new terminal size, or -1.
private let resizeReport = Atomic<Int32>(-1)

/// ESC [ ? 2004: bracketed paste.
private let pasteOn: StaticString = "\u{1B}[?2004h"
private let pasteOff: StaticString = "\u{1B}[?2004l"

/// Restores the terminal if it was changed. Safe in a signal handler.
private func restoreTerminal() {
    let descriptor = changedDescriptor.exchange(-1, ordering: .acquiringAndReleasing)
    guard descriptor >= 0 else { return }
    _ = write(descriptor, pasteOff.utf8Start, pasteOff.utf8CodeUnitCount)
    _ = withUnsafePointer(to: &original) { tcsetattr(descriptor, TCSANOW, $0) }
}

package final class TerminalMode {
    private let descriptor: Int32
    /// Becomes readable when the terminal changes its size; a pipe, so that no signal is lost between check and wait.
    private let resizes: Int32
    private var handlersBefore: [(signal: Int32, handler: sigaction)] = []

    /// Signals that end the program and must restore the terminal first. Ctrl-C belongs to the caller.
    private static let endings = [SIGHUP, SIGQUIT, SIGTERM, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]

    /// nil where `handle` is not a terminal. Only one instance may exist at a time.
    package init?(_ handle: FileHandle) {
        descriptor = handle.fileDescriptor
        guard Terminal.isTerminal(handle) else { return nil }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        resizes = ends[0]
        resizeReport.store(ends[1], ordering: .releasing)
        enter()
    }

    /// Enters raw mode; called by `init`, and again after `leave`.
    package func enter() {
        precondition(changedDescriptor.load(ordering: .acquiring) < 0)
        tcgetattr(descriptor, &original)
        changedDescriptor.store(descriptor, ordering: .releasing)
        handlersBefore = Self.endings.compactMap { number in
            if number == SIGHUP, InterruptFlag.isIgnored(number) { return nil }
            return take(number) { number in
                restoreTerminal()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        handlersBefore.append(
            take(SIGWINCH) { _ in
                let cause = errno
                _ = write(resizeReport.load(ordering: .acquiring), pasteOn.utf8Start, 1)  // any byte
                errno = cause
            })
        readKeys()
        _ = write(descriptor, pasteOn.utf8Start, pasteOn.utf8CodeUnitCount)
    }

    private func take(_ number: Int32, _ handler: @convention(c) (Int32) -> Void) -> (Int32, sigaction) {
        var before = sigaction()
        var ours = sigaction()
        ours.__sigaction_handler.sa_handler = handler
        sigaction(number, &ours, &before)
        return (number, before)
    }

    deinit {
        leave()
        close(resizeReport.exchange(-1, ordering: .acquiringAndReleasing))
        close(resizes)
    }

    package enum Event { case input, resized, nothing }

    /// Waits for input or a new terminal size; `.nothing` when the time is over.
    package func wait(milliseconds: Int32? = nil) -> Event {
        var sources = [descriptor, resizes].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var count: Int32
        repeat { count = poll(&sources, 2, milliseconds ?? -1) } while count < 0 && errno == EINTR
        if count == 0 { return .nothing }
        guard sources[1].revents != 0 else { return .input }
        var reports = [UInt8](repeating: 0, count: 64)
        while read(resizes, &reports, reports.count) > 0 {}
        return .resized
    }

    /// All keys arrive as bytes, Ctrl-C included.
    package func readKeys() { apply(signals: false) }

    /// Ctrl-C is a signal; other input waits, without echo, until it is read.
    package func takeSignals() { apply(signals: true) }

    private func apply(signals: Bool) {
        var mode = original
        mode.c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | IXON | ISTRIP)
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        mode.c_lflag = signals ? mode.c_lflag | tcflag_t(ISIG) : mode.c_lflag & ~tcflag_t(ISIG)
        tcsetattr(descriptor, TCSADRAIN, &mode)
    }

    /// Restores the terminal. May be called more than once.
    package func leave() {
        restoreTerminal()
        for (number, var handler) in handlersBefore { sigaction(number, &handler, nil) }
        handlersBefore = []
    }
}
