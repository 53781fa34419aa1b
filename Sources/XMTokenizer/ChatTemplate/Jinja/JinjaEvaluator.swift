// Runs a template: statements write to `output`, names live in scopes as in Jinja (a loop has one a turn, an `if`
// has none). Every step is counted, so a template that does not end is an error. Read next: the +Expressions file and,
// for macros, the +Macros file.
// SPDX-License-Identifier: Apache-2.0

struct JinjaEvaluator {
    let limits: JinjaLimits
    let strftime: (@Sendable (String) -> String)?
    /// Names, the innermost scope last; the first holds the caller's variables, the second the template's own.
    var scopes: [[String: JinjaValue]]
    var namespaces: [JinjaDict] = []
    /// What is left to go through, of every iterator that was made.
    var iterators: [[JinjaValue]] = []
    var macros: [JinjaClosure] = []
    /// Line of the statement that runs.
    var line = 1
    private var output = ""
    private var steps = 0
    private var depth = 0

    init(variables: [String: JinjaValue], strftime: (@Sendable (String) -> String)?, limits: JinjaLimits) {
        self.limits = limits
        self.strftime = strftime
        scopes = [variables, [:]]
    }

    mutating func run(_ statements: [JinjaStatement]) throws -> String {
        _ = try execute(statements)
        return output
    }

    // MARK: - Bounds

    func failed(_ reason: String) -> JinjaError { .failed(line: line, reason: reason) }

    /// Counts work; large values cost more than one step.
    mutating func charge(_ value: JinjaValue? = nil, more: Int = 0) throws {
        steps += 1 + (value.map { $0.size >> 4 } ?? 0) + more
        if steps > limits.steps { throw JinjaError.limit(line: line, what: "steps", limit: limits.steps) }
    }

    /// A value that was made here, if it is small enough to keep.
    func checked(_ value: JinjaValue) throws -> JinjaValue {
        try checkSize(value.size)
        guard value.depth <= limits.valueDepth else {
            throw JinjaError.limit(line: line, what: "nested values", limit: limits.valueDepth)
        }
        return value
    }

    func checkSize(_ size: Int) throws {
        guard size <= limits.valueSize else {
            throw JinjaError.limit(line: line, what: "bytes in one value", limit: limits.valueSize)
        }
    }

    mutating func deeper<Result>(_ body: (inout Self) throws -> Result) throws -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else {
            throw JinjaError.limit(line: line, what: "nested levels", limit: limits.depth)
        }
        return try body(&self)
    }

    // MARK: - Statements

    /// How a body ended.
    enum Flow { case normal, breakLoop, continueLoop }

    mutating func execute(_ statements: [JinjaStatement]) throws -> Flow {
        for statement in statements {
            line = statement.line
            try charge()
            let flow = try deeper { try $0.execute(statement) }
            if flow != .normal { return flow }
        }
        return .normal
    }

    private mutating func execute(_ statement: JinjaStatement) throws -> Flow {
        switch statement.kind {
        case .text(let text): try write(text)
        case .output(let expression): try write(try evaluate(expression).pythonText)
        case .group(let body): return try inScope { try $0.execute(body) }
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        case .conditional(let branches, let otherwise):
            for branch in branches where try evaluate(branch.condition).isTrue { return try execute(branch.body) }
            return try execute(otherwise)
        case .loop(let target, let items, let filter, let body, let otherwise):
            return try loop(target, try iterate(try evaluate(items)), filter, body, otherwise)
        case .set(let target, let expression): try assign(try evaluate(expression), to: target)
        case .setBlock(let target, let filtered, let body):
            try assign(try text(of: body, filtered), to: target)
        case .filterBlock(let filtered, let body): try write(try text(of: body, filtered).pythonText)
        case .macro(let macro):
            scopes[scopes.count - 1][macro.name] = try define(macro)
        case .callBlock(let callee, let arguments, let caller):
            try write(try call(callee, try evaluate(arguments), caller: caller).pythonText)
        }
        return .normal
    }

    private mutating func write(_ text: String) throws {
        guard output.utf8.count + text.utf8.count <= limits.outputBytes else {
            throw JinjaError.limit(line: line, what: "bytes of text", limit: limits.outputBytes)
        }
        output += text
    }

    /// Runs a body whose names are gone behind it.
    private mutating func inScope<Result>(_ body: (inout Self) throws -> Result) throws -> Result {
        scopes.append([:])
        defer { scopes.removeLast() }
        return try body(&self)
    }

    /// What a body writes, instead of writing it.
    mutating func capture(_ body: (inout Self) throws -> Void) throws -> String {
        let outer = output
        output = ""
        try body(&self)
        defer { output = outer }
        return output
    }

    /// The text of a body, through filters.
    private mutating func text(of body: [JinjaStatement], _ filtered: JinjaExpression?) throws -> JinjaValue {
        try inScope { evaluator in
            let text = try evaluator.checked(.string(try evaluator.capture { _ = try $0.execute(body) }))
            evaluator.scopes[evaluator.scopes.count - 1][JinjaStatement.captured] = text
            return try filtered.map { try evaluator.evaluate($0) } ?? text
        }
    }

    private mutating func loop(
        _ target: JinjaTarget, _ all: [JinjaValue], _ filter: JinjaExpression?, _ body: [JinjaStatement],
        _ otherwise: [JinjaStatement]
    ) throws -> Flow {
        let height = scopes.count
        var items = all
        if let filter {
            items = []
            for item in all {
                try charge()
                scopes.append([:])
                try assign(item, to: target)
                if try evaluate(filter).isTrue { items.append(item) }
                scopes.removeLast()
            }
        }
        if items.isEmpty { return try execute(otherwise) }
        for (index, item) in items.enumerated() {
            try charge()
            scopes.append(["loop": Self.state(of: items, index)])
            try assign(item, to: target)
            let flow = try execute(body)
            scopes.removeLast(scopes.count - height)
            if flow == .breakLoop { break }
        }
        return .normal
    }

    /// The `loop` variable.
    private static func state(of items: [JinjaValue], _ index: Int) -> JinjaValue {
        var entries: [(String, JinjaValue)] = [
            ("index", .int(index + 1)), ("index0", .int(index)), ("revindex", .int(items.count - index)),
            ("revindex0", .int(items.count - index - 1)), ("first", .bool(index == 0)),
            ("last", .bool(index == items.count - 1)), ("length", .int(items.count)), ("depth", .int(1)),
            ("depth0", .int(0)),
        ]
        if index > 0 { entries.append(("previtem", items[index - 1])) }
        if index + 1 < items.count { entries.append(("nextitem", items[index + 1])) }
        return .dict(JinjaDict(unique: entries.map { (.string($0), $1) }))
    }

    mutating func assign(_ value: JinjaValue, to target: JinjaTarget) throws {
        switch target {
        case .name(let name): scopes[scopes.count - 1][name] = value
        case .names(let names):
            let values = try iterate(value)
            guard values.count == names.count else {
                throw failed("\(names.count) names for \(values.count) values")
            }
            for (name, value) in zip(names, values) { scopes[scopes.count - 1][name] = value }
        case .attribute(let object, let name):
            guard case .namespace(let index)? = lookup(object) else {
                throw failed("'\(object)' is not a namespace, so its attributes cannot be set")
            }
            let changed = JinjaDict(pairs: namespaces[index].entries + [(.string(name), value)])
            _ = try checked(.dict(changed))
            try charge(value)
            namespaces[index] = changed
        }
    }

    func lookup(_ name: String) -> JinjaValue? {
        for scope in scopes.reversed() {
            if let value = scope[name] { return value }
        }
        return nil
    }

    /// The items of a value, as a `for` sees them.
    mutating func iterate(_ value: JinjaValue) throws -> [JinjaValue] {
        switch value {
        case .list(let list): return list.items
        case .iterator(let number):
            defer { iterators[number] = [] }
            return iterators[number]
        case .dict(let dict): return dict.entries.map(\.key)
        case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
        case .undefined: return []
        default: throw failed("a \(value.typeName) has no items to go through")
        }
    }

    mutating func makeIterator(_ items: [JinjaValue]) -> JinjaValue {
        iterators.append(items)
        return .iterator(iterators.count - 1)
    }
}

/// Arguments of a call, evaluated.
struct JinjaCallArguments {
    var positional: [JinjaValue] = []
    var named: [(name: String, value: JinjaValue)] = []

    /// By position or by name.
    func value(_ index: Int, _ name: String) -> JinjaValue? {
        index < positional.count ? positional[index] : named.first { $0.name == name }?.value
    }
}
