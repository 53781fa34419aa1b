// A planning task as it is written: types, objects, predicates, action schemas, initial facts and the goal, with names
// replaced by numbers. PDDLReader makes it; Grounding turns it into operators over facts.
// SPDX-License-Identifier: Apache-2.0

package struct PDDLTask: Sendable {
    package var types: PDDLTypes
    package var objects: [PDDLObject]
    package var predicates: [PDDLPredicate]
    package var actions: [PDDLAction]
    /// Bodies of the derived predicates, by predicate; several rules for one predicate are alternatives.
    package var derivations: [Int: [PDDLDerivation]]
    package var initial: [PDDLAtom]
    package var goal: PDDLFormula
    /// Slots of the variables that the goal quantifies over.
    package var goalSlots: Int
}

/// The types and which is a kind of which. Type 0 is `object`, above all others.
package struct PDDLTypes: Sendable {
    package private(set) var names = ["object"]
    private var numbers = ["object": 0]
    /// The types a type was declared under; `object` where none was given.
    private var parents: [[Int]] = [[]]

    package init() {}

    package subscript(_ name: String) -> Int? { numbers[name] }

    package mutating func add(_ name: String) -> Int {
        if let number = numbers[name] { return number }
        numbers[name] = names.count
        names.append(name)
        parents.append([])
        return names.count - 1
    }

    package mutating func place(_ type: Int, under parent: Int) {
        if type != parent, !parents[type].contains(parent) { parents[type].append(parent) }
    }

    /// Whether `type` is `ancestor` or a kind of it.
    package func isKind(_ type: Int, of ancestor: Int) -> Bool {
        var (pending, seen) = ([type], Set<Int>())
        while let next = pending.popLast() {
            if next == ancestor || ancestor == 0 { return true }
            if seen.insert(next).inserted { pending += parents[next] }
        }
        return false
    }

    /// The kinds of `type` other than itself, by name; the order in which a query goes through them.
    package func kinds(of type: Int) -> [Int] {
        names.indices.filter { $0 != type && isKind($0, of: type) }.sorted { names[$0] < names[$1] }
    }
}

package struct PDDLObject: Sendable, Equatable {
    package var name: String
    /// Nil for a name that only conditions mention: no quantifier ranges over it and no fact holds of it.
    package var type: Int?
}

package struct PDDLPredicate: Sendable, Equatable {
    package var name: String
    package var arity: Int
}

package enum PDDLTerm: Sendable, Hashable {
    /// A place in the binding of the formula's variables; every variable of an action has its own.
    case variable(Int)
    case object(Int)
}

/// `predicate(terms)`, with variables.
package struct PDDLPattern: Sendable, Hashable {
    package var predicate: Int
    package var terms: [PDDLTerm]
}

/// A predicate of objects: what is true or false in a state.
package struct PDDLAtom: Sendable, Hashable {
    package var predicate: Int
    package var arguments: [Int]

    package init(predicate: Int, arguments: [Int]) { (self.predicate, self.arguments) = (predicate, arguments) }
}

package struct PDDLParameter: Sendable, Equatable {
    package var name: String
    package var slot: Int
    /// The types it ranges over (`either` gives several). An undeclared type has no objects, so neither has the
    /// parameter: Fast Downward reads `?l - location, ?r` as a type named "location,", and so must we.
    package var types: [Int]
}

package indirect enum PDDLFormula: Sendable {
    case atom(PDDLPattern)
    case equal(PDDLTerm, PDDLTerm)
    case not(PDDLFormula)
    case and([PDDLFormula])
    case or([PDDLFormula])
    case exists([PDDLParameter], PDDLFormula)
    case forall([PDDLParameter], PDDLFormula)
}

/// `forall parameters: when condition, atom becomes true or false`.
package struct PDDLEffect: Sendable {
    package var parameters: [PDDLParameter]
    /// Nil for an effect without `when`.
    package var condition: PDDLFormula?
    package var pattern: PDDLPattern
    package var adds: Bool
}

package struct PDDLAction: Sendable {
    package var name: String
    /// Slots 0, 1, … in this order.
    package var parameters: [PDDLParameter]
    package var precondition: PDDLFormula
    package var effects: [PDDLEffect]
    /// Slots of the parameters and of all quantified variables together.
    package var slots: Int
}

package struct PDDLDerivation: Sendable {
    package var parameters: [PDDLParameter]
    package var body: PDDLFormula
    package var slots: Int
}
