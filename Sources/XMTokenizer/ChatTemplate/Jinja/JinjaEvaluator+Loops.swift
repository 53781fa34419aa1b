// Executes `for`: iterations, `else`, recursion by `loop(items)`, and the attributes of `loop`.
// SPDX-License-Identifier: Apache-2.0

/// The state of a running `for`, to which the value `loop` refers.
struct JinjaLoop: Sendable {
    let statement: JinjaLoopStatement
    let items: [JinjaValue]
    /// The enclosing scopes, for recursion.
    let scopes: [[String: JinjaValue]]
    let depth: Int
    var index = 0
    /// The last arguments of `loop.changed`.
    var lastAsked: [JinjaValue]?
}

extension JinjaEvaluator {
    mutating func run(_ statement: JinjaLoopStatement, over value: JinjaValue, depth: Int) throws {
        let height = scopes.count
        var items = try iterate(value)
        if let filter = statement.filter {
            var kept: [JinjaValue] = []
            for item in items {
                try charge()
                let holds = try inScope { evaluator in
                    try evaluator.assign(item, to: statement.target)
                    return try evaluator.truth(of: evaluator.evaluate(filter))
                }
                if holds { kept.append(item) }
            }
            items = kept
        }
        if items.isEmpty {
            _ = try inScope { try $0.execute(statement.otherwise) }
            return
        }
        let number = loops.count
        loops.append(
            JinjaLoop(
                statement: statement, items: items, scopes: statement.isRecursive ? scopes : [], depth: depth))
        for (index, item) in items.enumerated() {
            try charge()
            loops[number].index = index
            scopes.append(["loop": .loop(number)])
            try assign(item, to: statement.target)
            let flow = try execute(statement.body)
            scopes.removeLast(scopes.count - height)
            if flow == .breakLoop { break }
        }
    }

    /// `loop(items)`: the output of the same loop over other items.
    mutating func recurse(_ number: Int, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        let loop = loops[number]
        let bound = try JinjaSignature("iterable, /").bind(arguments, of: "'loop'", line: line)
        guard loop.statement.isRecursive else { throw failed("'loop' is called, but its 'for' is not recursive") }
        let (outer, callLine) = (scopes, line)
        defer { (scopes, line) = (outer, callLine) }
        scopes = loop.scopes
        return try checked(
            .string(
                try capture { evaluator in
                    try evaluator.deeper {
                        try $0.run(loop.statement, over: bound.value("iterable"), depth: loop.depth + 1)
                    }
                }))
    }

    /// An attribute of `loop`; nil for an unknown name.
    func attribute(ofLoop number: Int, _ name: String) -> JinjaValue? {
        let loop = loops[number]
        let (index, count) = (loop.index, loop.items.count)
        switch name {
        case "index": return .int(index + 1)
        case "index0": return .int(index)
        case "revindex": return .int(count - index)
        case "revindex0": return .int(count - index - 1)
        case "first": return .bool(index == 0)
        case "last": return .bool(index == count - 1)
        case "length": return .int(count)
        case "depth": return .int(loop.depth + 1)
        case "depth0": return .int(loop.depth)
        case "previtem": return index > 0 ? loop.items[index - 1] : .undefined(name: "loop.previtem of the first turn")
        case "nextitem":
            return index + 1 < count ? loop.items[index + 1] : .undefined(name: "loop.nextitem of the last turn")
        case "cycle", "changed": return .method(.loop(number), name)
        default: return nil
        }
    }

    mutating func callLoopMethod(_ name: String, _ number: Int, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        let values = try JinjaSignature("*args").bind(arguments, of: "'loop.\(name)'", line: line).more
        if name == "cycle" {
            guard !values.isEmpty else { throw failed("'loop.cycle' needs values to choose from") }
            return values[loops[number].index % values.count]
        }
        defer { loops[number].lastAsked = values }
        return .bool(loops[number].lastAsked != values)
    }
}
