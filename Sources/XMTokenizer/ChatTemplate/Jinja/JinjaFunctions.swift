// The global functions: those of Jinja's sandbox and those that transformers adds. To add one: a signature here, a case
// in `callFunction`.
// SPDX-License-Identifier: Apache-2.0

enum JinjaFunctions {
    static let signatures: [String: JinjaSignature] = [
        "dict": "mapping=, /, **kwargs", "namespace": "mapping=, /, **kwargs", "raise_exception": "message",
        "range": "a, b=, c=, /", "strftime_now": "format",
    ]
    /// Jinja's other functions.
    private static let unsupported: Set<String> = ["cycler", "joiner", "lipsum", "self"]

    /// A function as a value; `strftime_now` exists only if the caller provided a clock.
    static func value(_ name: String, _ evaluator: JinjaEvaluator) throws -> JinjaValue? {
        guard !unsupported.contains(name) else {
            throw JinjaError.unknown(line: evaluator.line, kind: "function", name: name)
        }
        guard signatures[name] != nil, name != "strftime_now" || evaluator.strftime != nil else { return nil }
        return .method(.none, name)
    }
}

extension JinjaEvaluator {
    mutating func callFunction(_ name: String, _ given: JinjaCallArguments) throws -> JinjaValue {
        guard let signature = JinjaFunctions.signatures[name] else {
            throw JinjaError.unknown(line: line, kind: "function", name: name)
        }
        let arguments = try signature.bind(given, of: "'\(name)'", line: line)
        switch name {
        case "raise_exception":
            throw JinjaError.raised(line: line, message: arguments.value("message").pythonText.string)
        case "strftime_now":
            let format = try arguments.requiredText("format")
            guard let text = strftime?(format.string) else {
                throw failed("'strftime_now' cannot format with '\(format.string)'")
            }
            return .string(JinjaText(text, isForeign: format.points.contains(where: \.isForeign)))
        case "range": return try range(arguments)
        default:
            let pairs = try arguments["mapping"].map { try self.pairs($0, arguments) } ?? []
            let dict = try mapping(pairs + arguments.named.map { (.string($0.name), $0.value) })
            _ = try checked(.dict(dict))
            guard name == "namespace" else { return .dict(dict) }
            if let hidden = dict.named.first(where: { $0.key.utf8.first == UInt8(ascii: "_") }) {
                throw failed("a namespace keeps no '\(hidden.key)'; rename the attribute")
            }
            namespaces.append(dict)
            return .namespace(namespaces.count - 1)
        }
    }

    /// The argument of dict(): a mapping, or pairs.
    private mutating func pairs(
        _ value: JinjaValue, _ arguments: JinjaBoundArguments
    ) throws -> [(key: JinjaValue, value: JinjaValue)] {
        if case .dict(let dict) = value { return dict.entries }
        return try iterate(value).map { item in
            let pair = try iterate(item)
            guard pair.count == 2 else { throw arguments.failed("takes a mapping or pairs, found \(pair.count) items") }
            return (pair[0], pair[1])
        }
    }

    /// At most 100,000 numbers, as Jinja's sandbox allows.
    private mutating func range(_ arguments: JinjaBoundArguments) throws -> JinjaValue {
        let first = try arguments.integer("a") ?? 0
        let second = try arguments.integer("b")
        let step = try arguments.integer("c") ?? 1
        let (from, to) = second.map { (first, $0) } ?? (0, first)
        guard step != 0 else { throw failed("'range' with step 0") }
        var items: [JinjaValue] = []
        for value in stride(from: from, to: to, by: step) {
            guard items.count < 100_000 else {
                throw JinjaError.limit(line: line, what: "numbers in a range", limit: 100_000)
            }
            items.append(.int(value))
        }
        let list = JinjaValue.list(JinjaList(items, kind: .range(start: from, stop: to, step: step)))
        try charge(list)
        return list
    }
}
