// ALFWorld in text, with TextWorld's answers: a command that is not exactly one of the admissible ones does nothing.
// SPDX-License-Identifier: Apache-2.0

package struct ALFWorldEnvironment: AgentEnvironment {
    package let game: ALFWorldGame
    package private(set) var state: PDDLState

    package init(_ game: ALFWorldGame) {
        (self.game, state) = (game, game.initialState)
    }

    package mutating func reset() throws -> Observation {
        state = game.initialState
        return try observation(game.introduction)
    }

    /// White space around a command is ignored, case is not. A game that is won goes on if one plays on, and its reward
    /// can go again: who plays looks at `isDone`.
    package mutating func step(_ action: String) throws -> Observation {
        guard let operation = try game.operation(for: Self.stripped(action), in: state) else {
            return try observation("Nothing happens.")
        }
        state.apply(operation)
        return try observation(game.feedback(of: operation, in: state))
    }

    private func observation(_ text: String) throws -> Observation {
        let isWon = state.isGoal
        return Observation(
            text, reward: isWon ? 1 : 0, isDone: isWon, admissible: try game.admissibleCommands(in: state))
    }

    /// Python's `str.strip`.
    private static func stripped(_ text: String) -> String {
        func isSpace(_ scalar: UnicodeScalar) -> Bool {
            scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
        }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}
