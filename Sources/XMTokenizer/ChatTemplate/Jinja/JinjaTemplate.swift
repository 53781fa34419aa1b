// A template in Jinja, to the extent that published chat templates and evaluation tasks use it; docs/chat-templates.md
// lists what was compared. Chats use ChatTemplate.swift. Next: JinjaLexer, JinjaParser, JinjaEvaluator.
// SPDX-License-Identifier: Apache-2.0

/// How the environment of a template is configured.
package enum JinjaDialect: Sendable {
    /// As in transformers: trim_blocks, lstrip_blocks, loop controls, `generation` blocks; a line break at the very end
    /// is dropped, and an undefined value prints as nothing.
    case chat
    /// As in lm-evaluation-harness: white space stays as it is, and using an undefined value is an error.
    case evaluation
}

package struct JinjaTemplate: Sendable {
    private let statements: [JinjaStatement]
    private let dialect: JinjaDialect

    /// Parses a template. Throws `JinjaError`, also for unsupported filters and statements.
    package init(_ source: String, dialect: JinjaDialect = .chat) throws {
        self.dialect = dialect
        statements = try JinjaParser.parse(source, dialect)
    }

    /// Renders the template with `variables`; `strftime` implements `strftime_now(format)` and may be nil.
    package func render(
        _ variables: [String: JinjaValue], strftime: (@Sendable (String) -> String?)? = nil,
        limits: JinjaLimits = JinjaLimits()
    ) throws -> JinjaText {
        var evaluator = JinjaEvaluator(variables: variables, dialect: dialect, strftime: strftime, limits: limits)
        return try evaluator.run(statements)
    }

    /// The value of a template that is one `{{ expression }}` and nothing else; nil for other templates.
    package func value(_ variables: [String: JinjaValue], limits: JinjaLimits = JinjaLimits()) throws -> JinjaValue? {
        guard statements.count == 1, case .output(let expressions) = statements[0].kind, expressions.count == 1 else {
            return nil
        }
        var evaluator = JinjaEvaluator(variables: variables, dialect: dialect, strftime: nil, limits: limits)
        return try evaluator.value(of: expressions[0], line: statements[0].line)
    }
}
