// A field of a task, compiled: a constant, a document's field, a Jinja template, or a named function. Values follow
// lm-evaluation-harness: digits become a number where a task has choices, and the text of a list becomes the list.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport
package import XMTokenizer

/// A document as templates and functions see it.
package struct TemplateDocument: Sendable {
    let fields: JSONObject
    let variables: [String: JinjaValue]

    package init(_ fields: JSONObject) throws {
        self.fields = fields
        var variables: [String: JinjaValue] = [:]
        for (key, value) in fields { variables[key] = try JinjaValue(value) }
        self.variables = variables
    }
}

package struct TaskTemplate: Sendable {
    private enum Kind: Sendable {
        case constant(JinjaValue)
        /// `name` alone may be a field of the document.
        case template(JinjaTemplate, name: String)
        case function(@Sendable (JSONObject) throws -> String)
    }

    private let kind: Kind

    /// - Parameter key: the key of the task's file, for errors.
    package init(_ field: TaskField, key: String) throws {
        switch field {
        case .number(let value): kind = .constant(.int(value))
        case .list(let values): kind = .constant(.list(values.map { JinjaValue.string($0) }))
        case .function(let name): kind = .function(try TaskFunctions.text(name))
        case .template(let source):
            do {
                kind = .template(try JinjaTemplate(source, dialect: .evaluation), name: source)
            } catch { throw TemplateError(key: key, reason: "\(error)") }
        }
    }

    package init(_ source: String, key: String) throws { try self.init(.template(source), key: key) }

    /// The value for one document.
    package func value(_ document: TemplateDocument) throws -> JinjaValue {
        switch kind {
        case .constant(let value): return value
        case .function(let function): return .string(try function(document.fields))
        case .template(let template, let name):
            if let field = document.variables[name] { return field }
            if let value = try template.value(document.variables) {
                if case .list = value { return value }
                // What is no list is printed: True becomes "True".
                return .string(value.pythonText)
            }
            return .string(try template.render(document.variables))
        }
    }

    package func text(_ document: TemplateDocument) throws -> String { try value(document).pythonText.string }

    /// The value with texts read as Python would read them: digits as a number if `readsDigits`, "[…]" as a list.
    package func literal(_ document: TemplateDocument, readsDigits: Bool) throws -> JinjaValue {
        let value = try value(document)
        guard case .template(_, let name) = kind, document.variables[name] == nil, case .string(let text) = value
        else { return value }
        if readsDigits, let number = Self.digits(text.string) { return .int(number) }
        return Self.list(text.string) ?? value
    }

    private static func digits(_ text: String) -> Int? {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }

    /// Python's literal of a list. Jinja's expressions include these literals; a list with names is none.
    private static func list(_ text: String) -> JinjaValue? {
        guard text.utf8.first == UInt8(ascii: "["), text.utf8.last == UInt8(ascii: "]"), text.utf8.count >= 2,
            let template = try? JinjaTemplate("{{ \(text) }}", dialect: .evaluation),
            let value = try? template.value([:]), case .list(let list) = value, list.items.allSatisfy(isLiteral)
        else { return nil }
        return value
    }

    private static func isLiteral(_ value: JinjaValue) -> Bool {
        switch value {
        case .none, .bool, .int, .double, .string: true
        case .list(let list): list.items.allSatisfy(isLiteral)
        default: false
        }
    }
}

package struct TemplateError: Error, CustomStringConvertible {
    package let key: String
    package let reason: String
    package var description: String { "'\(key)': \(reason)" }
}
