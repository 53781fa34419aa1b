// Reads one message at a terminal prompt: bytes become keys (KeyDecoder), keys change the state (EditingState), and the
// message is redrawn after each (LineLayout). The terminal must be in the mode that TerminalMode.swift sets.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package final class LineEditor {
    package enum Input: Equatable {
        case message(String)
        /// Ctrl-C twice or Ctrl-D on an empty message, or the terminal is gone.
        case end
    }

    private let mode: TerminalMode
    private let input: Int32
    private let output: FileHandle
    private let style: TextStyle
    private let history: InputHistory
    private let completions: (String) -> [String]
    private var decoder = KeyDecoder()
    /// Keys typed after the one that ended the last message.
    private var waiting: ArraySlice<Key> = []
    /// The layout now on the screen.
    private var drawn: LineLayout?

    /// Longest pause between the bytes of one key.
    private static let keyTimeoutMilliseconds: Int32 = 50

    package init(
        _ mode: TerminalMode, input: FileHandle, output: FileHandle, style: TextStyle, history: InputHistory,
        completions: @escaping (String) -> [String]
    ) {
        (self.mode, self.input, self.output, self.style) = (mode, input.fileDescriptor, output, style)
        (self.history, self.completions) = (history, completions)
    }

    /// Reads the next message, which stays on the screen. Throws `OutputError`.
    package func read(prompt: String) throws -> Input {
        mode.readKeys()
        var state = EditingState(history: history, completions: completions)
        var isWarned = false
        drawn = nil
        try draw(prompt, state.buffer)
        while let key = try nextKey(whenResized: { try draw(prompt, state.buffer) }) {
            let outcome = state.apply(key)
            switch outcome {
            case .editing: break
            case .submitted(let text):
                try finish(prompt, state.buffer)
                return .message(text)
            case .cleared:
                try finish(prompt, state.buffer)
                state = EditingState(history: history, completions: completions)
            case .interrupted:
                if isWarned { fallthrough }
                try finish(prompt, state.buffer)
                try write(style.dim("Press Ctrl-C again or Ctrl-D to leave") + "\r\n")
            case .endOfInput:
                try finish(prompt, state.buffer)
                return .end
            case .clearScreen:
                try write("\u{1B}[H\u{1B}[2J")
                drawn = nil
            case .suspend: try suspend()
            }
            isWarned = outcome == .interrupted
            if waiting.isEmpty { try draw(prompt, state.buffer) }
        }
        return .end
    }

    /// Suspends the program until the shell resumes it.
    private func suspend() throws {
        try write("\r\n")
        mode.leave()
        kill(0, SIGTSTP)
        mode.enter()
        drawn = nil
    }

    // MARK: Reading

    private func nextKey(whenResized redraw: () throws -> Void) throws -> Key? {
        while waiting.isEmpty {
            switch mode.wait(milliseconds: decoder.isWaiting ? Self.keyTimeoutMilliseconds : nil) {
            case .nothing:
                waiting = decoder.flush()[...]
                continue
            case .resized:
                try redraw()
                continue
            case .input: break
            }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = Foundation.read(input, &bytes, bytes.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return nil }
            waiting = decoder.feed(bytes[..<count])[...]
        }
        return waiting.removeFirst()
    }

    // MARK: Drawing

    private func draw(_ prompt: String, _ buffer: EditBuffer) throws {
        let size = Terminal.size(output)
        try show(LineLayout(prompt: prompt, buffer, columns: size.columns, style: style).window(height: size.rows - 1))
    }

    /// Draws the whole message and puts the cursor on a new row below.
    private func finish(_ prompt: String, _ buffer: EditBuffer) throws {
        try show(LineLayout(prompt: prompt, EditBuffer(buffer.text), columns: Terminal.width(output), style: style))
        try write("\r\n")
        drawn = nil
    }

    /// Replaces the drawn layout.
    private func show(_ layout: LineLayout) throws {
        func up(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A" : "" }
        let below = layout.rows.count - 1 - layout.cursorRow
        try write(
            up(drawn?.rowsAboveCursor(columns: Terminal.width(output)) ?? 0) + "\r\u{1B}[J"
                + layout.rows.joined(separator: "\r\n") + up(below) + "\r"
                + (layout.cursorColumn > 0 ? "\u{1B}[\(layout.cursorColumn)C" : ""))
        drawn = layout
    }

    private func write(_ text: String) throws { try output.writeText(text) }
}
