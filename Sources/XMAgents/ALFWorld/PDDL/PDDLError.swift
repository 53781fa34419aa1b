// What can be wrong with a planning domain or problem, always with the text it stands in and the line.
// SPDX-License-Identifier: Apache-2.0

/// A place in a text: which text (a file, or a key of one), and the line, from 1.
package struct TextPosition: Sendable, Equatable, CustomStringConvertible {
    package var source: String
    package var line: Int

    package init(_ source: String, line: Int) { (self.source, self.line) = (source, line) }

    package var description: String { "\(source), line \(line)" }
}

package enum PDDLError: Error, Equatable, CustomStringConvertible {
    case unbalanced(TextPosition, String)
    case notASCII(TextPosition)
    case tooDeep(TextPosition, limit: Int)
    case malformed(TextPosition, construct: String, expected: String)
    case unsupported(TextPosition, construct: String)
    case unknown(TextPosition, kind: String, name: String)
    case repeated(TextPosition, kind: String, name: String)
    case wrongArity(TextPosition, predicate: String, found: Int, wanted: Int)
    case recursiveDerivation(predicate: String)
    case tooManyAlternatives(limit: Int)
    case tooManyOperators(limit: Int)

    package var description: String {
        switch self {
        case .unbalanced(let position, let what):
            "\(position): \(what); the file is cut short or a parenthesis is missing: fetch it again"
        case .notASCII(let position):
            "\(position): a character outside ASCII; PDDL allows such characters in comments only: remove it"
        case .tooDeep(let position, let limit):
            "\(position): lists are nested more than \(limit) deep: simplify the expression"
        case .malformed(let position, let construct, let expected):
            "\(position): \(construct) is malformed: expected \(expected)"
        case .unsupported(let position, let construct):
            "\(position): \(construct) is not supported: remove it or express it with typed predicates"
        case .unknown(let position, let kind, let name):
            "\(position): the \(kind) '\(name)' is not declared: declare it or correct its name"
        case .repeated(let position, let kind, let name):
            "\(position): the \(kind) '\(name)' is declared twice: remove one"
        case .wrongArity(let position, let predicate, let found, let wanted):
            "\(position): '\(predicate)' has \(found) arguments here and \(wanted) in its declaration: correct one"
        case .recursiveDerivation(let predicate):
            "the derived predicate '\(predicate)' refers to itself: only derivations without recursion are supported"
        case .tooManyAlternatives(let limit):
            "a condition has more than \(limit) alternatives in disjunctive normal form: split the action"
        case .tooManyOperators(let limit):
            "the problem has more than \(limit) ground actions: use fewer objects or narrower types"
        }
    }
}
