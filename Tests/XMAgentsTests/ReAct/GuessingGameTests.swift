// The environment of docs/adding-an-environment.md, as it stands there, played by a scripted model.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMAgents
import XMTestSupport

struct GuessingGame: AgentEnvironment {
    let number: Int
    var guesses = 0

    mutating func reset() -> Observation {
        guesses = 0
        return Observation("I think of a number from 1 to 100.")
    }

    mutating func step(_ action: String) -> Observation {
        guard action.hasPrefix("guess["), action.hasSuffix("]"), let guess = Int(action.dropFirst(6).dropLast()) else {
            return Observation("Invalid action: \(action)")
        }
        guesses += 1
        guard guess != number else { return Observation("Right.", reward: guesses <= 7 ? 1 : 0, isDone: true) }
        return Observation(guess < number ? "Too small." : "Too large.")
    }
}

@Suite("GuessingGameTests")
struct GuessingGameTests {
    private static let format = ReActFormat(
        head: "Guess a number. An action is guess[number].\n\n",
        turn: .line(cue: "\n>", observation: ""), actions: .bracketed(["guess"]), maxSteps: 10)

    @Test("a model that halves the interval finds the number")
    func halving() async throws {
        let model = ScriptedModel.canned { prompt in
            let answers = prompt.split(separator: "\n").filter { $0.hasPrefix("Too ") }
            var (low, high) = (1, 100)
            for answer in answers {
                let middle = (low + high) / 2
                if answer == "Too small." { low = middle + 1 } else { high = middle - 1 }
            }
            return " guess[\((low + high) / 2)]\n"
        }
        let episode = AgentEpisode(id: "guess-37", task: "guess", environmentVersion: "1", format: Self.format) {
            GuessingGame(number: 37)
        }
        let trajectory = try await AgentLoop(model).run(episode).trajectory
        #expect(trajectory.outcome == .completed && trajectory.score == 1)
        #expect(trajectory.steps.map(\.action) == ["guess[50]", "guess[25]", "guess[37]"])
    }
}
