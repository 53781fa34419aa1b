// ALFWorld's commands and answers were reworded in November 2024. ReAct's published prompts are older, and a model that
// copies them would not be understood. Both wordings play the same games.
// SPDX-License-Identifier: Apache-2.0

package enum ALFWorldWording: String, Sendable, CaseIterable {
    /// `move apple 1 to fridge 1`, "You arrive at fridge 1.": data 2.1.2 and later.
    case current
    /// `put apple 1 in/on fridge 1`, "You arrive at loc 4.": data 2.1.1, which ReAct's prompts show.
    case original

    /// What the official upgrade of old game files replaces: (original, current).
    private static let replacements = [
        ("You arrive at {lend.name}.", "You arrive at {r.name}."),
        ("put {o} in/on {r}", "move {o} to {r}"),
        ("You put the {o.name} in/on the {r.name}.", "You move the {o.name} to the {r.name}."),
    ]

    /// A game's grammar in this wording, whichever it was written in.
    package func grammar(_ text: String) -> String {
        Self.replacements.reduce(text) { text, pair in
            let (original, current) = pair
            return self == .current
                ? text.exchanging(original, for: current) : text.exchanging(current, for: original)
        }
    }

    /// The forms in which `command` may have been meant, the most likely first. In the original wording, `put … in …`,
    /// `put … on …` and the newer `move … to …` are taken for `put … in/on …`; otherwise a command means itself.
    func readings(of command: String) -> [String] {
        guard self == .original else { return [command] }
        for (verb, joint) in [("put ", " in "), ("put ", " on "), ("move ", " to ")]
        where command.begins(with: verb) {
            guard let (start, receptacle) = command.cut(atFirst: joint) else { continue }
            let object = String(decoding: start.utf8.dropFirst(verb.utf8.count), as: UTF8.self)
            return [command, "put \(object) in/on \(receptacle)"]
        }
        return [command]
    }
}
