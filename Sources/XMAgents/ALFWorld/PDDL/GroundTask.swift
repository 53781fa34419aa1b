// A task without variables: numbered facts, the operators over them, and the circuit of their conditions. PDDLState
// plays it, Grounding makes it.
// SPDX-License-Identifier: Apache-2.0

package struct GroundEffect: Sendable {
    var condition: GroundCondition
    var fact: Int
    var adds: Bool
}

package struct GroundOperator: Sendable {
    package var action: Int
    /// Objects of the action's parameters.
    package var arguments: [Int]
    package var effects: [GroundEffect]
}

/// Shared by all states of a problem, hence a class.
package final class GroundTask: Sendable {
    package let task: PDDLTask
    /// Every fact that holds at first or that an operator can reach, by predicate, then by its arguments' names.
    package let facts: [PDDLAtom]
    package let factNumbers: [PDDLAtom: Int]
    package let initial: [Bool]  // [fact]
    /// By the action's name and then by the names of the arguments.
    package let operators: [GroundOperator]
    /// [predicate]: whether an operator can change its facts.
    package let isFluent: [Bool]
    let isAlwaysApplicable: [Bool]  // [operator]
    let circuit: ConditionCircuit
    let goal: GroundCondition

    init(
        task: PDDLTask, facts: [PDDLAtom], factNumbers: [PDDLAtom: Int], initial: [Bool], operators: [GroundOperator],
        isFluent: [Bool], isAlwaysApplicable: [Bool], circuit: ConditionCircuit, goal: GroundCondition
    ) {
        (self.task, self.facts, self.factNumbers, self.initial) = (task, facts, factNumbers, initial)
        (self.operators, self.isFluent, self.isAlwaysApplicable) = (operators, isFluent, isAlwaysApplicable)
        (self.circuit, self.goal) = (circuit, goal)
    }

    /// `(action argument …)`, as planners write it.
    package func name(of number: Int) -> String {
        let ground = operators[number]
        let words = [task.actions[ground.action].name] + ground.arguments.map { task.objects[$0].name }
        return "(" + words.joined(separator: " ") + ")"
    }

    package func description(of atom: PDDLAtom) -> String {
        task.predicates[atom.predicate].name + "("
            + atom.arguments.map { task.objects[$0].name }.joined(separator: ", ") + ")"
    }
}
