// Tuples, sets, intervals and relations of a derivation of VerifyGrammar.
// SPDX-License-Identifier: Apache-2.0

extension VerifyConversion {
    func assigned(_ node: ParseNode) throws -> VerifyValue {
        let name = try atomList(node.children[0])
        return .relation(sides: [name, try setOrValue(node.children[2])], [.equal])
    }

    /// `semicolons`: one value, a set, or a set of tuples.
    func setOrValue(_ node: ParseNode) throws -> VerifyValue {
        let rows = try self.rows(node)
        if rows.count == 1 { return rows[0].count == 1 ? rows[0][0] : .set(rows[0]) }
        if rows.allSatisfy({ $0.count == 1 }) { return .set(rows.map { $0[0] }) }
        return .set(rows.map { .tuple($0) })
    }

    func rows(_ node: ParseNode) throws -> [[VerifyValue]] {
        try node.all("commas", "plain_commas").map { row in
            try row.all("element", "plain_element").flatMap { try elements($0.children[0]) }
        }
    }

    private func elements(_ node: ParseNode) throws -> [VerifyValue] {
        switch node.rule {
        case "plus_minus":
            let sums = try node.all("sum").map(expression)
            if sums.count == 1 { return [.expression(negated(sums[0])), .expression(sums[0])] }
            return [.expression(.sum(sums)), .expression(.sum([sums[0], negated(sums[1])]))]
        case "set_atom": return [try setAtom(node)]
        case "relation": return [try relation(node)]
        default: return [try value(node)]
        }
    }

    private func relation(_ node: ParseNode) throws -> VerifyValue {
        var sides = [try value(node.children[0])]
        var relations: [VerifyValue.Relation] = []
        for index in stride(from: 1, to: node.children.count, by: 2) {
            let sign = node.children[index]
            let side = try value(node.children[index + 1])
            if sign.rule == "APPROX" {
                // A name for what it is close to; otherwise the exact side.
                if relations.isEmpty, sides[0].isOnlySymbols { sides = [side] }
                continue
            }
            relations.append(try relationSign(written(sign)))
            sides.append(side)
        }
        return relations.isEmpty ? sides[0] : .relation(sides: sides, relations)
    }

    private func relationSign(_ sign: String) throws -> VerifyValue.Relation {
        switch sign {
        case "=", "≡", "==", "\\equiv": return .equal
        case "<", "\\lt": return .less
        case "\\leq", "\\le", "\\leqslant", "≤", "<=": return .lessOrEqual
        case ">", "\\gt": return .greater
        case "\\geq", "\\ge", "\\geqslant", "≥", ">=": return .greaterOrEqual
        case "\\in": throw Unsupported()
        default: return .unequal
        }
    }

    func setRelation(_ node: ParseNode) throws -> VerifyValue {
        guard node.all("SUBSET", "SUPSET").isEmpty else { throw Unsupported() }
        guard let list = node["atom_list"] else { return try setMinus(node.children[0]) }
        guard node["NOTIN"] == nil else { throw Unsupported() }
        return .relation(sides: [try atomList(list), try setRelation(node.children[2])], [.equal])
    }

    func setMinus(_ node: ParseNode) throws -> VerifyValue {
        let sets = try node.all("set_union").map(setUnion)
        return sets.dropFirst().reduce(sets[0]) { .difference($0, $1) }
    }

    private func setUnion(_ node: ParseNode) throws -> VerifyValue {
        let sets = try node.all("set_intersection").map { try asSet(setIntersection($0), in: node) }
        return sets.count == 1 ? sets[0] : .union(sets)
    }

    private func setIntersection(_ node: ParseNode) throws -> VerifyValue {
        let sets = try node.all("set_group").map { group -> VerifyValue in
            let inner = try group["set_atom"].map(setAtom) ?? setMinus(group.children[1])
            return try asSet(inner, in: node)
        }
        return sets.count == 1 ? sets[0] : .intersection(sets)
    }

    /// Tuples among the operands of a set operation are sets.
    private func asSet(_ value: VerifyValue, in node: ParseNode) throws -> VerifyValue {
        guard node.children.count > 1 else { return value }
        if case .tuple(let elements) = value { return .set(elements) }
        guard value.isSet else { throw Unsupported() }
        return value
    }

    func setAtom(_ node: ParseNode) throws -> VerifyValue {
        let atom = node.children[0]
        switch atom.rule {
        case "interval": return try interval(atom)
        case "literal_set":
            guard atom["NAMED_SET"] != nil else { return .finiteSet([]) }
            let letter = written(atom)
            guard !letter.utf8.elementsEqual("\\mathbb{P}".utf8) else { throw Unsupported() }
            return .namedSet(letter)
        case "tuple":
            let rows = try self.rows(atom.children[1])
            if rows.count == 1, rows[0].count == 1 { return rows[0][0] }
            return .tuple(rows.flatMap { $0 })
        default:
            guard let inner = atom["semicolons"] else { throw Unsupported() }
            return atom["BOXED"] != nil ? try setOrValue(inner) : .set(try rows(inner).flatMap { $0 })
        }
    }

    /// An interval; a tuple where it would be empty.
    private func interval(_ node: ParseNode) throws -> VerifyValue {
        let ends = try node.all("sum").map(expression)
        let isOpen = { (bracket: ParseNode) in !["L_BRACKET", "L_BRACK", "R_BRACKET", "R_BRACK"].contains(bracket.rule)
        }
        var (leftOpen, rightOpen) = (isOpen(node.children[0]), isOpen(node.children[4]))
        if ends[0].isNegativeInfinity { leftOpen = true }
        if ends[1] == .constant(.infinity) { rightOpen = true }
        guard let order = ExpressionEvaluator.order(ends[0], ends[1]) else {
            // Only of real ends is there an interval.
            guard isReal else { throw Unsupported() }
            return .interval(ends[0], ends[1], leftOpen: leftOpen, rightOpen: rightOpen)
        }
        let isTuple = leftOpen && rightOpen ? order >= 0 : !leftOpen && !rightOpen ? order > 0 : false
        if isTuple { return .tuple(ends.map { .expression($0) }) }
        if order > 0 || order == 0 && (leftOpen || rightOpen) { return .finiteSet([]) }
        if order == 0 { return .finiteSet([.expression(ends[0])]) }
        return .interval(ends[0], ends[1], leftOpen: leftOpen, rightOpen: rightOpen)
    }

    private func atomList(_ node: ParseNode) throws -> VerifyValue {
        let symbols = try node.all("scripted_symbol").map { VerifyValue.expression(try scriptedSymbol($0)) }
        return symbols.count == 1 ? symbols[0] : .tuple(symbols)
    }
}
