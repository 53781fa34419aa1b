// What each key does at the prompt: editing, history, completion, submitting and leaving. Pure state, no terminal:
// LineEditor.swift reads the keys and draws.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package struct EditingState {
    package enum Outcome: Equatable {
        /// Editing continues; the message may have changed.
        case editing
        case submitted(String)
        /// Ctrl-C discarded the message.
        case cleared
        /// Ctrl-C on an empty message.
        case interrupted
        /// Ctrl-D on an empty message.
        case endOfInput
        case clearScreen
        case suspend
    }

    package private(set) var buffer = EditBuffer()
    private let history: InputHistory
    /// Completions of the text before the cursor, each in full.
    private let completions: (String) -> [String]

    package init(history: InputHistory, completions: @escaping (String) -> [String] = { _ in [] }) {
        self.history = history
        self.completions = completions
    }

    package mutating func apply(_ key: Key) -> Outcome {
        switch key {
        case .text(let text), .paste(let text): buffer.insert(text)
        case .enter:
            // A backslash at the end continues the message on the next line.
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

    /// Inserts the common prefix of all completions.
    private mutating func complete() {
        let candidates = completions(buffer.before)
        guard var common = candidates.first else { return }
        for candidate in candidates { common = common.commonPrefix(with: candidate) }
        guard common.hasPrefix(buffer.before) else { return }
        buffer.insert(String(common.dropFirst(buffer.before.count)))
    }
}
