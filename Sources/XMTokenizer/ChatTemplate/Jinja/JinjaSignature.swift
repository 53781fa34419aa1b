// The signature of a filter, test, method or function, as in Python's documentation. Surplus, missing, duplicate and
// unknown arguments are errors that name them, as in Python.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// Written as "sep=, maxsplit=": "=" marks optional parameters, "/" follows positional-only ones, "*" precedes
/// keyword-only ones, "*args" and "**kwargs" collect the rest.
struct JinjaSignature: ExpressibleByStringLiteral, Sendable {
    private let names: [String]
    private let optional: Set<String>
    /// Number of positional-only parameters, and of those that may be given by position.
    private let positionalOnly: Int
    private let positional: Int
    private let takesMore: Bool
    private let takesNamed: Bool

    init(stringLiteral text: String) {
        var (names, optional) = ([String](), Set<String>())
        var (positionalOnly, positional): (Int, Int?) = (0, nil)
        let parts = text.split(separator: ",").map { $0.drop { $0 == " " } }
        for part in parts {
            switch part {
            case "/": positionalOnly = names.count
            case "*": positional = names.count
            case "*args", "**kwargs": break
            default:
                let name = String(part.prefix { $0 != "=" })
                if part.last == "=" { optional.insert(name) }
                names.append(name)
            }
        }
        (self.names, self.optional, self.positionalOnly) = (names, optional, positionalOnly)
        self.positional = positional ?? names.count
        (takesMore, takesNamed) = (parts.contains("*args"), parts.contains("**kwargs"))
    }

    /// Arguments by name; `what` is the callee, for errors.
    func bind(_ arguments: JinjaCallArguments, of what: String, line: Int) throws -> JinjaBoundArguments {
        func failed(_ reason: String) -> JinjaError { .failed(line: line, reason: "\(what) \(reason)") }
        let given = arguments.positional
        guard takesMore || given.count <= positional else {
            throw failed(
                positional == 0
                    ? "takes no arguments, found \(given.count)"
                    : "takes at most \(HumanText.counted(positional, "argument")) by position, "
                        + "found \(given.count)")
        }
        var values: [String: JinjaValue] = [:]
        for (name, value) in zip(names[..<positional], given) { values[name] = value }
        var named: [(name: String, value: JinjaValue)] = []
        for (name, value) in arguments.named {
            if let place = names.firstIndex(of: name), place >= positionalOnly {
                guard values[name] == nil else { throw failed("has a duplicate argument '\(name)'") }
                values[name] = value
            } else if takesNamed {
                named.append((name, value))
            } else if names.contains(name) {
                throw failed("takes '\(name)' by position only")
            } else {
                throw failed("has no argument '\(name)'")
            }
        }
        if let missing = names.first(where: { values[$0] == nil && !optional.contains($0) }) {
            throw failed("needs the argument '\(missing)'")
        }
        return JinjaBoundArguments(
            values: values, more: Array(given.dropFirst(positional)), named: named, what: what, line: line)
    }
}

/// Arguments of a call, evaluated.
struct JinjaCallArguments {
    var positional: [JinjaValue] = []
    var named: [(name: String, value: JinjaValue)] = []
}

/// Arguments under the names of a signature.
struct JinjaBoundArguments {
    private let values: [String: JinjaValue]
    /// The arguments collected by `*args` and `**kwargs`.
    let more: [JinjaValue]
    let named: [(name: String, value: JinjaValue)]
    /// The callee, for errors: "the filter 'int'".
    let what: String
    private let line: Int

    init(
        values: [String: JinjaValue], more: [JinjaValue], named: [(name: String, value: JinjaValue)], what: String,
        line: Int
    ) {
        (self.values, self.more, self.named, self.what, self.line) = (values, more, named, what, line)
    }

    subscript(name: String) -> JinjaValue? { values[name] }

    func failed(_ reason: String) -> JinjaError { .failed(line: line, reason: "\(what) \(reason)") }

    private func wrong(_ name: String, _ wanted: String, _ found: JinjaValue) -> JinjaError {
        if case .undefined(let name) = found { return failed("got '\(name)', which is undefined") }
        return failed("takes \(wanted) as '\(name)', found a value of type \(found.typeName)")
    }

    /// A required value.
    func value(_ name: String) -> JinjaValue { values[name] ?? .none }

    /// A string; nil if omitted, or if it is None and `orNone`.
    func text(_ name: String, orNone: Bool = false) throws -> JinjaText? {
        guard let value = values[name], !(orNone && value.isNone) else { return nil }
        guard let text = value.text else { throw wrong(name, orNone ? "a string or none" : "a string", value) }
        return text
    }

    /// A required string.
    func requiredText(_ name: String) throws -> JinjaText { try text(name) ?? "" }

    /// An integer; nil if omitted, or if it is None and `orNone`.
    func integer(_ name: String, orNone: Bool = false) throws -> Int? {
        guard let value = values[name], !(orNone && value.isNone) else { return nil }
        guard let number = value.integer else {
            throw wrong(name, orNone ? "a whole number or none" : "a whole number", value)
        }
        return number
    }

    /// Python's truth value of an argument; false if omitted.
    func flag(_ name: String) -> Bool { values[name]?.isTrue == true }
}
