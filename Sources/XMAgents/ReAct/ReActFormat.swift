// How a task's prompt is put together and how the model takes its turn, as ReAct's notebooks do it (Yao et al. 2023):
// numbered thoughts and actions for HotpotQA and FEVER, one line a turn for ALFWorld and WebShop. AgentLoop.swift runs
// any environment with a value of this type.
// SPDX-License-Identifier: Apache-2.0

package struct ReActFormat: Sendable {
    package enum Turn: Sendable, Equatable {
        /// `Thought i: …`, `Action i: …` in one completion that ends at `Observation i:`.
        case thoughtAndAction
        /// One line, which is an action or a thought. `cue` stands in front of it, `observation` in front of what is
        /// answered.
        case line(cue: String, observation: String)
    }

    /// What an action looks like.
    package enum Actions: Sendable, Equatable {
        /// `verb[argument]`, with the verbs as the exemplars spell them.
        case bracketed([String])
        /// One of the observation's admissible commands, or a thought, which begins with this.
        case commands(thought: String)
    }

    /// Instruction and exemplars: the same for many episodes, so an engine reads them once.
    package var head: String
    package var turn: Turn
    package var actions: Actions
    /// Actions that the model may take.
    package var maxSteps: Int
    /// Only this many scalars of the prompt are given: the head, and as much of the episode's end as fits.
    package var maxScalars: Int?
    /// Done in the model's stead when its steps are used up.
    package var closingAction: String?
    /// How an observation is shown to the model after its action.
    package var shown: @Sendable (_ action: String, _ observation: String) -> String

    package init(
        head: String, turn: Turn, actions: Actions, maxSteps: Int, maxScalars: Int? = nil,
        closingAction: String? = nil, shown: @escaping @Sendable (String, String) -> String = { $1 }
    ) {
        (self.head, self.turn, self.actions, self.maxSteps) = (head, turn, actions, maxSteps)
        (self.maxScalars, self.closingAction, self.shown) = (maxScalars, closingAction, shown)
    }

    // MARK: - The four tasks

    /// HotpotQA and FEVER.
    package static func wikipedia(head: String) -> ReActFormat {
        ReActFormat(
            head: head, turn: .thoughtAndAction, actions: .bracketed(["Search", "Lookup", "Finish"]), maxSteps: 7,
            closingAction: "finish[]"
        ) { _, observation in
            // The two characters backslash and n, which the original removes.
            observation.pythonSplit("\\n").joined()
        }
    }

    /// ALFWorld. - Parameter head: with the two exemplars of the game's type.
    package static func alfWorld(head: String) -> ReActFormat {
        ReActFormat(
            head: head, turn: .line(cue: "\n>", observation: ""), actions: .commands(thought: "think:"), maxSteps: 49
        ) { action, observation in
            if action.dropping(prefix: "think:") != nil { return "OK." }
            guard observation.dropping(prefix: "You arrive at loc ") != nil else { return observation }
            // Python's `ob[ob.find('. ') + 2:]`, which drops one character where there is no ". ".
            let parts = observation.pythonSplit(". ")
            guard parts.count > 1 else {
                return String(String.UnicodeScalarView(observation.unicodeScalars.dropFirst()))
            }
            return parts.dropFirst().joined(separator: ". ")
        }
    }

    /// WebShop: 15 calls of the environment, of which the first is the reset.
    package static func webShop(head: String) -> ReActFormat {
        ReActFormat(
            head: head, turn: .line(cue: "\n\nAction:", observation: "Observation: "),
            actions: .bracketed(["search", "click", "think"]), maxSteps: 14, maxScalars: 6400)
    }

    // MARK: - Texts

    /// What follows the head: the episode's first observation.
    func opening(_ observation: String) -> String {
        switch turn {
        case .thoughtAndAction: observation + "\n"
        case .line(let cue, _): observation + cue
        }
    }

    /// Behind which the model writes its turn of step `number`, from 1.
    func cue(_ number: Int) -> String { turn == .thoughtAndAction ? "Thought \(number):" : "" }

    /// Where its text ends.
    func stop(_ number: Int) -> String { turn == .thoughtAndAction ? "\nObservation \(number):" : "\n" }

    /// What a constrained action may be: admissible commands, or the task's verbs where nothing lists those.
    func mask(_ vocabulary: TokenBytes, admissible: [String]?) -> ActionMask? {
        switch actions {
        case .commands(let thought):
            admissible.map { ActionMask(vocabulary, commands: $0, thought: thought) }
        case .bracketed(let verbs):
            ActionMask(
                vocabulary, commands: admissible ?? verbs.filter { $0 != "think" }.map { $0 + "[" },
                thought: verbs.contains("think") ? "think[" : nil)
        }
    }

    /// A finished step as the next prompt shows it: what the model wrote, what was answered, and the next cue.
    func texts(of step: Int, thought: String?, action: String, observation: String) -> AgentPrompt.Step {
        let shown = shown(action, observation)
        switch turn {
        case .thoughtAndAction:
            return AgentPrompt.Step(
                written: "Thought \(step): \(thought ?? "")\nAction \(step): \(action)\n",
                answered: "Observation \(step): \(shown)\n", cue: "")
        case .line(let cue, let label):
            return AgentPrompt.Step(written: " \(action)\n", answered: label + shown, cue: cue)
        }
    }

    /// An action as the environment gets it: the exemplars of HotpotQA begin it with a capital.
    func executed(_ action: String) -> String {
        guard turn == .thoughtAndAction, let first = action.unicodeScalars.first else { return action }
        return first.properties.lowercaseMapping + String(String.UnicodeScalarView(action.unicodeScalars.dropFirst()))
    }

    /// Whether the environment can understand an action. An admissible list decides where there is one; thoughts are
    /// always understood.
    func isUnderstood(_ action: String, admissible: [String]?) -> Bool {
        let executed = executed(action)
        switch actions {
        case .bracketed(let verbs):
            if executed.argument(after: "think[") != nil { return true }
            guard let admissible else {
                return verbs.contains { executed.argument(after: "\($0.lowercased())[") != nil }
            }
            return admissible.contains { $0.utf8.elementsEqual(executed.utf8) }
        case .commands(let thought):
            guard action.dropping(prefix: thought) == nil, let admissible else { return true }
            return admissible.contains { $0.utf8.elementsEqual(action.utf8) }
        }
    }
}
