// A condition in disjunctive normal form, before variables have values: each clause is a conjunction of literals whose
// existential variables are extra parameters. Helmert, "Concise finite-domain representations for PDDL planning tasks"
// (AIJ 2009), section 4, normalises the same way.
// SPDX-License-Identifier: Apache-2.0

/// `exists parameters: positives and not negatives and equalities and not denied`.
struct Clause {
    var parameters: [PDDLParameter] = []
    var positives: [PDDLPattern] = []
    var negatives: [PDDLPattern] = []
    var equalities: [(left: PDDLTerm, right: PDDLTerm, holds: Bool)] = []
    /// Quantified conditions that must be false: `forall x: A` is kept as "not `exists x: not A`".
    var denied: [PDDLFormula] = []

    /// A condition with more alternatives would make grounding explode.
    static let maximumCount = 4096

    /// The clauses of `formula`, or of its negation. The formula has no derived predicates (see `Derivations`).
    static func clauses(of formula: PDDLFormula, isNegated: Bool = false) throws(PDDLError) -> [Clause] {
        switch formula {
        case .atom(let pattern):
            return [isNegated ? Clause(negatives: [pattern]) : Clause(positives: [pattern])]
        case .equal(let left, let right):
            return [Clause(equalities: [(left, right, !isNegated)])]
        case .not(let part):
            return try clauses(of: part, isNegated: !isNegated)
        case .and(let parts):
            return isNegated ? try anyOf(parts, isNegated: true) : try allOf(parts, isNegated: false)
        case .or(let parts):
            return isNegated ? try allOf(parts, isNegated: true) : try anyOf(parts, isNegated: false)
        case .exists(let parameters, let body):
            if isNegated { return [Clause(denied: [formula])] }
            return try clauses(of: body).map { $0.quantified(by: parameters) }
        case .forall(let parameters, let body):
            if isNegated { return try clauses(of: body, isNegated: true).map { $0.quantified(by: parameters) } }
            return [Clause(denied: [.exists(parameters, .not(body))])]
        }
    }

    private static func anyOf(_ parts: [PDDLFormula], isNegated: Bool) throws(PDDLError) -> [Clause] {
        var result: [Clause] = []
        for part in parts { result += try clauses(of: part, isNegated: isNegated) }
        guard result.count <= maximumCount else { throw .tooManyAlternatives(limit: maximumCount) }
        return result
    }

    private static func allOf(_ parts: [PDDLFormula], isNegated: Bool) throws(PDDLError) -> [Clause] {
        var result = [Clause()]
        for part in parts {
            let alternatives = try clauses(of: part, isNegated: isNegated)
            guard result.count * alternatives.count <= maximumCount else {
                throw .tooManyAlternatives(limit: maximumCount)
            }
            result = result.flatMap { clause in alternatives.map { clause.joined(with: $0) } }
        }
        return result
    }

    private func joined(with other: Clause) -> Clause {
        Clause(
            parameters: parameters + other.parameters, positives: positives + other.positives,
            negatives: negatives + other.negatives, equalities: equalities + other.equalities,
            denied: denied + other.denied)
    }

    func quantified(by outer: [PDDLParameter]) -> Clause {
        var clause = self
        clause.parameters = outer + parameters
        return clause
    }
}

/// Replaces derived predicates by their definitions.
struct Derivations {
    let rules: [Int: [PDDLDerivation]]
    let predicates: [PDDLPredicate]

    /// `formula` without derived predicates. `slots` grows by the variables of the definitions that were put in.
    func expanded(_ formula: PDDLFormula, slots: inout Int, open: [Int] = []) throws(PDDLError) -> PDDLFormula {
        if rules.isEmpty { return formula }
        switch formula {
        case .equal: return formula
        case .not(let part): return .not(try expanded(part, slots: &slots, open: open))
        case .and(let parts): return .and(try expanded(parts, slots: &slots, open: open))
        case .or(let parts): return .or(try expanded(parts, slots: &slots, open: open))
        case .exists(let parameters, let body):
            return .exists(parameters, try expanded(body, slots: &slots, open: open))
        case .forall(let parameters, let body):
            return .forall(parameters, try expanded(body, slots: &slots, open: open))
        case .atom(let pattern):
            guard let alternatives = rules[pattern.predicate] else { return formula }
            guard !open.contains(pattern.predicate) else {
                throw .recursiveDerivation(predicate: predicates[pattern.predicate].name)
            }
            var bodies: [PDDLFormula] = []
            for rule in alternatives {
                let first = slots
                slots += rule.slots
                // The rule's parameters become the atom's terms, its quantified variables get new slots.
                let body = Self.substituted(rule.body) { slot in
                    slot < pattern.terms.count ? pattern.terms[slot] : .variable(first + slot)
                }
                bodies.append(try expanded(body, slots: &slots, open: open + [pattern.predicate]))
            }
            return .or(bodies)
        }
    }

    private func expanded(
        _ parts: [PDDLFormula], slots: inout Int, open: [Int]
    ) throws(PDDLError) -> [PDDLFormula] {
        var result: [PDDLFormula] = []
        for part in parts { result.append(try expanded(part, slots: &slots, open: open)) }
        return result
    }

    private static func substituted(_ formula: PDDLFormula, _ value: (Int) -> PDDLTerm) -> PDDLFormula {
        func term(_ term: PDDLTerm) -> PDDLTerm { if case .variable(let slot) = term { value(slot) } else { term } }
        func renamed(_ parameters: [PDDLParameter]) -> [PDDLParameter] {
            parameters.map { parameter in
                var copy = parameter
                if case .variable(let slot) = value(parameter.slot) { copy.slot = slot }
                return copy
            }
        }
        switch formula {
        case .atom(let pattern):
            return .atom(PDDLPattern(predicate: pattern.predicate, terms: pattern.terms.map(term)))
        case .equal(let left, let right): return .equal(term(left), term(right))
        case .not(let part): return .not(substituted(part, value))
        case .and(let parts): return .and(parts.map { substituted($0, value) })
        case .or(let parts): return .or(parts.map { substituted($0, value) })
        case .exists(let parameters, let body): return .exists(renamed(parameters), substituted(body, value))
        case .forall(let parameters, let body): return .forall(renamed(parameters), substituted(body, value))
        }
    }
}
