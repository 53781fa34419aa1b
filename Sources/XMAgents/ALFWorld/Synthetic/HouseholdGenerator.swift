// Synthetic games in ALFWorld's form, for training and tests: a furnished room, one task, and a solution. The same seed
// gives the same game on every machine.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// How hard a game is, from 1 to 10: more furniture to search, more things in it, and more often a closed door before
/// what is wanted.
package struct HouseholdDifficulty: Sendable, Equatable {
    package let level: Int

    package static let levels = 1...10

    /// Nil outside of 1...10.
    package init?(_ level: Int) {
        guard Self.levels.contains(level) else { return nil }
        self.level = level
    }

    /// Pieces of furniture beyond those that the task needs.
    var furniture: Int { 2 * level }
    /// Things beyond those that the task needs.
    var things: Int { 3 * level }
    /// Probability that what is wanted lies behind a door, where a door is possible.
    var hidden: Double { Double(level) / 10 }
}

package struct HouseholdGenerator {
    /// A thing or a piece of furniture.
    private struct Entity {
        var kind: String
        var id: String
    }

    private var random: RandomStream
    private let type: ALFWorldTaskType
    private let difficulty: HouseholdDifficulty
    private var taken: Set<String> = []
    private var furniture: [(entity: Entity, location: String)] = []
    private var things: [(entity: Entity, place: Int)] = []  // place: index into `furniture`

    /// The text of a game file: domain, problem, grammar, and a walkthrough in ids.
    package static func game(
        _ type: ALFWorldTaskType, difficulty: HouseholdDifficulty, seed: UInt64, index: Int = 0
    ) -> Data {
        var generator = HouseholdGenerator(
            random: RandomStream(seed: seed, "household \(type.rawValue) \(difficulty.level)", UInt64(index)),
            type: type,
            difficulty: difficulty)
        return generator.make()
    }

    private init(random: RandomStream, type: ALFWorldTaskType, difficulty: HouseholdDifficulty) {
        (self.random, self.type, self.difficulty) = (random, type, difficulty)
    }

    // MARK: The room

    private mutating func make() -> Data {
        let tables = HouseholdTables.self
        // The appliance of the task, if it has one.
        let (appliance, able, word): (String?, Set<String>, String) =
            switch type {
            case .clean: ("SinkBasin", tables.cleanable, "clean")
            case .heat: ("Microwave", tables.heatable, "heat")
            case .cool: ("Fridge", tables.coolable, "cool")
            case .pickAndPlace, .pickTwo, .lookAtObject: (nil, Set(tables.things), "")
            }
        let kind = choose(tables.things.filter { able.contains($0) })
        let isLooking = type == .lookAtObject
        let lampPlace = choose(["Desk", "SideTable", "Dresser", "Shelf"])
        let target = isLooking ? lampPlace : choose(holders(of: kind).filter { $0 != appliance })
        let target0 = furnish(target)
        let applianceAt = appliance.map { furnish($0) }
        for _ in 0..<difficulty.furniture { _ = furnish(choose(tables.contents.map(\.kind))) }

        // What is wanted lies anywhere but where it has to go.
        let wanted = (0..<(type == .pickTwo ? 2 : 1)).map { _ in hide(kind, awayFrom: target) }
        for _ in 0..<difficulty.things {
            let other = choose(tables.things)
            // Another thing of the wanted kind in the place where it has to go could solve the task at once.
            let places = places(for: other).filter { other != kind || furniture[$0].entity.kind != target }
            if !places.isEmpty { _ = put(other, at: choose(places)) }
        }
        let lamp = isLooking ? put("DeskLamp", at: target0) : nil
        let steps = solution(wanted, word: word, appliance: applianceAt, target: target0, lamp: lamp)
        return file(sentence: sentence(kind, target), goal: goal(kind, target), walkthrough: steps)
    }

    private mutating func choose<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }

    private func holders(of kind: String) -> [String] {
        HouseholdTables.contents.filter { $0.holds.contains(kind) }.map(\.kind)
    }

    private func places(for kind: String) -> [Int] {
        let holders = Set(holders(of: kind))
        return furniture.indices.filter { holders.contains(furniture[$0].entity.kind) }
    }

    private mutating func furnish(_ kind: String) -> Int {
        // Now and then two pieces are reached from one spot, as drawers are.
        let shares = !furniture.isEmpty && random.uniform() < 0.2
        let spot = shares ? choose(furniture).location : newLocation()
        // A sink is an AI2-THOR "Sink" with a part of its own.
        let id = kind == "SinkBasin" ? newID("Sink") + "_bar_SinkBasin" : newID(kind)
        furniture.append((Entity(kind: kind, id: id), spot))
        return furniture.count - 1
    }

    private mutating func put(_ kind: String, at place: Int) -> Int {
        things.append((Entity(kind: kind, id: newID(kind)), place))
        return things.count - 1
    }

    /// Puts a thing somewhere that is not of the kind `target`; makes a place if there is none.
    private mutating func hide(_ kind: String, awayFrom target: String) -> Int {
        var possible = places(for: kind).filter { furniture[$0].entity.kind != target }
        if possible.isEmpty {
            let holders = holders(of: kind).filter { $0 != target }
            possible = [furnish(choose(holders))]
        }
        let closed = possible.filter { HouseholdTables.openable.contains(furniture[$0].entity.kind) }
        let open = possible.filter { !closed.contains($0) }
        let isHidden = random.uniform() < difficulty.hidden
        let preferred = isHidden ? closed : open
        return put(kind, at: choose(preferred.isEmpty ? possible : preferred))
    }

    private mutating func newLocation() -> String {
        unique {
            "loc_bar_\(Self.escaped(Int.random(in: -12...12, using: &$0)))_bar_"
                + "\(Self.escaped(Int.random(in: -12...12, using: &$0)))_bar_\(Int.random(in: 0...3, using: &$0))_bar_60"
        }
    }

    private mutating func newID(_ kind: String) -> String {
        unique { random in
            kind
                + (0..<3).map { _ in
                    let value = Int.random(in: -399...399, using: &random)
                    let (whole, part) = abs(value).quotientAndRemainder(dividingBy: 100)
                    return "_bar_\(value < 0 ? "_minus" : "_plus")_0\(whole)_dot_\(part < 10 ? "0" : "")\(part)"
                }.joined()
        }
    }

    private static func escaped(_ value: Int) -> String { value < 0 ? "_minus_\(-value)" : "\(value)" }

    private mutating func unique(_ make: (inout RandomStream) -> String) -> String {
        while true {
            let id = make(&random)
            if taken.insert(id.lowercased()).inserted { return id }
        }
    }

    // MARK: The task

    private mutating func sentence(_ kind: String, _ target: String) -> String {
        let (thing, place) = (kind.lowercased(), target.lowercased())
        let sentences =
            switch type {
            case .pickAndPlace: ["put a \(thing) in \(place)", "put some \(thing) on \(place)"]
            case .clean: ["put a clean \(thing) in \(place)", "clean some \(thing) and put it in \(place)"]
            case .heat: ["put a hot \(thing) in \(place)", "heat some \(thing) and put it in \(place)"]
            case .cool: ["put a cool \(thing) in \(place)", "cool some \(thing) and put it in \(place)"]
            case .pickTwo: ["put two \(thing) in \(place)", "find two \(thing) and put them in \(place)"]
            case .lookAtObject: ["look at \(thing) under the desklamp", "examine the \(thing) with the desklamp"]
            }
        return choose(sentences)
    }

    private func goal(_ kind: String, _ target: String) -> String {
        func lies(_ thing: String) -> String { "(inReceptacle \(thing) ?r) (objectType \(thing) \(kind)Type)" }
        let place = "(receptacleType ?r \(target)Type)"
        func one(_ more: String) -> String {
            "(exists (?r - receptacle ?o - object) (and \(lies("?o")) \(place) \(more)))"
        }
        return switch type {
        case .pickAndPlace: one("")
        case .clean: one("(cleanable ?o) (isClean ?o)")
        case .heat: one("(heatable ?o) (isHot ?o)")
        case .cool: one("(coolable ?o) (isCool ?o)")
        case .pickTwo:
            "(exists (?r - receptacle ?o ?p - object) (and \(lies("?o")) \(lies("?p")) \(place) (not (= ?o ?p))))"
        case .lookAtObject:
            "(and (exists (?t - object ?r - receptacle ?a - agent ?l - location) (and (objectType ?t DeskLampType) "
                + "(toggleable ?t) (isToggled ?t) (receptacleAtLocation ?r ?l) (atLocation ?a ?l) "
                + "(inReceptacle ?t ?r))) (exists (?o - object ?a - agent) (and (objectType ?o \(kind)Type) (holds ?a ?o))))"
        }
    }

    private func solution(_ wanted: [Int], word: String, appliance: Int?, target: Int, lamp: Int?) -> [String] {
        var steps: [String] = []
        var (here, opened): (String?, Set<Int>) = (nil, [])
        func name(_ place: Int) -> String { furniture[place].entity.id.lowercased() }
        func visit(_ place: Int, opens: Bool) {
            if here != furniture[place].location { steps.append("go to \(name(place))") }
            here = furniture[place].location
            if opens, HouseholdTables.openable.contains(furniture[place].entity.kind), opened.insert(place).inserted {
                steps.append("open \(name(place))")
            }
        }
        for number in wanted {
            let (thing, place) = (things[number].entity.id.lowercased(), things[number].place)
            visit(place, opens: true)
            steps.append("take \(thing) from \(name(place))")
            if let appliance {
                visit(appliance, opens: false)
                steps.append("\(word) \(thing) with \(name(appliance))")
            }
            if let lamp {
                visit(target, opens: false)
                steps.append("use \(things[lamp].entity.id.lowercased())")
            } else {
                visit(target, opens: true)
                steps.append("move \(thing) to \(name(target))")
            }
        }
        return steps
    }

    // MARK: The file

    private mutating func file(sentence: String, goal: String, walkthrough: [String]) -> Data {
        let tables = HouseholdTables.self
        let start = newLocation()
        var facts = ["(atLocation agent1 \(start))"]
        for (piece, location) in furniture {
            facts.append("(receptacleAtLocation \(piece.id) \(location))")
            facts.append("(receptacleType \(piece.id) \(piece.kind)Type)")
            if tables.openable.contains(piece.kind) { facts.append("(openable \(piece.id))") }
        }
        for (thing, place) in things {
            facts.append("(inReceptacle \(thing.id) \(furniture[place].entity.id))")
            facts.append("(objectAtLocation \(thing.id) \(furniture[place].location))")
            facts.append("(objectType \(thing.id) \(thing.kind)Type)")
            facts.append(thing.kind == "DeskLamp" ? "(toggleable \(thing.id))" : "(pickupable \(thing.id))")
            for (kinds, predicate) in [
                (tables.cleanable, "cleanable"), (tables.heatable, "heatable"), (tables.coolable, "coolable"),
                (tables.sliceable, "sliceable"), (tables.receptacleObjects, "isReceptacleObject"),
            ] where kinds.contains(thing.kind) { facts.append("(\(predicate) \(thing.id))") }
        }
        let kinds = tables.things + ["DeskLamp"]
        for (kind, holds) in tables.contents {
            for thing in holds.sorted() { facts.append("(canContain \(kind)Type \(thing)Type)") }
        }
        let objects =
            ["agent1 - agent"] + Set(furniture.map(\.location) + [start]).sorted().map { "\($0) - location" }
            + furniture.map { "\($0.entity.id) - receptacle" } + things.map { "\($0.entity.id) - object" }
            + tables.contents.map { "\($0.kind)Type - rtype" } + kinds.map { "\($0)Type - otype" }
        let problem = """
            (define (problem household) (:domain household)
              (:objects \(objects.joined(separator: "\n    ")))
              (:init \(facts.joined(separator: "\n    ")))
              (:goal \(goal)))
            """
        let file = JSONObject([
            ("pddl_domain", .string(HouseholdLogic.domain)),
            ("grammar", .string(HouseholdLogic.grammar.exchanging("TASK", for: sentence))),
            ("pddl_problem", .string(problem)), ("solvable", .bool(true)),
            ("walkthrough", .array(walkthrough.map { .string($0) })),
        ])
        return Data(JSONValue.object(file).text.utf8)
    }
}
