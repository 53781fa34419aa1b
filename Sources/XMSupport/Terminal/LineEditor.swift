// Reads one message at a prompt of a terminal: bytes to keys (KeyDecoder), keys to changes (EditingState), and after
// each the message drawn anew (LineLayout). The terminal must be in the mode of TerminalMode.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package final class LineEditor {
    package enum Input: Equatable {
        case message(String)
        /// Ctrl-C twice, or Ctrl-D, with nothing written; or the terminal is gone.
        case end
    }

    private let mode: TerminalMode
    private let input: Int32
    private let output: FileHandle
    private let style: TextStyle
    private let history: InputHistory
    private let completions: (String) -> [String]
    private var decoder = KeyDecoder()
    /// Keys behind the one that ended the last message.
    private var waiting: ArraySlice<Key> = []
    /// Row of the cursor below the first row of what is drawn.
    private var drawnRow = 0

    /// How long the bytes of one key may be apart.
    private static let keyTimeoutMilliseconds: Int32 = 50

    package init(
        _ mode: TerminalMode, input: FileHandle, output: FileHandle, style: TextStyle, history: InputHistory,
        completions: @escaping (String) -> [String]
    ) {
        (self.mode, self.input, self.output, self.style) = (mode, input.fileDescriptor, output, style)
        (self.history, self.completions) = (history, completions)
    }

    /// The next message, which stays on the screen as it was written. Throws `OutputError`.
    package func read(prompt: String) throws -> Input {
        mode.readKeys()
        var state = EditingState(history: history, completions: completions)
        var isWarned = false
        drawnRow = 0
        try draw(prompt, state.buffer)
        while let key = nextKey() {
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
                try write(style.dim("Ctrl-C again or Ctrl-D leaves") + "\r\n")
            case .endOfInput:
                try finish(prompt, state.buffer)
                return .end
            case .clearScreen:
                try write("\u{1B}[H\u{1B}[2J")
                drawnRow = 0
            case .suspend: try suspend()
            }
            isWarned = outcome == .interrupted
            if waiting.isEmpty { try draw(prompt, state.buffer) }
        }
        return .end
    }

    /// Back to the shell, until it says to go on.
    private func suspend() throws {
        try write("\r\n")
        mode.leave()
        kill(0, SIGTSTP)
        mode.enter()
        drawnRow = 0
    }

    // MARK: Reading

    private func nextKey() -> Key? {
        while waiting.isEmpty {
            if decoder.isWaiting {
                var source = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
                if poll(&source, 1, Self.keyTimeoutMilliseconds) == 0 {
                    waiting = decoder.flush()[...]
                    continue
                }
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

    /// The whole message, the cursor on a new row under it.
    private func finish(_ prompt: String, _ buffer: EditBuffer) throws {
        try show(LineLayout(prompt: prompt, EditBuffer(buffer.text), columns: Terminal.width(output), style: style))
        try write("\r\n")
        drawnRow = 0
    }

    private func show(_ layout: LineLayout) throws {
        func up(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A" : "" }
        let below = layout.rows.count - 1 - layout.cursorRow
        try write(
            up(drawnRow) + "\r\u{1B}[J" + layout.rows.joined(separator: "\r\n") + up(below) + "\r"
                + (layout.cursorColumn > 0 ? "\u{1B}[\(layout.cursorColumn)C" : ""))
        drawnRow = layout.cursorRow
    }

    private func write(_ text: String) throws { try output.writeText(text) }
}
