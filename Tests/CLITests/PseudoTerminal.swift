// A program in a terminal of its own, driven as a person would: keys in, screen out.
// SPDX-License-Identifier: Apache-2.0

import Foundation

final class PseudoTerminal {
    let process = Process()
    private let primary: Int32
    /// Kept open, so that the terminal and its settings outlive the program.
    private let secondary: Int32
    /// All that was shown.
    private(set) var shown = ""
    private var looked = 0

    /// TIOCSPTLCK and TIOCGPTN of Linux, what unlockpt and ptsname do; Swift sees neither macros nor functions.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    enum Failure: Error {
        case noTerminal
        case notShown(wanted: String, shown: String)
    }

    init(_ program: URL, _ arguments: [String], environment: [String: String]) throws {
        primary = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (locked, number): (Int32, Int32) = (0, -1)
        guard primary >= 0, ioctl(primary, Self.setLock, &locked) == 0, ioctl(primary, Self.getNumber, &number) == 0
        else { throw Failure.noTerminal }
        secondary = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard secondary >= 0 else { throw Failure.noTerminal }
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(primary, UInt(TIOCSWINSZ), &size)
        // Ctrl-C reaches a program only through its controlling terminal.
        process.executableURL = URL(filePath: "/usr/bin/setsid")
        process.arguments = ["--ctty", "--wait", program.path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let terminal = FileHandle(fileDescriptor: secondary)
        process.standardInput = terminal
        process.standardOutput = terminal
        process.standardError = terminal
        try process.run()
    }

    deinit {
        if process.isRunning { kill(foreground, SIGKILL) }
        close(primary)
        close(secondary)
    }

    /// The program itself, which leads the terminal's foreground group.
    var foreground: pid_t { tcgetpgrp(primary) }

    /// Whether typed characters are echoed and lines edited, as in a shell's terminal.
    var isCooked: Bool {
        var mode = termios()
        tcgetattr(secondary, &mode)
        return mode.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == tcflag_t(ICANON | ECHO | ISIG)
    }

    func type(_ keys: String) { type(bytes: Array(keys.utf8)) }

    func type(bytes: [UInt8]) { _ = write(primary, bytes, bytes.count) }

    /// As if a person had dragged the window's corner; the program gets SIGWINCH.
    func resize(columns: Int) {
        var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(primary, UInt(TIOCSWINSZ), &size)
    }

    /// Waits until `text` is shown behind what earlier calls waited for.
    func expect(_ text: String, seconds: Int = 60) throws {
        for _ in 0..<10 * seconds {
            if let range = Substring(shown.utf8.dropFirst(looked)).firstRange(of: text) {
                looked = shown.utf8.distance(from: shown.startIndex, to: range.upperBound)
                return
            }
            readMore()
        }
        throw Failure.notShown(wanted: text, shown: String(shown.suffix(2000)))
    }

    private func readMore() {
        var source = pollfd(fd: primary, events: Int16(POLLIN), revents: 0)
        guard poll(&source, 1, 100) > 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(primary, &bytes, bytes.count)
        if count > 0 { shown += String(decoding: bytes[..<count], as: UTF8.self) }
    }

    /// Exit status, once the program has ended; what it still writes is read, so that it can.
    func status() -> Int32 {
        while process.isRunning { readMore() }
        return process.terminationStatus
    }
}
