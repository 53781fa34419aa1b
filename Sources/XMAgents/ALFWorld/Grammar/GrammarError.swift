// What can be wrong with a text grammar, with the text it stands in and the place.
// SPDX-License-Identifier: Apache-2.0

package enum GrammarError: Error, Equatable, CustomStringConvertible {
    case malformed(TextPosition, found: String, expected: String)
    case invalidJSON(TextPosition, reason: String)
    case invalidProduction(TextPosition, symbol: String, reason: String)
    case invalidText(source: String, symbol: String, text: String, offset: Int, reason: String)
    case invalidQuery(source: String, query: String, reason: String)
    case invalidExpression(source: String, expression: String, reason: String)
    case repeatedAction(TextPosition, name: String)
    case missingAction(source: String, name: String)
    case unknownSymbol(source: String, symbol: String)
    case noProduction(source: String, symbol: String)
    case unboundVariable(source: String, name: String)
    case endless(source: String, symbol: String, limit: Int)

    package var description: String {
        switch self {
        case .malformed(let position, let found, let expected):
            "\(position): found \(found) where \(expected) is expected: the grammar is cut short or damaged"
        case .invalidJSON(let position, let reason):
            "\(position): the block of productions that begins here is not JSON (\(reason)): correct it"
        case .invalidProduction(let position, let symbol, let reason):
            "\(position): the symbol '\(symbol)': \(reason)"
        case .invalidText(let source, let symbol, let text, let offset, let reason):
            "\(source): the text of '\(symbol)', \(Self.excerpt(text)), cannot be read from byte \(offset): \(reason)"
        case .invalidQuery(let source, let query, let reason):
            "\(source): the query \(Self.excerpt(query)): \(reason)"
        case .invalidExpression(let source, let expression, let reason):
            "\(source): the expression \(Self.excerpt(expression)): \(reason)"
        case .repeatedAction(let position, let name):
            "\(position): the action '\(name)' is described twice: remove one"
        case .missingAction(let source, let name):
            "\(source): no action '\(name)', which the domain has: add its template and feedback"
        case .unknownSymbol(let source, let symbol):
            "\(source): no productions for the symbol '#\(symbol)#': add them or correct the name"
        case .noProduction(let source, let symbol):
            "\(source): no production of '#\(symbol)#' holds: add one without a condition"
        case .unboundVariable(let source, let name):
            "\(source): the variable '\(name)' stands for nothing here: bind it in the query after '|'"
        case .endless(let source, let symbol, let limit):
            "\(source): the symbol '#\(symbol)#' leads to more than \(limit) nested symbols: it refers to itself"
        }
    }

    /// Enough of a text to find it.
    private static func excerpt(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let short = String(String.UnicodeScalarView(scalars.prefix(60)))
        return "'\(short)\(scalars.dropFirst(60).isEmpty ? "" : "…")'"
    }
}
