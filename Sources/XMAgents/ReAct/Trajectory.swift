// An episode as it is stored: a line of `trajectories.jsonl`. It holds nothing that depends on the machine or on the
// episodes that ran beside it, so equal runs write equal files.
// SPDX-License-Identifier: Apache-2.0

package struct Trajectory: Codable, Sendable, Equatable {
    package struct Token: Codable, Sendable, Equatable {
        package let text: String
        package let logprob: Float
    }

    package struct Step: Codable, Sendable, Equatable {
        /// nil where a turn is one line, which is an action or a thought.
        package var thought: String?
        package var action: String
        package var repaired: [Slip]
        /// As the environment gave it.
        package var observation: String
        package var promptTokens: Int
        /// Steps of this episode that the context had no room for.
        package var droppedSteps: Int
        /// What the model wrote: one completion, or two where the first had no action.
        package var completions: [String]
        package var tokens: [Token]
        /// Sum over the tokens.
        package var logprob: Double

        enum CodingKeys: String, CodingKey {
            case thought, action, repaired, observation, completions, tokens, logprob
            case promptTokens = "prompt_tokens"
            case droppedSteps = "dropped_steps"
        }
    }

    package var id: String
    package var task: String
    package var model: String
    /// How the model was prompted and its actions read: "paper", "lenient".
    package var promptMode: String
    package var outcome: Outcome
    package var score: Double
    package var seed: UInt64
    /// Environment, data and prompt: what scores depend on besides the model.
    package var environmentVersion: String
    /// The environment's error, where the outcome is one.
    package var error: String?
    /// The first cycle that the agent went into.
    package var cycle: AgentCycle?
    package var firstObservation: String
    package var steps: [Step]

    enum CodingKeys: String, CodingKey {
        case id, task, model, outcome, score, seed, error, cycle, steps
        case promptMode = "prompt_mode"
        case environmentVersion = "environment_version"
        case firstObservation = "first_observation"
    }

    /// Generated tokens.
    package var tokenCount: Int { steps.reduce(0) { $0 + $1.tokens.count } }

    /// How often each slip was repaired.
    package var repairs: [Slip: Int] {
        steps.flatMap(\.repaired).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// What the agent finished with, in HotpotQA and FEVER.
    package var answer: String? {
        steps.last.flatMap { $0.action.argument(after: "Finish[") ?? $0.action.argument(after: "finish[") }
    }
}

/// A trajectory and what it took here.
package struct EpisodeRecord: Codable, Sendable, Equatable {
    package var trajectory: Trajectory
    package var seconds: Double

    package init(trajectory: Trajectory, seconds: Double) { (self.trajectory, self.seconds) = (trajectory, seconds) }
}
