// The repairs of ActionParser's `lenient` mode. Each changes the text only where its slip is, and notes the slip.
// SPDX-License-Identifier: Apache-2.0

struct ActionRepair {
    private(set) var action: String
    private(set) var slips: [Slip]

    /// Labels in front of an action that are removed.
    private static let mostLabels = 4

    init(_ action: String, slips: [Slip]) { (self.action, self.slips) = (action.pythonStripped, slips) }

    /// Thought and action around the first line that begins with `Action`, with any number or none.
    static func labelledAction(in text: String) -> ActionParser.Parsed? {
        let lines = text.pythonSplit("\n")
        guard let index = lines.firstIndex(where: { withoutLabel($0) != nil }) else { return nil }
        let thought = lines[..<index].joined(separator: "\n").pythonStripped
        let rest = ([withoutLabel(lines[index])!] + lines[(index + 1)...]).joined(separator: "\n").pythonStripped
        guard !rest.isEmpty else { return nil }
        return ActionParser.Parsed(thought: thought, action: rest, repairs: [.missingNumber])
    }

    /// What follows `Action:`, `Action 3:` or `>`.
    private static func withoutLabel(_ line: String) -> String? {
        let line = line.pythonStripped
        if let rest = line.dropping(prefix: ">") { return rest.pythonStripped }
        guard let rest = line.dropping(prefix: "Action") ?? line.dropping(prefix: "action") else { return nil }
        let behindNumber = rest.unicodeScalars.drop { $0 == " " || ("0"..."9").contains($0) }
        guard behindNumber.first == ":" else { return nil }
        return String(String.UnicodeScalarView(behindNumber.dropFirst())).pythonStripped
    }

    private mutating func note(_ slip: Slip) { if !slips.contains(slip) { slips.append(slip) } }

    /// `Verb[argument]`, with a verb as the exemplars spell it, and with an argument as an admissible action spells it.
    mutating func bracketed(_ verbs: [String], admissible: [String]?) {
        oneLine()
        surroundings()
        let scalars = action.unicodeScalars
        let word = String(String.UnicodeScalarView(scalars.prefix { $0.isPythonWord }))
        guard let verb = verbs.first(where: { $0.lowercased().utf8.elementsEqual(word.lowercased().utf8) }) else {
            return
        }
        let capitalized = [verb, verb.lowercased()].contains { $0.utf8.elementsEqual(word.utf8) }
        if !capitalized { note(.letterCase) }
        var argument = String(String.UnicodeScalarView(scalars.dropFirst(word.unicodeScalars.count))).pythonStripped
        if let inside = argument.dropping(prefix: "[") {
            argument = inside
            let parts = inside.pythonSplit("]")
            if parts.count > 1 {
                argument = parts.dropLast().joined(separator: "]")
                if !parts.last!.pythonStripped.isEmpty { note(.trailingText) }
            } else {
                note(.missingBracket)
            }
        } else {
            note(.missingBracket)
            argument = argument.dropping(prefix: ":") ?? argument.dropping(prefix: "(") ?? argument
            if let last = argument.utf8.last, [UInt8(ascii: ")"), UInt8(ascii: "]")].contains(last) {
                argument = String(decoding: argument.utf8.dropLast(), as: UTF8.self)
            }
        }
        argument = argument.pythonStripped
        if let inside = Self.unquoted(argument) {
            note(.quotes)
            argument = inside
        }
        action = "\(verb)[\(argument)]"
        let lowered = action.lowercased()
        guard let admissible, !admissible.contains(where: { $0.utf8.elementsEqual(action.utf8) }),
            let other = admissible.first(where: { $0.lowercased().utf8.elementsEqual(lowered.utf8) })
        else { return }
        note(.letterCase)
        action = other
    }

    /// One of the admissible commands, or a thought.
    mutating func command(thought: String, admissible: [String]) {
        oneLine()
        surroundings()
        func isAdmissible(_ text: String) -> Bool { admissible.contains { $0.utf8.elementsEqual(text.utf8) } }
        if isAdmissible(action) || action.dropping(prefix: thought) != nil { return }
        let lowered = action.lowercased()
        if !lowered.utf8.elementsEqual(action.utf8) {
            if lowered.dropping(prefix: thought) != nil {
                note(.letterCase)
                let rest = String.UnicodeScalarView(action.unicodeScalars.dropFirst(thought.unicodeScalars.count))
                action = thought + String(rest)
                return
            }
            note(.letterCase)
            action = lowered
            if isAdmissible(action) { return }
        }
        let candidates = [action] + Self.otherVerbs(action)
        if let other = candidates.dropFirst().first(where: isAdmissible) {
            note(.otherVerb)
            action = other
            return
        }
        for (index, candidate) in candidates.enumerated() {
            let bare = Self.withoutNumbers(candidate)
            guard let command = admissible.first(where: { Self.withoutNumbers($0) == bare }) else { continue }
            // A wrong number is no slip of form.
            guard candidate.pythonWords.count < command.pythonWords.count else { return }
            if index > 0 { note(.otherVerb) }
            note(.missingNumber)
            action = command
            return
        }
    }

    /// The first line that is not empty.
    private mutating func oneLine() {
        let lines = action.pythonSplit("\n").map(\.pythonStripped).filter { !$0.isEmpty }
        guard let first = lines.first, lines.count > 1 else { return }
        note(lines.contains { $0.dropping(prefix: "Observation") != nil } ? .inventedObservation : .trailingText)
        action = first
    }

    /// Labels, quotes and a full stop around an action.
    private mutating func surroundings() {
        for _ in 0..<Self.mostLabels {
            guard let rest = Self.withoutLabel(action) else { break }
            note(.repeatedLabel)
            action = rest
        }
        if action.utf8.last == UInt8(ascii: ".") {
            note(.fullStop)
            action = String(decoding: action.utf8.dropLast(), as: UTF8.self).pythonStripped
        }
        if let inside = Self.unquoted(action) {
            note(.quotes)
            action = inside
        }
    }

    private static func unquoted(_ text: String) -> String? {
        for quote in ["\"", "'", "`", "**"] {
            guard let rest = text.dropping(prefix: quote), rest.utf8.count >= quote.utf8.count,
                rest.utf8.suffix(quote.utf8.count).elementsEqual(quote.utf8)
            else { continue }
            return String(decoding: rest.utf8.dropLast(quote.utf8.count), as: UTF8.self).pythonStripped
        }
        return nil
    }

    /// ALFWorld's wording before and after November 2024.
    private static func otherVerbs(_ command: String) -> [String] {
        if let rest = command.dropping(prefix: "put ") {
            for word in [" in/on ", " in ", " on ", " to "] {
                let parts = rest.pythonSplit(word)
                if parts.count == 2 { return ["move \(parts[0]) to \(parts[1])", "put \(parts[0]) in/on \(parts[1])"] }
            }
        }
        if let rest = command.dropping(prefix: "move ") {
            let parts = rest.pythonSplit(" to ")
            if parts.count == 2 { return ["put \(parts[0]) in/on \(parts[1])"] }
        }
        return []
    }

    private static func withoutNumbers(_ command: String) -> [String] {
        command.pythonWords.filter { !$0.unicodeScalars.allSatisfy { ("0"..."9").contains($0) } }
    }
}
