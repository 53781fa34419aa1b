// The world of an agent: text in, text out, one episode at a time. Environments are values, so that a copy is a saved
// state and episodes run side by side. To add one: a folder with a conformance, and its line in the registry.
// SPDX-License-Identifier: Apache-2.0

/// What an environment answers.
package struct Observation: Sendable, Equatable {
    /// Exactly what the original environment prints.
    package var text: String
    /// The reward so far, from 0 to 1 where the environment has an end that counts.
    package var reward: Double
    /// Nothing more can be done in this episode.
    package var isDone: Bool
    /// The commands that would be understood now; nil where any text is.
    package var admissible: [String]?

    package init(_ text: String, reward: Double = 0, isDone: Bool = false, admissible: [String]? = nil) {
        (self.text, self.reward, self.isDone, self.admissible) = (text, reward, isDone, admissible)
    }
}

package protocol AgentEnvironment: Sendable {
    /// Begins the episode anew and returns the first observation.
    mutating func reset() throws -> Observation

    /// Does what the agent says. An action that is not understood is an observation that says so, as in the original,
    /// and no error; errors are faults of data.
    mutating func step(_ action: String) throws -> Observation
}
