// Reads an episode as ReAct's notebooks print it: thoughts, actions and observations with their numbers. Old episodes
// show what a model saw and did, and give a recorded Wikipedia its answers.
// SPDX-License-Identifier: Apache-2.0

package struct ReActTranscript: Sendable, Equatable {
    package struct Step: Sendable, Equatable {
        package let thought: String
        package let action: String
        /// Without the white space at its end.
        package let observation: String
        /// The completion without an action, where the model had to be asked for one.
        package let badCompletion: String?
    }

    package let steps: [Step]

    /// - Parameter text: the printed text, from the line of the question on. Text behind the last observation that does
    ///   not begin a step is not part of any.
    package init(_ text: String) {
        var rest = text
        var steps: [Step] = []
        while true {
            let number = steps.count + 1
            guard let (before, thought) = Self.cut(rest, at: "\nThought \(number): "),
                let (thoughtText, action) = Self.cut(thought, at: "\nAction \(number): "),
                let (actionText, observation) = Self.cut(action, at: "\nObservation \(number): ")
            else { break }
            let bad = Self.cut(before, at: "\nohh... ")?.1
            let end = ["\nThought \(number + 1): ", "\nohh... ", "\n{'steps': "].compactMap {
                Self.cut(observation, at: $0)?.0
            }.min { $0.utf8.count < $1.utf8.count }
            steps.append(
                Step(
                    thought: thoughtText, action: actionText, observation: (end ?? observation).pythonStripped,
                    badCompletion: bad))
            rest = observation
        }
        self.steps = steps
    }

    /// The text before and after the first occurrence.
    private static func cut(_ text: String, at mark: String) -> (String, String)? {
        let parts = text.pythonSplit(mark)
        guard parts.count > 1 else { return nil }
        return (parts[0], parts.dropFirst().joined(separator: mark))
    }
}
