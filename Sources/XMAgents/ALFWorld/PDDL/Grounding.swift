// Grounding: first which facts can ever be true, ignoring what operators delete (the relaxed reachability of Helmert
// 2009, section 6), then the operators and conditions over those facts.
// SPDX-License-Identifier: Apache-2.0

package struct Grounding {
    private let task: PDDLTask
    private let schemas: [Schema]
    private let goal: PDDLFormula
    private let goalSlots: Int
    private let membership: [[Bool]]  // [type][object]
    private let isFluent: [Bool]
    private let initial: Set<PDDLAtom>
    private var facts: ReachableFacts
    private var factNumbers: [PDDLAtom: Int] = [:]
    private var circuit = CircuitBuilder(facts: 0)

    /// Ground actions beyond this number are a mistake in the problem.
    package static let maximumOperators = 2_000_000

    /// An action with its conditions as clauses.
    private struct Schema {
        var parameters: [PDDLParameter]
        var precondition: [Clause]
        var effects: [(effect: PDDLEffect, condition: [Clause])]
        var slots: Int
    }

    package static func ground(_ task: PDDLTask) throws(PDDLError) -> GroundTask {
        var grounding = try Grounding(task)
        try grounding.reachFacts()
        return try grounding.groundTask()
    }

    private init(_ task: PDDLTask) throws(PDDLError) {
        self.task = task
        let derivations = Derivations(rules: task.derivations, predicates: task.predicates)
        var schemas: [Schema] = []
        var isFluent = [Bool](repeating: false, count: task.predicates.count)
        for action in task.actions {
            var slots = action.slots
            let precondition = try Clause.clauses(of: derivations.expanded(action.precondition, slots: &slots))
            var effects: [(PDDLEffect, [Clause])] = []
            for effect in action.effects {
                let condition = try derivations.expanded(effect.condition ?? .and([]), slots: &slots)
                effects.append((effect, try Clause.clauses(of: condition)))
                isFluent[effect.pattern.predicate] = true
            }
            schemas.append(
                Schema(parameters: action.parameters, precondition: precondition, effects: effects, slots: slots))
        }
        var slots = task.goalSlots
        goal = try derivations.expanded(task.goal, slots: &slots)
        goalSlots = slots
        self.schemas = schemas
        self.isFluent = isFluent
        membership = task.types.names.indices.map { type in
            let kinds = task.types.names.indices.map { task.types.isKind($0, of: type) }
            return task.objects.map { $0.type.map { kinds[$0] } ?? false }
        }
        initial = Set(task.initial)
        facts = ReachableFacts(predicates: task.predicates.count)
        for atom in task.initial { _ = facts.insert(atom) }
    }

    private func join(_ clause: Clause, _ parameters: [PDDLParameter], slots: Int) -> FactJoin {
        FactJoin(facts: facts, membership: membership, parameters: parameters, clause: clause, slots: slots)
    }

    /// Whether a negative literal can never hold: its fact is true for ever.
    private func contradicts(_ clause: Clause, _ binding: [Int]) -> Bool {
        clause.negatives.contains { !isFluent[$0.predicate] && initial.contains($0.atom(in: binding)) }
    }

    // MARK: Reachability

    private mutating func reachFacts() throws(PDDLError) {
        var hasGrown = true
        while hasGrown {
            hasGrown = false
            for schema in schemas {
                var added: Set<PDDLAtom> = []
                var count = 0
                for clause in schema.precondition {
                    let bindings = join(clause, schema.parameters, slots: schema.slots)
                    try bindings.forEach(from: Array(repeating: -1, count: schema.slots)) { binding throws(PDDLError) in
                        count += 1
                        guard count <= Self.maximumOperators else {
                            throw .tooManyOperators(limit: Self.maximumOperators)
                        }
                        if contradicts(clause, binding) { return }
                        for (effect, condition) in schema.effects where effect.adds {
                            forEachTarget(of: effect, condition, binding, slots: schema.slots) { atom, _, _ in
                                added.insert(atom)
                            }
                        }
                    }
                }
                for atom in added where facts.insert(atom) { hasGrown = true }
            }
        }
    }

    /// The facts that an effect changes, each with the clause that makes it happen and the values of the variables.
    private func forEachTarget(
        of effect: PDDLEffect, _ condition: [Clause], _ binding: [Int], slots: Int,
        _ visit: (PDDLAtom, Clause, [Int]) -> Void
    ) {
        if effect.parameters.isEmpty, effect.condition == nil {
            visit(effect.pattern.atom(in: binding), Clause(), binding)
            return
        }
        for clause in condition {
            join(clause, effect.parameters, slots: slots).forEach(from: binding) { (full: [Int]) in
                if !contradicts(clause, full) { visit(effect.pattern.atom(in: full), clause, full) }
            }
        }
    }

    // MARK: Operators

    private struct OperatorKey: Hashable {
        var action: Int
        var arguments: [Int]
    }

    private mutating func groundTask() throws(PDDLError) -> GroundTask {
        // [object]: its place among the sorted names.
        var ranks = [Int](repeating: 0, count: task.objects.count)
        let byName = task.objects.indices.sorted { task.objects[$0].name < task.objects[$1].name }
        for (rank, object) in byName.enumerated() { ranks[object] = rank }
        func precedes(_ left: [Int], _ right: [Int]) -> Bool {
            for (left, right) in zip(left, right) where left != right { return ranks[left] < ranks[right] }
            return false
        }
        let atoms = facts.tuples.enumerated().flatMap { predicate, tuples in
            tuples.map { PDDLAtom(predicate: predicate, arguments: $0) }
                .sorted { precedes($0.arguments, $1.arguments) }
        }
        factNumbers = Dictionary(uniqueKeysWithValues: zip(atoms, atoms.indices))
        circuit = CircuitBuilder(facts: atoms.count)

        var conditions: [OperatorKey: [GroundCondition]] = [:]
        var effects: [OperatorKey: [GroundEffect]] = [:]
        for (action, schema) in schemas.enumerated() {
            for clause in schema.precondition {
                // Collected first: making conditions changes the grounding, which the join reads.
                var bindings: [[Int]] = []
                join(clause, schema.parameters, slots: schema.slots).forEach(
                    from: Array(repeating: -1, count: schema.slots)
                ) { (binding: [Int]) in if !contradicts(clause, binding) { bindings.append(binding) } }
                for binding in bindings {
                    let key = OperatorKey(action: action, arguments: schema.parameters.map { binding[$0.slot] })
                    let literals = literals(of: clause, binding)
                    if effects[key] == nil { effects[key] = try groundEffects(of: schema, binding) }
                    guard let all = effects[key], changesState(all, given: literals) else { continue }
                    let condition = try condition(of: clause, binding, literals, slots: schema.slots)
                    if condition != .never { conditions[key, default: []].append(condition) }
                }
            }
        }
        let actionNames = task.actions.map(\.name)
        let keys = conditions.keys.sorted { left, right in
            if left.action != right.action { return actionNames[left.action] < actionNames[right.action] }
            return precedes(left.arguments, right.arguments)
        }
        let applicability = keys.map { circuit.any(conditions[$0] ?? []) }
        let goalCondition = try condition(of: goal, Array(repeating: -1, count: goalSlots))
        return GroundTask(
            task: task, facts: atoms, factNumbers: factNumbers, initial: atoms.map { initial.contains($0) },
            operators: keys.map {
                GroundOperator(action: $0.action, arguments: $0.arguments, effects: effects[$0] ?? [])
            },
            isFluent: isFluent, isAlwaysApplicable: applicability.map { $0 == .always },
            circuit: circuit.circuit(operators: applicability), goal: goalCondition)
    }

    /// The literals of a clause that can change.
    private func literals(of clause: Clause, _ binding: [Int]) -> [GroundCondition] {
        clause.positives.map { literal($0, binding) } + clause.negatives.map { literal($0, binding).negated }
    }

    private func literal(_ pattern: PDDLPattern, _ binding: [Int]) -> GroundCondition {
        guard let number = factNumbers[pattern.atom(in: binding)] else { return .never }
        return isFluent[pattern.predicate] ? .when(Signal(number)) : .always
    }

    private mutating func condition(
        of clause: Clause, _ binding: [Int], _ literals: [GroundCondition], slots: Int
    ) throws(PDDLError) -> GroundCondition {
        var parts = literals
        for formula in clause.denied { parts.append(try condition(of: formula, binding).negated) }
        return circuit.all(parts)
    }

    /// Any condition, given values for the variables outside of it.
    private mutating func condition(of formula: PDDLFormula, _ binding: [Int]) throws(PDDLError) -> GroundCondition {
        var alternatives: [GroundCondition] = []
        for clause in try Clause.clauses(of: formula) {
            var bindings: [[Int]] = []
            join(clause, [], slots: binding.count).forEach(from: binding) { (full: [Int]) in bindings.append(full) }
            for full in bindings {
                alternatives.append(
                    try condition(of: clause, full, literals(of: clause, full), slots: binding.count))
            }
        }
        return circuit.any(alternatives)
    }

    private mutating func groundEffects(of schema: Schema, _ binding: [Int]) throws(PDDLError) -> [GroundEffect] {
        var result: [GroundEffect] = []
        for (effect, clauses) in schema.effects {
            // An operator's effects depend on its arguments only, not on how its precondition was satisfied.
            var outer = [Int](repeating: -1, count: schema.slots)
            for parameter in schema.parameters { outer[parameter.slot] = binding[parameter.slot] }
            var targets: [(PDDLAtom, Clause, [Int])] = []
            forEachTarget(of: effect, clauses, outer, slots: schema.slots) { targets.append(($0, $1, $2)) }
            for (atom, clause, full) in targets {
                // A fact that can never be true needs no deletion.
                guard let fact = factNumbers[atom] else { continue }
                let condition = try condition(of: clause, full, literals(of: clause, full), slots: schema.slots)
                if condition != .never {
                    result.append(GroundEffect(condition: condition, fact: fact, adds: effect.adds))
                }
            }
        }
        return result
    }

    /// Whether an operator does anything where `literals` hold: Fast Downward drops operators that do not, so that one
    /// cannot go where one is. A fact that is both added and deleted is added.
    private func changesState(_ effects: [GroundEffect], given literals: [GroundCondition]) -> Bool {
        let held = Set(literals)
        let added = Set(effects.filter { $0.adds && $0.condition == .always }.map(\.fact))
        return effects.contains { effect in
            if effect.adds { return !held.contains(.when(Signal(effect.fact))) }
            return !added.contains(effect.fact) && !held.contains(.when(Signal(effect.fact, isNegated: true)))
        }
    }
}
