// Conditions and effects: every variable gets a slot of its own in its action's binding, so that no quantifier can
// capture another's variable later.
// SPDX-License-Identifier: Apache-2.0

extension PDDLReader {
    /// The variables that are visible, and the number of slots given out so far.
    struct Scope {
        var visible: [String: Int] = [:]
        var slots = 0

        mutating func declare(_ names: [TypedName], _ types: PDDLTypes) throws(PDDLError) -> [PDDLParameter] {
            var parameters: [PDDLParameter] = []
            for entry in names {
                guard entry.name.utf8.first == UInt8(ascii: "?") else {
                    throw .malformed(
                        entry.position, construct: "the parameter '\(entry.name)'", expected: "?\(entry.name)")
                }
                let numbers = entry.types.isEmpty ? [0] : entry.types.compactMap { types[$0.name ?? ""] }
                visible[entry.name] = slots
                parameters.append(PDDLParameter(name: String(entry.name.dropFirst()), slot: slots, types: numbers))
                slots += 1
            }
            return parameters
        }
    }

    mutating func formula(_ expression: SExpression, _ scope: inout Scope) throws(PDDLError) -> PDDLFormula {
        guard let list = expression.list else {
            throw .malformed(position(expression), construct: "a condition", expected: "a list")
        }
        guard !list.isEmpty else { return .and([]) }
        guard let head = list[0].name else {
            throw .malformed(position(expression), construct: "a condition", expected: "a name first")
        }
        switch head {
        case "and", "or":
            var parts: [PDDLFormula] = []
            for part in list.dropFirst() { parts.append(try formula(part, &scope)) }
            return head == "and" ? .and(parts) : .or(parts)
        case "not":
            try expect(1, of: expression)
            return .not(try formula(list[1], &scope))
        case "imply":
            try expect(2, of: expression)
            return .or([.not(try formula(list[1], &scope)), try formula(list[2], &scope)])
        case "exists", "forall":
            try expect(2, of: expression)
            let outer = scope.visible
            let parameters = try scope.declare(typedNames((list[1].list ?? [])[...]), types)
            let body = try formula(list[2], &scope)
            scope.visible = outer
            return head == "exists" ? .exists(parameters, body) : .forall(parameters, body)
        case "=":
            try expect(2, of: expression)
            return .equal(try term(list[1], scope), try term(list[2], scope))
        case "<", ">", "<=", ">=", "when", "preference":
            throw .unsupported(position(expression), construct: "'\(head)' in a condition")
        default:
            return .atom(try pattern(expression, scope))
        }
    }

    /// The single effects of a conjunction, with the quantifiers and conditions around each.
    mutating func effects(_ expression: SExpression, _ scope: inout Scope) throws(PDDLError) -> [PDDLEffect] {
        guard let list = expression.list else {
            throw .malformed(position(expression), construct: "an effect", expected: "a list")
        }
        guard !list.isEmpty else { return [] }
        switch list[0].name {
        case "and":
            var effects: [PDDLEffect] = []
            for part in list.dropFirst() { effects += try self.effects(part, &scope) }
            return effects
        case "forall":
            try expect(2, of: expression)
            let outer = scope.visible
            let parameters = try scope.declare(typedNames((list[1].list ?? [])[...]), types)
            var effects = try self.effects(list[2], &scope)
            scope.visible = outer
            for index in effects.indices { effects[index].parameters = parameters + effects[index].parameters }
            return effects
        case "when":
            try expect(2, of: expression)
            let condition = try formula(list[1], &scope)
            var effects = try self.effects(list[2], &scope)
            for index in effects.indices {
                effects[index].condition = effects[index].condition.map { .and([condition, $0]) } ?? condition
            }
            return effects
        case "not":
            try expect(1, of: expression)
            return [PDDLEffect(parameters: [], condition: nil, pattern: try pattern(list[1], scope), adds: false)]
        case "increase", "decrease", "assign", "scale-up", "scale-down":
            return []
        default:
            return [PDDLEffect(parameters: [], condition: nil, pattern: try pattern(expression, scope), adds: true)]
        }
    }

    mutating func pattern(_ expression: SExpression, _ scope: Scope) throws(PDDLError) -> PDDLPattern {
        guard let list = expression.list, let name = list.first?.name else {
            throw .malformed(position(expression), construct: "a fact", expected: "(PREDICATE argument …)")
        }
        guard let predicate = predicateNumbers[name] else {
            throw .unknown(position(expression), kind: "predicate", name: name)
        }
        guard list.count - 1 == predicates[predicate].arity else {
            throw .wrongArity(
                position(expression), predicate: name, found: list.count - 1, wanted: predicates[predicate].arity)
        }
        var terms: [PDDLTerm] = []
        for argument in list.dropFirst() { terms.append(try term(argument, scope)) }
        return PDDLPattern(predicate: predicate, terms: terms)
    }

    private mutating func term(_ expression: SExpression, _ scope: Scope) throws(PDDLError) -> PDDLTerm {
        guard let name = expression.name else {
            throw .malformed(position(expression), construct: "an argument", expected: "a variable or an object")
        }
        if name.utf8.first == UInt8(ascii: "?") {
            guard let slot = scope.visible[name] else {
                throw .unknown(position(expression), kind: "variable", name: name)
            }
            return .variable(slot)
        }
        if let object = objectNumbers[name] { return .object(object) }
        // A domain may name objects that a problem lacks (a kitchen's sink in a bedroom): nothing is true of them.
        objectNumbers[name] = objects.count
        objects.append(PDDLObject(name: name, type: nil))
        return .object(objects.count - 1)
    }

    private func expect(_ count: Int, of expression: SExpression) throws(PDDLError) {
        let found = (expression.list?.count ?? 1) - 1
        guard found == count else {
            throw .malformed(
                position(expression), construct: "'\(expression.head ?? "")'",
                expected: "\(count) arguments, not \(found)")
        }
    }
}
