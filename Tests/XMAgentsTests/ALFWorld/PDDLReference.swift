// A second, slow engine that evaluates conditions as they are written, for every assignment of every parameter: what
// the circuit of the real one must agree with.
// SPDX-License-Identifier: Apache-2.0

import XMAgents

struct PDDLReference {
    let task: PDDLTask
    var facts: Set<PDDLAtom>

    init(_ task: PDDLTask) {
        self.task = task
        facts = Set(task.initial)
    }

    private func objects(_ parameter: PDDLParameter) -> [Int] {
        task.objects.indices.filter { object in
            parameter.types.contains { kind in
                task.objects[object].type.map { task.types.isKind($0, of: kind) } ?? false
            }
        }
    }

    private func assignments(_ parameters: [PDDLParameter], _ values: [Int: Int] = [:]) -> [[Int: Int]] {
        parameters.reduce([values]) { partial, parameter in
            partial.flatMap { values in objects(parameter).map { values.merging([parameter.slot: $0]) { $1 } } }
        }
    }

    private func value(_ term: PDDLTerm, _ values: [Int: Int]) -> Int {
        switch term {
        case .variable(let slot): values[slot] ?? -1
        case .object(let object): object
        }
    }

    private func atom(_ pattern: PDDLPattern, _ values: [Int: Int]) -> PDDLAtom {
        PDDLAtom(predicate: pattern.predicate, arguments: pattern.terms.map { value($0, values) })
    }

    func holds(_ formula: PDDLFormula, _ values: [Int: Int] = [:]) -> Bool {
        switch formula {
        case .atom(let pattern):
            let atom = atom(pattern, values)
            let rules = task.derivations[pattern.predicate] ?? []
            return facts.contains(atom)
                || rules.contains { rule in
                    holds(
                        rule.body, Dictionary(uniqueKeysWithValues: zip(rule.parameters.map(\.slot), atom.arguments)))
                }
        case .equal(let left, let right): return value(left, values) == value(right, values)
        case .not(let part): return !holds(part, values)
        case .and(let parts): return parts.allSatisfy { holds($0, values) }
        case .or(let parts): return parts.contains { holds($0, values) }
        case .exists(let parameters, let body):
            return assignments(parameters, values).contains { holds(body, $0) }
        case .forall(let parameters, let body):
            return assignments(parameters, values).allSatisfy { holds(body, $0) }
        }
    }

    /// The state after `action` with these values.
    func after(_ action: PDDLAction, _ values: [Int: Int]) -> Set<PDDLAtom> {
        var (added, deleted): (Set<PDDLAtom>, Set<PDDLAtom>) = ([], [])
        for effect in action.effects {
            for values in assignments(effect.parameters, values)
            where effect.condition.map({ holds($0, values) }) ?? true {
                if effect.adds {
                    added.insert(atom(effect.pattern, values))
                } else {
                    deleted.insert(atom(effect.pattern, values))
                }
            }
        }
        return facts.subtracting(deleted).union(added)
    }

    /// Every action whose precondition holds, as a planner writes it, with the state it leads to.
    func applicable() -> [String: Set<PDDLAtom>] {
        var result: [String: Set<PDDLAtom>] = [:]
        for action in task.actions {
            for values in assignments(action.parameters) where holds(action.precondition, values) {
                let words = [action.name] + action.parameters.map { task.objects[values[$0.slot] ?? 0].name }
                result["(" + words.joined(separator: " ") + ")"] = after(action, values)
            }
        }
        return result
    }
}
