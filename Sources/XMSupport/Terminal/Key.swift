// What a person at a terminal does, free of the bytes that the terminal sends for it.
// KeyDecoder.swift makes keys from bytes, EditingState.swift acts on them.
// SPDX-License-Identifier: Apache-2.0

package enum Key: Sendable, Equatable {
    /// A typed character.
    case text(String)
    /// Pasted text, however many lines; line ends are "\n".
    case paste(String)
    case enter
    /// Alt-Enter and Shift-Enter: a new line inside the message.
    case newline
    case tab
    case backspace, delete
    case left, right, up, down, home, end, wordLeft, wordRight
    case cutWordLeft, cutWordRight, cutToStart, cutToEnd, insertCut
    case clearScreen
    /// Ctrl-C, Ctrl-D and Ctrl-Z.
    case interrupt, endOfInput, suspend
    /// A key that means nothing here.
    case unknown
}
