// The keys of a line editor, independent of the bytes that terminals send for them.
// KeyDecoder.swift makes keys from bytes; EditingState.swift acts on them.
// SPDX-License-Identifier: Apache-2.0

package enum Key: Sendable, Equatable {
    /// A typed character.
    case text(String)
    /// Pasted text of any number of lines, separated by "\n".
    case paste(String)
    case enter
    /// Alt-Enter or Shift-Enter: a line end inside the message.
    case newline
    case tab
    case backspace, delete
    case left, right, up, down, home, end, wordLeft, wordRight
    case cutWordLeft, cutWordRight, cutToStart, cutToEnd, insertCut
    case clearScreen
    /// Ctrl-C, Ctrl-D and Ctrl-Z.
    case interrupt, endOfInput, suspend
    /// A key without a function.
    case unknown
}
