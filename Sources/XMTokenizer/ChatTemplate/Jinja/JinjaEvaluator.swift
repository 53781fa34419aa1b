// Executes a template: statements write to `output`, names live in scopes as in Jinja (one per iteration of a loop,
// none for an `if`). Every step is counted, so that a template that does not terminate is an error. Next: the
// +Expressions file and, for loops and macros, the files of these names.
// SPDX-License-Identifier: Apache-2.0

struct JinjaEvaluator {
    let limits: JinjaLimits
    let dialect: JinjaDialect
    let strftime: (@Sendable (String) -> String?)?
    /// Scopes of names, innermost last; the first has the caller's variables, the second the template's own.
    var scopes: [[String: JinjaValue]]
    var namespaces: [JinjaDict] = []
    /// Remaining items of every iterator.
    var iterators: [[JinjaValue]] = []
    var macros: [JinjaClosure] = []
    var loops: [JinjaLoop] = []
    /// Line of the current statement.
    var line = 1
    private var output = JinjaText("")
    private var steps = 0
    private var depth = 0

    init(
        variables: [String: JinjaValue], dialect: JinjaDialect, strftime: (@Sendable (String) -> String?)?,
        limits: JinjaLimits
    ) {
        (self.limits, self.dialect) = (limits, dialect)
        self.strftime = strftime
        scopes = [variables, [:]]
    }

    mutating func run(_ statements: [JinjaStatement]) throws -> JinjaText {
        _ = try execute(statements)
        return output
    }

    mutating func value(of expression: JinjaExpression, line: Int) throws -> JinjaValue {
        self.line = line
        let value = try evaluate(expression)
        try requireDefined(value)
        return value
    }

    /// Jinja's StrictUndefined, in the dialect that has it: an undefined value must not be used.
    func requireDefined(_ value: JinjaValue) throws {
        guard dialect == .evaluation, case .undefined(let name) = value else { return }
        throw failed("'\(name)' is undefined")
    }

    /// Python's truth value of a condition.
    func truth(of value: JinjaValue) throws -> Bool {
        try requireDefined(value)
        return value.isTrue
    }

    // MARK: - Bounds

    func failed(_ reason: String) -> JinjaError { .failed(line: line, reason: reason) }

    /// Counts steps; large values cost more than one.
    mutating func charge(_ value: JinjaValue? = nil, more: Int = 0) throws {
        steps += 1 + (value.map { $0.size >> 4 } ?? 0) + min(more, limits.steps)
        if steps > limits.steps { throw JinjaError.limit(line: line, what: "steps", limit: limits.steps) }
    }

    /// Returns a new value if it is within the size limits.
    func checked(_ value: JinjaValue) throws -> JinjaValue {
        try checkSize(value.size)
        guard value.depth <= limits.valueDepth else {
            throw JinjaError.limit(line: line, what: "nested values", limit: limits.valueDepth)
        }
        return value
    }

    func checkSize(_ size: Int) throws {
        guard size <= limits.valueSize else {
            throw JinjaError.limit(line: line, what: "characters and items in one value", limit: limits.valueSize)
        }
    }

    /// Like `checkSize` for a product, which may overflow.
    func checkSize(_ size: Int, times count: Int) throws {
        let (product, overflow) = max(0, size).multipliedReportingOverflow(by: max(0, count))
        try checkSize(overflow ? .max : product)
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
        case .output(let expressions):
            for expression in expressions { try write(try text(of: try evaluate(expression))) }
        case .group(let values, let body):
            let values = try values.map { ($0.0, try evaluate($0.1)) }
            return try inScope { evaluator in
                for (target, value) in values { try evaluator.assign(value, to: target) }
                return try evaluator.execute(body)
            }
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        case .conditional(let branches, let otherwise):
            for branch in branches where try truth(of: evaluate(branch.condition)) {
                return try execute(branch.body)
            }
            return try execute(otherwise)
        case .loop(let loop): try run(loop, over: try evaluate(loop.items), depth: 0)
        case .set(let target, let expression): try assign(try evaluate(expression), to: target)
        case .setBlock(let target, let filtered, let body):
            try assign(try text(of: body, filtered), to: target)
        case .filterBlock(let filtered, let body): try write(try text(of: try text(of: body, filtered)))
        case .macro(let macro):
            scopes[scopes.count - 1][macro.name] = try define(macro)
        case .callBlock(let callee, let arguments, let caller):
            try write(try text(of: try call(callee, try evaluate(arguments), caller: caller)))
        }
        return .normal
    }

    private mutating func write(_ text: JinjaText) throws {
        guard output.count + text.count <= limits.outputSize else {
            throw JinjaError.limit(line: line, what: "characters of text", limit: limits.outputSize)
        }
        output.append(text)
    }

    /// str() of a value, unless Python's result would contain an address.
    func text(of value: JinjaValue) throws -> JinjaText {
        if case .string(let text) = value { return text }
        try requireDefined(value)
        guard value.hasOwnRepresentation else {
            throw failed("the text of a value that is, or holds, a generator, macro, loop, method or namespace")
        }
        let text = value.pythonText
        try checkSize(text.count)
        return text
    }

    /// Executes a body in a scope of its own.
    mutating func inScope<Result>(_ body: (inout Self) throws -> Result) throws -> Result {
        let height = scopes.count
        scopes.append([:])
        defer { scopes.removeLast(scopes.count - height) }
        return try body(&self)
    }

    /// Captures the output of a body.
    mutating func capture(_ body: (inout Self) throws -> Void) throws -> JinjaText {
        let outer = output
        output = ""
        try body(&self)
        defer { output = outer }
        return output
    }

    /// The filtered output of a body.
    private mutating func text(of body: [JinjaStatement], _ filtered: JinjaExpression?) throws -> JinjaValue {
        try inScope { evaluator in
            let text = try evaluator.checked(.string(try evaluator.capture { _ = try $0.execute(body) }))
            evaluator.scopes[evaluator.scopes.count - 1][JinjaStatement.captured] = text
            return try filtered.map { try evaluator.evaluate($0) } ?? text
        }
    }

    mutating func assign(_ value: JinjaValue, to target: JinjaTarget) throws {
        switch target {
        case .name(let name): scopes[scopes.count - 1][name] = value
        case .tuple(let targets):
            let values = try iterate(value)
            guard values.count == targets.count else {
                throw failed("\(targets.count) names for \(values.count) values")
            }
            for (target, value) in zip(targets, values) { try assign(value, to: target) }
        case .attribute(let object, let name):
            guard case .namespace(let index)? = lookup(object) else {
                throw failed("'\(object)' is not a namespace, so its attributes cannot be set")
            }
            guard name.utf8.first != UInt8(ascii: "_") else {
                throw failed("a namespace keeps no '\(name)'; rename the attribute")
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

    /// The items over which a `for` iterates.
    mutating func iterate(_ value: JinjaValue) throws -> [JinjaValue] {
        switch value {
        case .list(let list): return list.items
        case .iterator(let number):
            defer { iterators[number] = [] }
            return iterators[number]
        case .dict(let dict): return dict.entries.map(\.key)
        case .string(let text): return text.points.map { .string(JinjaText([$0])) }
        case .undefined:
            try requireDefined(value)
            return []
        default: throw failed("a value of type \(value.typeName) has no items to go through")
        }
    }

    mutating func makeIterator(_ items: [JinjaValue]) -> JinjaValue {
        iterators.append(items)
        return .iterator(iterators.count - 1)
    }
}
