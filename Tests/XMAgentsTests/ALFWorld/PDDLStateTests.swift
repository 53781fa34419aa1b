// The planning engine: grounding, conditions, effects.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMAgents

@Suite("PDDLStateTests")
struct PDDLStateTests {
    static func ground(_ domain: String, _ problem: String) throws -> GroundTask {
        try Grounding.ground(PDDLReader.task(domain: domain, problem: problem))
    }

    /// A domain with one predicate `p` and `q` of things a and b, and the given action.
    static func small(_ action: String, initial: String = "", goal: String = "(p a)") throws -> GroundTask {
        try ground(
            "(define (domain d) (:types t) (:predicates (p ?x) (q ?x) (r ?x ?y)) \(action))",
            "(define (problem x) (:domain d) (:objects a b - t) (:init \(initial)) (:goal \(goal)))")
    }

    static func names(_ state: PDDLState) -> [String] { state.applicableOperators.map { state.ground.name(of: $0) } }

    static func facts(_ state: PDDLState) -> Set<PDDLAtom> {
        Set(state.ground.facts.indices.filter { state.holds[$0] }.map { state.ground.facts[$0] })
    }

    @Test("random walks agree with conditions evaluated as they are written", arguments: 1...20)
    func agreesWithReference(seed: UInt64) throws {
        let task = try PDDLReader.task(domain: Blocks.domain, problem: Blocks.problem)
        var state = PDDLState(try Grounding.ground(task))
        var reference = PDDLReference(task)
        var random = seed &* 0x9E37_79B9_7F4A_7C15
        for _ in 0..<60 {
            let expected = reference.applicable()
            let found = Self.names(state)
            #expect(Set(found).isSubset(of: expected.keys))
            // What the engine leaves out may change nothing: such operators are dropped.
            for name in Set(expected.keys).subtracting(found) { #expect(expected[name] == reference.facts, "\(name)") }
            #expect(Self.facts(state) == reference.facts)
            #expect(state.isGoal == reference.holds(task.goal))
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let choice = Int(random >> 33) % found.count
            reference.facts = try #require(expected[found[choice]])
            state.apply(state.applicableOperators[choice])
        }
    }

    @Test("a goal that is reached is seen")
    func goal() throws {
        var state = PDDLState(try Self.ground(Blocks.domain, Blocks.problem))
        for name in ["(paint b1)", "(stack b1 b2)"] {
            #expect(!state.isGoal)
            let number = try #require(state.applicableOperators.first { state.ground.name(of: $0) == name })
            state.apply(number)
        }
        #expect(state.isGoal)
    }

    @Test("an operator that changes nothing is dropped, so one cannot go where one is")
    func dropsIdleOperators() throws {
        let move = "(:action go :parameters (?x ?y) :precondition (p ?x) :effect (and (not (p ?x)) (p ?y)))"
        let state = PDDLState(try Self.small(move, initial: "(p a)"))
        #expect(Self.names(state) == ["(go a b)"])
    }

    @Test("what is both added and deleted is added")
    func addWins() throws {
        var state = PDDLState(try Self.small("(:action go :effect (and (p a) (not (p a)) (q a)))"))
        state.apply(0)
        #expect(state.isGoal)
    }

    @Test("conditional effects read the state before the action")
    func conditionalEffects() throws {
        let swap = """
            (:action go :effect (and (when (p a) (and (not (p a)) (q a))) (when (q a) (and (not (q a)) (p a)))))
            """
        var state = PDDLState(try Self.small(swap, initial: "(p a)"))
        let facts = { (state: PDDLState) in Self.facts(state).map(state.ground.description).sorted() }
        for expected in [["q(a)"], ["p(a)"], ["q(a)"]] {
            state.apply(0)
            #expect(facts(state) == expected)
        }
    }

    @Test("deleted facts are remembered, facts that never were are not")
    func deletedFacts() throws {
        let actions = """
            (:action drop :parameters (?x) :precondition (p ?x) :effect (not (p ?x)))
            (:action lift :parameters (?x) :precondition (not (p ?x)) :effect (p ?x))
            """
        var state = PDDLState(try Self.small(actions, initial: "(p a)"))
        let deleted = { (state: PDDLState) in
            state.ground.facts.indices.filter { state.isDeleted[$0] }.map {
                state.ground.description(of: state.ground.facts[$0])
            }
        }
        #expect(deleted(state).isEmpty)
        let drop = try #require(state.applicableOperators.first { state.ground.name(of: $0) == "(drop a)" })
        state.apply(drop)
        #expect(deleted(state) == ["p(a)"])
        let lift = try #require(state.applicableOperators.first { state.ground.name(of: $0) == "(lift a)" })
        state.apply(lift)
        #expect(deleted(state).isEmpty)
    }

    @Test("an undeclared type has no objects: Fast Downward reads a comma as part of its name")
    func undeclaredTypes() throws {
        let comma = """
            (:action never :precondition (exists (?x - t, ?y - t) (and (p ?x) (q ?y))) :effect (q a))
            (:action always :precondition (exists (?x ?y - t) (and (p ?x) (q ?y))) :effect (q a))
            """
        #expect(Self.names(PDDLState(try Self.small(comma, initial: "(p a) (q b)"))) == ["(always)"])
    }

    @Test("an object that only the domain mentions is no error, and nothing holds of it")
    func unknownObjects() throws {
        let action = "(:action go :parameters (?x) :precondition (or (r ?x sink) (r ?x b)) :effect (p ?x))"
        #expect(Self.names(PDDLState(try Self.small(action, initial: "(r a b)"))) == ["(go a)"])
    }

    @Test("a copy is a saved state")
    func copies() throws {
        let saved = PDDLState(try Self.ground(Blocks.domain, Blocks.problem))
        var state = saved
        for _ in 0..<10 { state.apply(state.applicableOperators[state.applicableOperators.count / 2]) }
        #expect(Self.names(saved) == Self.names(PDDLState(saved.ground)))
        #expect(Self.facts(saved) == Set(saved.ground.task.initial))
    }

    @Test("a derived predicate that refers to itself, and a condition that explodes, are named")
    func limits() throws {
        let recursive = "(:derived (q ?x) (or (p ?x) (exists (?y) (and (r ?x ?y) (q ?y)))))"
        #expect(throws: PDDLError.recursiveDerivation(predicate: "q")) {
            try Self.small(recursive + "(:action go :precondition (q a) :effect (p a))")
        }
        let wide = (0..<13).map { _ in "(or (p a) (q a))" }.joined(separator: " ")
        #expect(throws: PDDLError.tooManyAlternatives(limit: 4096)) {
            try Self.small("(:action go :precondition (and \(wide)) :effect (r a b))")
        }
    }
}
