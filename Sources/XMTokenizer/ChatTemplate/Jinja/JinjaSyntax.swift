// The syntax tree of a template: statements and expressions with their lines. JinjaLexer.swift tokenizes the source,
// the parsers build this tree, the evaluator walks it.
// SPDX-License-Identifier: Apache-2.0

indirect enum JinjaExpression: Sendable {
    enum Binary: String, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case floorDivide = "//"
        case modulo = "%"
        case power = "**"
        case concatenate = "~"
    }

    enum Comparison: String, Sendable {
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case contained = "in"
        case notContained = "not in"
    }

    case literal(JinjaValue)
    case name(String)
    case list([JinjaExpression], isTuple: Bool)
    case dict([(key: JinjaExpression, value: JinjaExpression)])
    case negative(JinjaExpression)
    case positive(JinjaExpression)
    case not(JinjaExpression)
    case and(JinjaExpression, JinjaExpression)
    case or(JinjaExpression, JinjaExpression)
    case binary(Binary, JinjaExpression, JinjaExpression)
    case compare(JinjaExpression, [(Comparison, JinjaExpression)])
    case conditional(then: JinjaExpression, condition: JinjaExpression, otherwise: JinjaExpression?)
    case attribute(JinjaExpression, String)
    case item(JinjaExpression, JinjaExpression)
    case slice(JinjaExpression, start: JinjaExpression?, end: JinjaExpression?, step: JinjaExpression?)
    case call(JinjaExpression, JinjaArguments)
    case filter(JinjaExpression, String, JinjaArguments)
    case test(JinjaExpression, String, JinjaArguments)
}

/// Arguments of a call, filter or test.
struct JinjaArguments: Sendable {
    var positional: [JinjaExpression] = []
    var named: [(name: String, value: JinjaExpression)] = []
    /// `*list` and `**mapping`.
    var list: JinjaExpression?
    var mapping: JinjaExpression?
}

/// The target of an assignment by `set`, `for` and `with`.
indirect enum JinjaTarget: Sendable {
    case name(String)
    case tuple([JinjaTarget])
    case attribute(object: String, name: String)

    /// The names that it sets.
    var names: [String] {
        switch self {
        case .name(let name): [name]
        case .tuple(let targets): targets.flatMap(\.names)
        case .attribute: []
        }
    }
}

struct JinjaStatement: Sendable {
    indirect enum Kind: Sendable {
        case text(JinjaText)
        case output([JinjaExpression])
        case conditional(branches: [(condition: JinjaExpression, body: [JinjaStatement])], otherwise: [JinjaStatement])
        case loop(JinjaLoopStatement)
        case set(JinjaTarget, JinjaExpression)
        /// The text of a body, after the filters that `filtered` applies to the name `captured`.
        case setBlock(JinjaTarget, filtered: JinjaExpression?, [JinjaStatement])
        case filterBlock(JinjaExpression, [JinjaStatement])
        case macro(JinjaMacro)
        /// `call`: a macro, its arguments, and the body that it may use as `caller`.
        case callBlock(JinjaExpression, JinjaArguments, caller: JinjaMacro)
        /// `with`, `generation` and `autoescape false`: a body in a scope of its own.
        case group(values: [(JinjaTarget, JinjaExpression)], [JinjaStatement])
        case breakLoop
        case continueLoop
    }

    let line: Int
    let kind: Kind

    /// The variable for the captured text in the filters of a `set` block; no template can contain this name.
    static let captured = " captured"
}

struct JinjaLoopStatement: Sendable {
    let target: JinjaTarget
    let items: JinjaExpression
    let filter: JinjaExpression?
    /// The body may call `loop(items)`.
    let isRecursive: Bool
    let body: [JinjaStatement]
    let otherwise: [JinjaStatement]
}

struct JinjaMacro: Sendable {
    typealias Parameter = (name: String, standard: JinjaExpression?)

    let name: String
    let parameters: [Parameter]
    let body: [JinjaStatement]
    /// Which of `varargs`, `kwargs` and `caller` the body reads: what a caller may give beyond the parameters.
    let special: Set<String>
}
