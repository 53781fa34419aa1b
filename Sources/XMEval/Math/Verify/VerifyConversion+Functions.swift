// Functions, roots, series and powers of functions of a derivation of VerifyGrammar.
// SPDX-License-Identifier: Apache-2.0

extension VerifyConversion {
    func function(_ node: ParseNode) throws -> MathExpression {
        switch node.rule {
        case "named": return try named(node)
        case "several":
            let arguments = try node["arguments"].map { try $0.all("sum").map(expression) } ?? []
            let name = String(written(node.children[0]).unicodeScalars.dropFirst())
            return try raised(.function(name, arguments), node)
        case "applied":
            guard case .symbol(let name) = try bareSymbol(node.children[0]), let inner = node["applied_to"] else {
                throw Unsupported()
            }
            var arguments = try inner.all("sum").map(expression)
            if let atom = inner["atom"] { arguments.append(try self.atom(atom)) }
            if let more = inner["arguments"] { arguments += try more.all("sum").map(expression) }
            return try raised(.function("\\" + name, arguments), node)
        case "root":
            let parts = try node.all("sum").map(expression)
            return .root(parts[parts.count - 1], parts.count == 2 ? parts[0] : .number("2"))
        case "exponential":
            guard let exponent = node["exponent"] else { return .constant(.e) }
            return .power(.constant(.e), try script(exponent))
        case "series":
            guard let range = node["start"]?["equality"], let end = node["exponent"], let body = node["product"],
                case .symbol(let variable) = try expression(range.children[0])
            else { throw Unsupported() }
            let name = node.children[0].rule == "SUM" ? "series_sum" : "series_product"
            guard let inner = try product(body).expression else { throw Unsupported() }
            return .function(
                name, [.symbol(variable), try expression(range.children[2]), try script(end), inner])
        default:
            // Integrals and limits are equal where they are written alike.
            return .function(node.rule, [.symbol(written(node))])
        }
    }

    private func raised(_ function: MathExpression, _ node: ParseNode) throws -> MathExpression {
        guard let exponent = try node["exponent"].map(script), exponent != .number("0") else { return function }
        return .power(function, exponent)
    }

    func named(_ node: ParseNode) throws -> MathExpression {
        let value = try node["sum"].map(self.value) ?? node["plain_product"].map(product)
        let first = node.children[0]
        var name = String(written(first).unicodeScalars.dropFirst())
        if let operatorName = first["OPERATOR"] { name = written(operatorName) }
        if name == "det" {
            guard case .matrix(let rows)? = value else { throw Unsupported() }
            return try MatrixArithmetic.determinant(rows)
        }
        guard let argument = value?.expression else { throw Unsupported() }
        for prefix in ["arc", "ar"] where Scalars(name).matches(prefix, at: 0) {
            name = "a" + String(name.unicodeScalars.dropFirst(prefix.utf8.count))
            break
        }
        let exponent = try node["exponent"].map(script)
        switch name {
        case "log":
            return try raised(
                .function("log", [argument, try node["subscript"].map(subscriptValue) ?? .number("10")]), node)
        case "ln":
            return try raised(
                .function("log", [argument] + (try node["subscript"].map { [try subscriptValue($0)] } ?? [])), node)
        case "ceil": name = "ceiling"
        case "gamma", "Gamma": name = "gamma"
        case "sin", "cos", "tan", "csc", "sec", "cot", "sinh", "cosh", "tanh":
            if exponent == .number("-1") { return .function("a" + name, [argument]) }
        default: break
        }
        return try raised(.function(name, [argument]), node)
    }

    private func subscriptValue(_ node: ParseNode) throws -> MathExpression {
        if let atom = node["atom"] { return try self.atom(atom) }
        guard let arguments = node["arguments"], arguments.children.count == 1 else { throw Unsupported() }
        return try expression(arguments.children[0])
    }
}
