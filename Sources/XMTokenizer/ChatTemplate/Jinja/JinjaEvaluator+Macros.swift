// Executes macros and `call` blocks. As in Jinja, a macro sees the names of the scope in which it is defined, not those
// of its caller; the body of a `call` block is a macro named `caller`, which the called macro may use.
// SPDX-License-Identifier: Apache-2.0

/// A macro with its enclosing scopes, apart from the template's own.
struct JinjaClosure: Sendable {
    let macro: JinjaMacro
    let scopes: [[String: JinjaValue]]
}

extension JinjaEvaluator {
    mutating func define(_ macro: JinjaMacro) throws -> JinjaValue {
        try charge(more: scopes.count)  // which it keeps
        macros.append(JinjaClosure(macro: macro, scopes: Array(scopes.dropFirst(2))))
        return .macro(macros.count - 1)
    }

    /// Calls the macro that an expression evaluates to; `caller` is the body of a `call` block.
    mutating func call(
        _ callee: JinjaExpression, _ arguments: JinjaCallArguments, caller: JinjaMacro
    ) throws -> JinjaValue {
        guard case .macro(let index) = try evaluate(callee) else { throw failed("'call' takes a macro") }
        guard macros[index].macro.special.contains("caller") else {
            throw failed("the macro '\(macros[index].macro.name)' uses no 'caller', but is called by 'call'")
        }
        return try call(macros[index], arguments, caller: try define(caller))
    }

    mutating func call(
        _ closure: JinjaClosure, _ arguments: JinjaCallArguments, caller: JinjaValue? = nil
    ) throws -> JinjaValue {
        let macro = closure.macro
        let names = macro.parameters.map(\.name)
        var given = Dictionary(zip(names, arguments.positional)) { first, _ in first }
        var more: [(key: JinjaValue, value: JinjaValue)] = []
        var caller = caller
        for (name, value) in arguments.named {
            if names.contains(name), given[name] == nil {
                given[name] = value
            } else if name == "caller", caller == nil, macro.special.contains("caller") {
                caller = value
            } else if macro.special.contains("kwargs"), !names.contains(name), name != "caller" {
                more.append((.string(name), value))
            } else {
                throw failed(
                    "the macro '\(macro.name)' "
                        + (names.contains(name) ? "has a duplicate argument '\(name)'" : "has no parameter '\(name)'"))
            }
        }
        let rest = arguments.positional.dropFirst(names.count)
        guard rest.isEmpty || macro.special.contains("varargs") else {
            throw failed(
                "the macro '\(macro.name)' takes \(names.count) arguments, found \(arguments.positional.count)")
        }
        let (outer, callLine) = (scopes, line)
        defer { (scopes, line) = (outer, callLine) }
        var own: [String: JinjaValue] = [:]
        if macro.special.contains("caller") { own["caller"] = caller ?? .undefined(name: "caller") }
        if macro.special.contains("kwargs") { own["kwargs"] = .dict(JinjaDict(pairs: more)) }
        if macro.special.contains("varargs") { own["varargs"] = .tuple(Array(rest)) }
        // The template's own names have their current values.
        scopes = scopes.prefix(2) + closure.scopes + [own]
        let place = scopes.count - 1
        for parameter in macro.parameters {
            let standard = try given[parameter.name] ?? parameter.standard.map { try evaluate($0) }
            scopes[place][parameter.name] = standard ?? .undefined(name: parameter.name)
        }
        return try checked(.string(try capture { _ = try $0.execute(macro.body) }))
    }
}
