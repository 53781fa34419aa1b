// Reads a planning domain and a problem: PDDL 2.1's `:adl` and `:typing` with `:derived-predicates` of 2.2, as in
// Fox and Long, "PDDL2.1" (JAIR 20, 2003). Costs and numeric functions are read over, since play ignores them.
// PDDLReader+Formulas.swift reads conditions and effects.
// SPDX-License-Identifier: Apache-2.0

package struct PDDLReader {
    /// The text that is being read, for errors.
    var source: String
    var types = PDDLTypes()
    var objects: [PDDLObject] = []
    var objectNumbers: [String: Int] = [:]
    var predicates: [PDDLPredicate] = []
    var predicateNumbers: [String: Int] = [:]

    /// The task of `domain` and `problem`; `source` is what errors call the two texts.
    package static func task(
        domain: String, problem: String, source: (domain: String, problem: String) = ("domain", "problem")
    ) throws(PDDLError) -> PDDLTask {
        var reader = PDDLReader(source: source.domain)
        let domainSections = try reader.sections(of: SExpression.parse(domain, source: source.domain), kind: "domain")
        let problemList = try SExpression.parse(problem, source: source.problem)
        for section in domainSections where section.head == ":types" { try reader.readTypes(section) }
        for section in domainSections where section.head == ":constants" { try reader.readObjects(section) }
        for section in domainSections where section.head == ":predicates" { try reader.readPredicates(section) }

        reader.source = source.problem
        let problemSections = try reader.sections(of: problemList, kind: "problem")
        for section in problemSections where section.head == ":objects" { try reader.readObjects(section) }

        reader.source = source.domain
        var actions: [PDDLAction] = []
        var derivations: [Int: [PDDLDerivation]] = [:]
        for section in domainSections {
            switch section.head {
            case ":action":
                let action = try reader.action(section)
                if actions.contains(where: { $0.name == action.name }) {
                    throw .repeated(reader.position(section), kind: "action", name: action.name)
                }
                actions.append(action)
            case ":derived":
                let (predicate, derivation) = try reader.derivation(section)
                derivations[predicate, default: []].append(derivation)
            case ":types", ":constants", ":predicates", ":requirements", ":functions": break
            case let other: throw .unsupported(reader.position(section), construct: "'\(other ?? "(")' in a domain")
            }
        }

        reader.source = source.problem
        var initial: [PDDLAtom] = []
        var goal: PDDLFormula?
        var goalScope = Scope()
        for section in problemSections {
            switch section.head {
            case ":init": initial += try reader.initialFacts(section)
            case ":goal":
                guard let body = section.list, body.count == 2 else {
                    throw .malformed(reader.position(section), construct: ":goal", expected: "one condition")
                }
                goal = try reader.formula(body[1], &goalScope)
            case ":domain", ":objects", ":requirements", ":metric": break
            case let other: throw .unsupported(reader.position(section), construct: "'\(other ?? "(")' in a problem")
            }
        }
        guard let goal else {
            throw .malformed(reader.position(problemList), construct: "the problem", expected: "a section :goal")
        }
        return PDDLTask(
            types: reader.types, objects: reader.objects, predicates: reader.predicates, actions: actions,
            derivations: derivations, initial: initial, goal: goal, goalSlots: goalScope.slots)
    }

    func position(_ expression: SExpression) -> TextPosition { TextPosition(source, line: expression.line) }

    /// The sections of `(define (KIND name) section …)`.
    private func sections(of expression: SExpression, kind: String) throws(PDDLError) -> [SExpression] {
        guard let list = expression.list, expression.head == "define", list.count >= 2, list[1].head == kind else {
            throw .malformed(position(expression), construct: "the \(kind)", expected: "(define (\(kind) NAME) …)")
        }
        return Array(list[2...])
    }

    // MARK: Lists of typed names

    /// One entry of `a b - type c`, where the type of the last entries may be left out.
    struct TypedName {
        var name: String
        var types: [SExpression]
        var position: TextPosition
    }

    func typedNames(_ list: ArraySlice<SExpression>) throws(PDDLError) -> [TypedName] {
        var (named, untyped): ([TypedName], [TypedName]) = ([], [])
        var rest = list
        while let next = rest.popFirst() {
            guard let name = next.name else {
                throw .malformed(position(next), construct: "a list of names", expected: "names, not a list")
            }
            guard name == "-" else {
                untyped.append(TypedName(name: name, types: [], position: position(next)))
                continue
            }
            guard let type = rest.popFirst() else {
                throw .malformed(position(next), construct: "a list of names", expected: "a type after '-'")
            }
            let alternatives = type.head == "either" ? Array(type.list?.dropFirst() ?? []) : [type]
            for alternative in alternatives where alternative.name == nil {
                throw .malformed(position(type), construct: "a type", expected: "a name or (either NAME …)")
            }
            named += untyped.map { TypedName(name: $0.name, types: alternatives, position: $0.position) }
            untyped = []
        }
        return named + untyped
    }

    private mutating func readTypes(_ section: SExpression) throws(PDDLError) {
        let entries = try typedNames((section.list ?? []).dropFirst())
        for entry in entries {
            let type = types.add(entry.name)
            for parent in entry.types { types.place(type, under: types.add(parent.name ?? "")) }
        }
    }

    private mutating func readObjects(_ section: SExpression) throws(PDDLError) {
        for entry in try typedNames((section.list ?? []).dropFirst()) {
            guard entry.types.count <= 1 else {
                throw .unsupported(entry.position, construct: "an object of several types")
            }
            let typeName = entry.types.first?.name ?? "object"
            guard let type = types[typeName] else { throw .unknown(entry.position, kind: "type", name: typeName) }
            guard objectNumbers[entry.name] == nil else {
                throw .repeated(entry.position, kind: "object", name: entry.name)
            }
            objectNumbers[entry.name] = objects.count
            objects.append(PDDLObject(name: entry.name, type: type))
        }
    }

    private mutating func readPredicates(_ section: SExpression) throws(PDDLError) {
        for declaration in (section.list ?? []).dropFirst() {
            guard let name = declaration.head, let list = declaration.list else {
                throw .malformed(position(declaration), construct: "a predicate", expected: "(NAME ?variable - type …)")
            }
            guard predicateNumbers[name] == nil else {
                throw .repeated(position(declaration), kind: "predicate", name: name)
            }
            predicateNumbers[name] = predicates.count
            predicates.append(PDDLPredicate(name: name, arity: try typedNames(list.dropFirst()).count))
        }
    }

    // MARK: Actions, derivations, initial facts

    private mutating func action(_ section: SExpression) throws(PDDLError) -> PDDLAction {
        guard let list = section.list, list.count >= 2, let name = list[1].name, list.count % 2 == 0 else {
            throw .malformed(
                position(section), construct: "an action", expected: "a name, then keys with one value each")
        }
        var scope = Scope()
        var parameters: [PDDLParameter] = []
        var precondition = PDDLFormula.and([])
        var effects: [PDDLEffect] = []
        // The parameters come first wherever they stand: conditions and effects need them.
        let keys = stride(from: 2, to: list.count, by: 2)
        for index in keys where list[index].name == ":parameters" {
            parameters = try scope.declare(typedNames((list[index + 1].list ?? [])[...]), types)
        }
        for index in keys {
            switch list[index].name {
            case ":parameters": break
            case ":precondition": precondition = try formula(list[index + 1], &scope)
            case ":effect": effects = try self.effects(list[index + 1], &scope)
            case let other:
                throw .unsupported(position(list[index]), construct: "'\(other ?? "(")' in the action '\(name)'")
            }
        }
        return PDDLAction(
            name: name, parameters: parameters, precondition: precondition, effects: effects, slots: scope.slots)
    }

    private mutating func derivation(_ section: SExpression) throws(PDDLError) -> (Int, PDDLDerivation) {
        guard let list = section.list, list.count == 3, let head = list[1].list, let name = list[1].head else {
            throw .malformed(
                position(section), construct: ":derived", expected: "(PREDICATE ?variable …) and a condition")
        }
        guard let predicate = predicateNumbers[name] else {
            throw .unknown(position(list[1]), kind: "predicate", name: name)
        }
        var scope = Scope()
        let parameters = try scope.declare(typedNames(head.dropFirst()), types)
        guard parameters.count == predicates[predicate].arity else {
            throw .wrongArity(
                position(list[1]), predicate: name, found: parameters.count, wanted: predicates[predicate].arity)
        }
        let body = try formula(list[2], &scope)
        return (predicate, PDDLDerivation(parameters: parameters, body: body, slots: scope.slots))
    }

    private mutating func initialFacts(_ section: SExpression) throws(PDDLError) -> [PDDLAtom] {
        var facts: [PDDLAtom] = []
        let scope = Scope()
        for fact in (section.list ?? []).dropFirst() {
            // `(= (distance a b) 3)` sets a function; `(not …)` is true anyway, since what is not listed is false.
            if fact.head == "=" || fact.head == "not" { continue }
            let pattern = try pattern(fact, scope)
            let arguments = pattern.terms.map { if case .object(let object) = $0 { object } else { -1 } }
            facts.append(PDDLAtom(predicate: pattern.predicate, arguments: arguments))
        }
        return facts
    }
}
