// A terminal that gives keys one by one, unechoed, with pastes marked as such, and that is put back as it was however
// the program ends: at `leave`, at a signal from outside, at a crash, at the second Ctrl-C of InterruptFlag.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import Synchronization

/// The terminal to put back, or -1, and how it was. A signal handler may touch nothing but these.
private let changedDescriptor = Atomic<Int32>(-1)
nonisolated(unsafe) private var original = termios()
/// Where a handler reports another size of the terminal, or -1.
private let resizeReport = Atomic<Int32>(-1)

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
    /// Readable when the terminal has another size: no signal comes between looking and waiting.
    private let resizes: Int32
    private var handlersBefore: [(signal: Int32, handler: sigaction)] = []

    /// Signals that end a program, and so must put the terminal back first. Ctrl-C is the caller's.
    private static let endings = [SIGHUP, SIGQUIT, SIGTERM, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]

    /// nil where `handle` is no terminal. One at a time.
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

    /// Once more after `leave`.
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

    /// Waits for keys to read or another size of the terminal; `.nothing` where neither came in time.
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
