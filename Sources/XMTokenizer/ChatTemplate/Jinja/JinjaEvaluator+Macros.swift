// Macros and `call` blocks. As in Jinja a macro sees the names of the place where it is written, not those of its
// caller; the body of a `call` block is a macro named `caller`, which the macro that is called may use.
// SPDX-License-Identifier: Apache-2.0

/// A macro with the scopes around it, beyond those of the whole template.
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

    /// Calls the macro that an expression names; `caller` is the body that came with a `call` block.
    mutating func call(
        _ callee: JinjaExpression, _ arguments: JinjaCallArguments, caller: JinjaMacro
    ) throws -> JinjaValue {
        guard case .macro(let index) = try evaluate(callee) else { throw failed("'call' takes a macro") }
        return try call(macros[index], arguments, caller: try define(caller))
    }

    mutating func call(
        _ closure: JinjaClosure, _ arguments: JinjaCallArguments, caller: JinjaValue? = nil
    ) throws -> JinjaValue {
        let macro = closure.macro
        guard arguments.positional.count <= macro.parameters.count else {
            throw failed("the macro '\(macro.name)' takes \(macro.parameters.count) arguments")
        }
        let names = Set(macro.parameters.map(\.name))
        if let unknown = arguments.named.first(where: { !names.contains($0.name) }) {
            throw failed("the macro '\(macro.name)' has no parameter '\(unknown.name)'")
        }
        let (outer, callLine) = (scopes, line)
        defer { (scopes, line) = (outer, callLine) }
        // Names of the whole template are read as they are now.
        scopes = scopes.prefix(2) + closure.scopes + [caller.map { ["caller": $0] } ?? [:]]
        let own = scopes.count - 1
        for (index, parameter) in macro.parameters.enumerated() {
            let value: JinjaValue
            if let given = arguments.value(index, parameter.name) {
                value = given
            } else {
                value = try parameter.standard.map { try evaluate($0) } ?? .undefined(name: parameter.name)
            }
            scopes[own][parameter.name] = value
        }
        return try checked(.string(try capture { _ = try $0.execute(macro.body) }))
    }
}
