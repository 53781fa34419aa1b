// One program in one fresh process, from start to verdict: the parent's end of what ProgramRunner.swift describes.
// Blocks its thread, which must live as long as the process: the kernel sends a child's death signal when the thread
// that started it ends.
// SPDX-License-Identifier: Apache-2.0

import Foundation

struct CodeProcess {
    /// What starts the runner.
    struct Launch {
        /// An absolute path and its arguments.
        var command: [String]
        var environment: [String]
        /// A file that the command reads from descriptor 4.
        var filter: Descriptor?
    }

    /// Starting takes tens of milliseconds; as long as this only on a machine without any time left.
    private static let startSeconds = 30.0
    /// From the timer inside to the kill from outside.
    private static let graceSeconds = 1.0
    /// What is kept of the output. The rest is read and dropped, so that a program never waits for its reader.
    private static let outputLimit = 64 << 10

    private let child: ChildProcess
    private let interruption: Interruption
    /// The streams from the child, until they end.
    private var control: Descriptor?
    private var output: Descriptor?
    /// What came from them so far.
    private var answer: [UInt8] = []
    private var printed: [UInt8] = []
    /// What is still to be sent.
    private var unsent: ArraySlice<UInt8> = []

    /// Runs `program` and waits for its verdict. When this returns, no process of it is left.
    ///
    /// - Throws: `CancellationError` when interrupted, else `SandboxError`.
    static func run(
        _ program: String, by launch: Launch, timeoutSeconds: Double, interruption: Interruption
    ) throws -> CodeOutcome {
        var process = try CodeProcess(launch, interruption: interruption)
        return try process.judge(program, timeoutSeconds: timeoutSeconds)
    }

    private init(_ launch: Launch, interruption: Interruption) throws(SandboxError) {
        let (control, childControl) = try Descriptor.socketPair()
        let (output, childOutput) = try Descriptor.pipe()
        let nothing = try Descriptor.nothing()
        child = try ChildProcess(
            launch.command, environment: launch.environment,
            descriptors: [nothing, childOutput, childOutput, childControl] + (launch.filter.map { [$0] } ?? []))
        self.control = control
        self.output = output
        self.interruption = interruption
    }

    private mutating func judge(_ program: String, timeoutSeconds: Double) throws -> CodeOutcome {
        // The program is sent only when the runner says that it is there: the clock then measures the program alone,
        // and by then the kernel ends the process with us, should we be killed.
        let start = wait(for: Array("R".utf8), seconds: Self.startSeconds)
        guard start == .arrived else {
            let ending = end()
            if start == .interrupted { throw CancellationError() }
            let silence = start == .late ? "no answer within \(Int(Self.startSeconds)) s" : "it ended with \(ending)"
            throw SandboxError.didNotStart(said: lastLine ?? silence)
        }
        answer = []
        var random = SystemRandomNumberGenerator()
        let nonce = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        let length = withUnsafeBytes(of: UInt64(program.utf8.count).littleEndian) { Array($0) }
        unsent = (length + Array(program.utf8) + nonce)[...]

        let wait = wait(seconds: timeoutSeconds + Self.graceSeconds)
        let ending = end()
        if wait == .interrupted { throw CancellationError() }
        if answer == Array("P".utf8) + nonce { return .passed }
        if answer.first == UInt8(ascii: "F") {
            return .failed(String(decoding: answer.dropFirst(), as: UTF8.self))
        }
        if answer == Array("T".utf8) || wait == .late { return .timedOut }
        return .failed("it ended without a verdict: \(ending)" + (lastLine.map { ", \($0)" } ?? ""))
    }

    // MARK: - Waiting

    private enum Wait { case arrived, ended, late, interrupted }

    /// Reads and sends until `expected` is all that came, or both streams have ended.
    ///
    /// A program with a verdict is let end by itself: bubblewrap then buries it. That of a killed bubblewrap is left to
    /// the machine's init.
    private mutating func wait(for expected: [UInt8]? = nil, seconds: Double) -> Wait {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            if answer == expected { return .arrived }
            if control == nil && output == nil { return .ended }
            let left = deadline - ContinuousClock.now
            if left <= .zero { return .late }
            if exchange(within: left, stopping: true) { return .interrupted }
        }
    }

    /// Kills what still runs and waits until it is gone: the streams end when the last process that holds them does.
    private mutating func end() -> ChildProcess.Ending {
        let ending = child.end()
        unsent = []
        let deadline = ContinuousClock.now + .seconds(Self.graceSeconds)
        while (control != nil || output != nil) && ContinuousClock.now < deadline {
            _ = exchange(within: deadline - ContinuousClock.now, stopping: false)
        }
        return ending
    }

    /// Waits once for something to read or send and does it. Returns whether the interruption was raised.
    private mutating func exchange(within time: Duration, stopping: Bool) -> Bool {
        // poll ignores entries of negative numbers.
        var polls = [
            pollfd(fd: stopping ? interruption.signal.number : -1, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: control?.number ?? -1, events: Int16(POLLIN) | (unsent.isEmpty ? 0 : Int16(POLLOUT)), revents: 0),
            pollfd(fd: output?.number ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds = max(1, min(60_000, Int32((time / .milliseconds(1)).rounded(.up))))
        guard poll(&polls, nfds_t(polls.count), milliseconds) > 0 else { return false }
        if polls[0].revents != 0 { return true }
        if let control, polls[1].revents != 0 {
            if polls[1].revents & Int16(POLLOUT) != 0 { unsent = unsent.dropFirst(control.send(unsent)) }
            if polls[1].revents & ~Int16(POLLOUT) != 0, !Self.append(control, to: &answer, limit: 8 << 10) {
                self.control = nil
            }
        }
        if let output, polls[2].revents != 0, !Self.append(output, to: &printed, limit: Self.outputLimit) {
            self.output = nil
        }
        return false
    }

    /// Reads once and keeps what fits. Returns false at the end of the stream.
    private static func append(_ stream: Descriptor, to bytes: inout [UInt8], limit: Int) -> Bool {
        let more = stream.read(limit: 64 << 10)
        bytes += more.prefix(limit - bytes.count)
        return !more.isEmpty
    }

    /// The last line of the output, which of a crash is the one that says most.
    private var lastLine: String? {
        printed.split(separator: UInt8(ascii: "\n")).last.map { String(decoding: $0.prefix(500), as: UTF8.self) }
    }
}
