// From what a model wrote to the action that it takes. `paper` takes the text as ReAct's notebooks do. `lenient` also
// repairs a table of slips that small models make, one by one, and says which: so results tell how much of a score is
// lost to the format. An action that is understood as it stands is never changed.
// SPDX-License-Identifier: Apache-2.0

/// A mistake of form that `lenient` repairs.
package enum Slip: String, Sendable, Codable, CaseIterable {
    /// `Action: Action: search[x]`, `> go to desk 1`.
    case repeatedLabel = "repeated_label"
    /// `Action: search[x]` where `Action 3: search[x]` is wanted, or `go to desk` for `go to desk 1`.
    case missingNumber = "missing_number"
    /// The model goes on and answers itself.
    case inventedObservation = "invented_observation"
    /// Something else follows the action.
    case trailingText = "trailing_text"
    case letterCase = "letter_case"
    /// Quotes or backticks around the action or its argument.
    case quotes
    /// A full stop at the end.
    case fullStop = "full_stop"
    /// `search[x`, `search(x)`, `search: x`.
    case missingBracket = "missing_bracket"
    /// `put x in/on y` for `move x to y`, or the other way.
    case otherVerb = "other_verb"
}

package struct ActionParser: Sendable {
    package enum Mode: String, Sendable, Codable, CaseIterable { case paper, lenient }

    package struct Parsed: Sendable, Equatable {
        package var thought: String?
        package var action: String
        package var repairs: [Slip] = []

        package init(thought: String? = nil, action: String, repairs: [Slip] = []) {
            (self.thought, self.action, self.repairs) = (thought, action, repairs)
        }
    }

    private let mode: Mode
    private let format: ReActFormat

    package init(_ mode: Mode, _ format: ReActFormat) { (self.mode, self.format) = (mode, format) }

    /// The turn in a completion of step `number`. nil: the completion has no action, so the model is asked for one
    /// behind `thought(of:)`.
    package func parse(_ completion: String, step number: Int, admissible: [String]?) -> Parsed? {
        guard format.turn == .thoughtAndAction else {
            // WebShop's loop removes blanks in front only, ALFWorld's white space on both sides.
            let spaces = completion.unicodeScalars.prefix { $0 == " " }.count
            let stripsBothEnds = if case .commands = format.actions { true } else { false }
            let action =
                stripsBothEnds
                ? completion.pythonStripped
                : String(String.UnicodeScalarView(completion.unicodeScalars.dropFirst(spaces)))
            return repaired(Parsed(action: action), admissible)
        }
        let parts = completion.pythonStripped.pythonSplit("\nAction \(number): ")
        if parts.count == 2 { return repaired(Parsed(thought: parts[0], action: parts[1]), admissible) }
        guard mode == .lenient, let found = ActionRepair.labelledAction(in: completion.pythonStripped) else {
            return nil
        }
        return repaired(found, admissible)
    }

    /// The thought of a completion without an action: its first line.
    package func thought(of completion: String) -> String { completion.pythonStripped.pythonSplit("\n")[0] }

    /// The action that the model gave when asked for it.
    package func parse(action completion: String, thought: String, admissible: [String]?) -> Parsed {
        repaired(Parsed(thought: thought, action: completion.pythonStripped), admissible)
    }

    private func repaired(_ parsed: Parsed, _ admissible: [String]?) -> Parsed {
        // The environment takes `search[a]\nsearch[b]` for one search, which is never meant.
        let isOneLine = !parsed.action.utf8.contains(UInt8(ascii: "\n"))
        guard mode == .lenient, !isOneLine || !format.isUnderstood(parsed.action, admissible: admissible) else {
            return parsed
        }
        var repair = ActionRepair(parsed.action, slips: parsed.repairs)
        switch format.actions {
        case .bracketed(let verbs): repair.bracketed(verbs, admissible: admissible)
        case .commands(let thought): repair.command(thought: thought, admissible: admissible ?? [])
        }
        guard format.isUnderstood(repair.action, admissible: admissible) else { return parsed }
        return Parsed(thought: parsed.thought, action: repair.action, repairs: repair.slips)
    }
}
