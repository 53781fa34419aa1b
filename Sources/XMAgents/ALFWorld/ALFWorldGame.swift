// One game of ALFWorld: the household as a planning problem, and the grammar that puts it into words. Loaded once and
// shared by any number of episodes (ALFWorldEnvironment).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package final class ALFWorldGame: Sendable {
    /// Where the game was read from, for errors and results.
    package let source: String
    package let wording: ALFWorldWording
    /// What the player is told to do, without the full stop: "put a clean apple in fridge".
    package let task: String
    /// The official solution, with the ids of the problem in place of names; nil where the file has none.
    package let walkthrough: [String]?

    let ground: GroundTask
    let narrator: TextNarrator
    let initialState: PDDLState
    let introduction: String
    private let bindings: [TextBinding]  // [operator]
    private let feedbacks: [[TextSymbol]]  // [action]
    private let commands: Commands

    /// The commands of the operators. Those that are the same in every state are made once.
    private struct Commands {
        var texts: [String?]  // [operator]; nil: made anew in every state
        var ranks: [Int]  // [operator]: place among the sorted texts
        var operators: [ExactText: [Int]]
        var templates: [[TextSymbol]]  // [action]
    }

    package convenience init(contentsOf url: URL, wording: ALFWorldWording = .current) throws {
        let data: Data
        do { data = try Data(contentsOf: url) } catch {
            throw ALFWorldError.unreadable(path: url.path, reason: error.localizedDescription)
        }
        try self.init(json: data, source: url.path, wording: wording)
    }

    /// Reads the text of a game file. `source` is what errors call it.
    package convenience init(json: Data, source: String, wording: ALFWorldWording = .current) throws {
        let file: JSONValue
        do { file = try JSONValue.parse(json) } catch { throw ALFWorldError.notJSON(path: source, reason: "\(error)") }
        func text(_ key: String) throws -> String {
            guard let text = file[key]?.string else { throw ALFWorldError.missingKey(path: source, key: key) }
            return text
        }
        try self.init(
            domain: text("pddl_domain"), problem: text("pddl_problem"), grammar: text("grammar"),
            walkthrough: file["walkthrough"]?.array?.compactMap(\.string), source: source, wording: wording)
    }

    package init(
        domain: String, problem: String, grammar: String, walkthrough: [String]? = nil, source: String,
        wording: ALFWorldWording = .current
    ) throws {
        (self.source, self.wording, self.walkthrough) = (source, wording, walkthrough)
        let task = try PDDLReader.task(
            domain: domain, problem: problem, source: ("\(source), pddl_domain", "\(source), pddl_problem"))
        let ground = try Grounding.ground(task)
        let grammar = try TextGrammar(wording.grammar(grammar), source: "\(source), grammar")

        // Only things that a fact mentions at first have names; the ids of the others are never shown.
        let mentioned = Set(task.initial.flatMap(\.arguments))
        let names = EntityNames.names(of: mentioned.map { task.objects[$0].name })
        let narrator = TextNarrator(
            grammar: grammar, index: FactIndex(ground), names: task.objects.map { names[$0.name] ?? $0.name })
        let actions = try task.actions.map { action throws(GrammarError) in
            guard let found = grammar.actions[action.name] else {
                throw .missingAction(source: grammar.source, name: action.name)
            }
            return found
        }
        let state = PDDLState(ground)
        let bindings = ground.operators.map { operation in
            var binding = TextBinding()
            for (parameter, object) in zip(task.actions[operation.action].parameters, operation.arguments) {
                let type = parameter.types.first.map { task.types.names[$0] } ?? ""
                binding.bind(FactQuery.Variable(name: parameter.name, type: type), to: object)
            }
            return binding
        }
        (self.ground, self.narrator, self.bindings, initialState) = (ground, narrator, bindings, state)
        feedbacks = actions.map(\.feedback)

        let isFixed = actions.map { narrator.isFixed($0.command) }
        var texts: [String?] = []
        for (number, operation) in ground.operators.enumerated() {
            texts.append(
                isFixed[operation.action]
                    ? try narrator.text(of: actions[operation.action].command, in: state, binding: bindings[number])
                    : nil)
        }
        let sorted = Set(texts.compactMap { $0.map { ExactText($0) } }).sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(sorted, sorted.indices))
        var operators: [ExactText: [Int]] = [:]
        for (number, text) in texts.enumerated() {
            if let text { operators[ExactText(text), default: []].append(number) }
        }
        commands = Commands(
            texts: texts, ranks: texts.map { $0.flatMap { places[ExactText($0)] } ?? 0 }, operators: operators,
            templates: actions.map(\.command))
        introduction = try narrator.text(of: "intro", in: state)
        self.task = Self.taskSentence(in: introduction)
    }

    private static func taskSentence(in introduction: String) -> String {
        guard let sentence = introduction.cut(atFirst: "Your task is to: ")?.after.unicodeScalars else { return "" }
        return sentence.last == "." ? String(sentence.dropLast()) : String(sentence)
    }

    // MARK: Playing

    /// The commands that do something in `state`, sorted, each once.
    func admissibleCommands(in state: PDDLState) throws -> [String] {
        var (fixed, others): ([Int], [String]) = ([], [])
        for number in state.applicableOperators {
            if commands.texts[number] != nil {
                fixed.append(number)
            } else {
                others.append(try command(of: number, in: state))
            }
        }
        fixed.sort { commands.ranks[$0] < commands.ranks[$1] }
        var result: [String] = []
        for (place, number) in fixed.enumerated()
        where place == 0 || commands.ranks[number] != commands.ranks[fixed[place - 1]] {
            if let text = commands.texts[number] { result.append(text) }
        }
        if others.isEmpty { return result }
        return Set((result + others).map { ExactText($0) }).sorted().map(\.text)
    }

    private func command(of number: Int, in state: PDDLState) throws -> String {
        if let text = commands.texts[number] { return text }
        let template = commands.templates[ground.operators[number].action]
        return try narrator.text(of: template, in: state, binding: bindings[number])
    }

    /// The first applicable operator that `command` carries out.
    func operation(for command: String, in state: PDDLState) throws -> Int? {
        for reading in wording.readings(of: command) {
            let wanted = ExactText(reading)
            if let number = commands.operators[wanted]?.first(where: { state.isApplicable($0) }) { return number }
            for number in state.applicableOperators where commands.texts[number] == nil {
                if try ExactText(self.command(of: number, in: state)) == wanted { return number }
            }
        }
        return nil
    }

    /// What is said after operator `number` has led to `state`.
    func feedback(of number: Int, in state: PDDLState) throws -> String {
        try narrator.text(of: feedbacks[ground.operators[number].action], in: state, binding: bindings[number])
    }

    /// The walkthrough with names in place of ids, as a player would type it.
    package var walkthroughCommands: [String]? {
        guard let walkthrough else { return nil }
        let names = Dictionary(
            zip(ground.task.objects.map(\.name), narrator.names), uniquingKeysWith: { first, _ in first })
        return walkthrough.map { command in
            let named = command.parts(between: " ").map { names[$0] ?? $0 }.joined(separator: " ")
            return wording.readings(of: named).last ?? named
        }
    }
}
