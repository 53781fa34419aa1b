// Errors in a template's syntax and execution; each names the line of the template.
// SPDX-License-Identifier: Apache-2.0

package enum JinjaError: Error, CustomStringConvertible, Equatable {
    /// Not Jinja, or a feature of Jinja that chat templates do not use.
    case syntax(line: Int, reason: String)
    /// A filter, test, method or statement that this interpreter lacks.
    case unknown(line: Int, kind: String, name: String)
    /// An operation that is an error in Python too.
    case failed(line: Int, reason: String)
    /// The template rejected the conversation with `raise_exception`.
    case raised(line: Int, message: String)
    /// Too many steps, too deeply nested or too long: presumably a template that does not terminate.
    case limit(line: Int, what: String, limit: Int)
    /// Invalid JSON, for tools and messages given as text.
    case json(offset: Int, reason: String)

    package var description: String {
        switch self {
        case .syntax(let line, let reason):
            "chat template, line \(line): \(reason); correct the template or name another one"
        case .unknown(let line, let kind, let name):
            "chat template, line \(line): the \(kind) '\(name)' is not supported; rewrite that line without it"
        case .failed(let line, let reason): "chat template, line \(line): \(reason)"
        case .raised(let line, let message):
            "the chat template rejects this conversation (line \(line)): \(message)"
        case .limit(let line, let what, let limit):
            "chat template, line \(line): more than \(limit) \(what); the template does not terminate or is damaged"
        case .json(let offset, let reason): "not JSON: \(reason) at byte \(offset)"
        }
    }
}

/// Limits far beyond what any real chat template needs.
package struct JinjaLimits: Sendable {
    package var steps = 1_000_000
    package var outputSize = 16_000_000
    /// Characters and items in one value, including nested ones.
    package var valueSize = 4_000_000
    /// Nesting of values.
    package var valueDepth = 100
    /// Nesting of expressions, statements and macro calls during execution.
    package var depth = 250

    package init() {}
}
