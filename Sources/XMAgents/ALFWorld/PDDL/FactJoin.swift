// All ways to satisfy a clause with the facts that can ever be true: a backtracking join that always continues with the
// literal that has the fewest candidates. Grounding and the reachability analysis are loops over it.
// SPDX-License-Identifier: Apache-2.0

/// The facts that can ever be true, by predicate and by predicate, position and object.
struct ReachableFacts {
    private(set) var tuples: [[[Int]]]  // [predicate][fact][position]
    private var byArgument: [[Argument: [Int]]]  // [predicate]: facts with an object at a position
    private var known: Set<PDDLAtom> = []

    struct Argument: Hashable {
        var position: Int
        var object: Int
    }

    init(predicates: Int) {
        tuples = Array(repeating: [], count: predicates)
        byArgument = Array(repeating: [:], count: predicates)
    }

    func contains(_ atom: PDDLAtom) -> Bool { known.contains(atom) }

    /// Returns whether the fact is new.
    mutating func insert(_ atom: PDDLAtom) -> Bool {
        guard known.insert(atom).inserted else { return false }
        let number = tuples[atom.predicate].count
        tuples[atom.predicate].append(atom.arguments)
        for (position, object) in atom.arguments.enumerated() {
            byArgument[atom.predicate][Argument(position: position, object: object), default: []].append(number)
        }
        return true
    }

    /// The facts of `predicate` that have all the given objects at their positions are among these; nil means all.
    func candidates(_ pattern: PDDLPattern, _ binding: [Int]) -> [Int]? {
        var best: [Int]?
        for (position, term) in pattern.terms.enumerated() {
            let object = term.value(in: binding)
            guard object >= 0 else { continue }
            let facts = byArgument[pattern.predicate][Argument(position: position, object: object)] ?? []
            if best.map({ facts.count < $0.count }) ?? true { best = facts }
            if facts.isEmpty { break }
        }
        return best
    }
}

extension PDDLTerm {
    /// The object it stands for, or -1 for a variable without a value.
    @inline(__always) func value(in binding: [Int]) -> Int {
        switch self {
        case .variable(let slot): binding[slot]
        case .object(let object): object
        }
    }
}

extension PDDLPattern {
    func atom(in binding: [Int]) -> PDDLAtom {
        PDDLAtom(predicate: predicate, arguments: terms.map { $0.value(in: binding) })
    }
}

/// The join of one clause over `facts`.
struct FactJoin {
    let facts: ReachableFacts
    /// [type][object]: whether the object is of the type or of a kind of it.
    let membership: [[Bool]]
    let clause: Clause
    /// [slot]: the types of its parameter; nil where the clause has no such parameter.
    private let slotTypes: [[Int]?]

    init(facts: ReachableFacts, membership: [[Bool]], parameters: [PDDLParameter], clause: Clause, slots: Int) {
        (self.facts, self.membership) = (facts, membership)
        self.clause = clause.quantified(by: parameters)
        var slotTypes = [[Int]?](repeating: nil, count: slots)
        for parameter in self.clause.parameters { slotTypes[parameter.slot] = parameter.types }
        self.slotTypes = slotTypes
    }

    private func allows(_ slot: Int, _ object: Int) -> Bool {
        slotTypes[slot]?.contains { membership[$0][object] } ?? true
    }

    /// Calls `visit` with every binding, starting from `binding` (-1: no value yet). Negative literals are for the
    /// caller, who knows which facts can change.
    func forEach<E: Error>(from binding: [Int], _ visit: ([Int]) throws(E) -> Void) throws(E) {
        for parameter in clause.parameters where binding[parameter.slot] >= 0 {
            if !allows(parameter.slot, binding[parameter.slot]) { return }
        }
        var binding = binding
        try extend(Array(clause.positives.indices), &binding, visit)
    }

    private func extend<E: Error>(
        _ remaining: [Int], _ binding: inout [Int], _ visit: ([Int]) throws(E) -> Void
    ) throws(E) {
        var (next, candidates, smallest): (Int?, [Int]?, Int) = (nil, nil, .max)
        for index in remaining {
            let pattern = clause.positives[index]
            let found = facts.candidates(pattern, binding)
            let count = found?.count ?? facts.tuples[pattern.predicate].count
            if count < smallest { (next, candidates, smallest) = (index, found, count) }
        }
        guard let next else {
            try assignFree(0, &binding, visit)
            return
        }
        let pattern = clause.positives[next]
        let rest = remaining.filter { $0 != next }
        for number in candidates ?? Array(facts.tuples[pattern.predicate].indices) {
            let tuple = facts.tuples[pattern.predicate][number]
            let saved = binding
            var matches = true
            for (term, object) in zip(pattern.terms, tuple) {
                let value = term.value(in: binding)
                if value == object { continue }
                guard value < 0, case .variable(let slot) = term, allows(slot, object) else {
                    matches = false
                    break
                }
                binding[slot] = object
            }
            if matches { try extend(rest, &binding, visit) }
            binding = saved
        }
    }

    /// Parameters that no positive literal mentions range over all objects of their types.
    private func assignFree<E: Error>(
        _ index: Int, _ binding: inout [Int], _ visit: ([Int]) throws(E) -> Void
    ) throws(E) {
        guard index < clause.parameters.count else {
            for (left, right, holds) in clause.equalities {
                if (left.value(in: binding) == right.value(in: binding)) != holds { return }
            }
            try visit(binding)
            return
        }
        let slot = clause.parameters[index].slot
        guard binding[slot] < 0 else {
            try assignFree(index + 1, &binding, visit)
            return
        }
        for object in membership[0].indices where allows(slot, object) {
            binding[slot] = object
            try assignFree(index + 1, &binding, visit)
        }
        binding[slot] = -1
    }
}
