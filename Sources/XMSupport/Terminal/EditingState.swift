// What each key does to the message at a prompt: editing, history, completion, and the ways to end. No terminal here:
// LineEditor.swift reads and draws.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package struct EditingState {
    package enum Outcome: Equatable {
        /// Goes on; the message may have changed.
        case editing
        case submitted(String)
        /// Ctrl-C removed what was written.
        case cleared
        /// Ctrl-C with nothing written.
        case interrupted
        /// Ctrl-D with nothing written.
        case endOfInput
        case clearScreen
        case suspend
    }

    package private(set) var buffer = EditBuffer()
    private let history: InputHistory
    /// Continuations of the text before the cursor, each as the whole text.
    private let completions: (String) -> [String]

    package init(history: InputHistory, completions: @escaping (String) -> [String] = { _ in [] }) {
        self.history = history
        self.completions = completions
    }

    package mutating func apply(_ key: Key) -> Outcome {
        switch key {
        case .text(let text), .paste(let text): buffer.insert(text)
        case .enter:
            // A backslash at the end of the line goes on in the next one.
            guard buffer.after.isEmpty, buffer.before.hasSuffix("\\") else { return .submitted(buffer.text) }
            buffer.deleteBackward()
            buffer.insert("\n")
        case .newline: buffer.insert("\n")
        case .tab: complete()
        case .backspace: buffer.deleteBackward()
        case .delete: buffer.deleteForward()
        case .left: buffer.moveLeft()
        case .right: buffer.moveRight()
        case .home: buffer.moveHome()
        case .end: buffer.moveEnd()
        case .wordLeft: buffer.moveWordLeft()
        case .wordRight: buffer.moveWordRight()
        case .up: if !buffer.moveUp(), let entry = history.previous(buffer.text) { buffer.replace(with: entry) }
        case .down: if !buffer.moveDown(), let entry = history.next() { buffer.replace(with: entry) }
        case .cutWordLeft: buffer.cutWordLeft()
        case .cutWordRight: buffer.cutWordRight()
        case .cutToStart: buffer.cutToStart()
        case .cutToEnd: buffer.cutToEnd()
        case .insertCut: buffer.insertCut()
        case .clearScreen: return .clearScreen
        case .interrupt: return buffer.isEmpty ? .interrupted : .cleared
        case .endOfInput:
            guard !buffer.isEmpty else { return .endOfInput }
            buffer.deleteForward()
        case .suspend: return .suspend
        case .unknown: break
        }
        return .editing
    }

    /// Adds what all completions have in common.
    private mutating func complete() {
        let candidates = completions(buffer.before)
        guard var common = candidates.first else { return }
        for candidate in candidates { common = common.commonPrefix(with: candidate) }
        guard common.hasPrefix(buffer.before) else { return }
        buffer.insert(String(common.dropFirst(buffer.before.count)))
    }
}
