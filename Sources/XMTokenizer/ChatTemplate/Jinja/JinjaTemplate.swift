// A chat template in Jinja, to the extent that published models use it, configured as in transformers (trim_blocks,
// lstrip_blocks, loop controls, `generation` blocks); docs/chat-templates.md lists what was compared. Callers use
// ChatTemplate.swift. Next: JinjaLexer, JinjaParser, JinjaEvaluator.
// SPDX-License-Identifier: Apache-2.0

package struct JinjaTemplate: Sendable {
    private let statements: [JinjaStatement]

    /// Parses a template. Throws `JinjaError`, also for unsupported filters and statements.
    package init(_ source: String) throws {
        statements = try JinjaParser.parse(source)
    }

    /// Renders the template with `variables`; `strftime` implements `strftime_now(format)` and may be nil.
    package func render(
        _ variables: [String: JinjaValue], strftime: (@Sendable (String) -> String?)? = nil,
        limits: JinjaLimits = JinjaLimits()
    ) throws -> JinjaText {
        var evaluator = JinjaEvaluator(variables: variables, strftime: strftime, limits: limits)
        return try evaluator.run(statements)
    }
}
