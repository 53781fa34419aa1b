// A chat template in the language Jinja, as far as the templates of published models use it, set up as transformers
// does (trim_blocks, lstrip_blocks, loop controls, `generation` blocks); docs/chat-templates.md says what was checked.
// Read on: JinjaLexer, JinjaParser, JinjaEvaluator. ChatTemplate.swift is what callers use.
// SPDX-License-Identifier: Apache-2.0

package struct JinjaTemplate: Sendable {
    private let statements: [JinjaStatement]

    /// Parses a template. Throws `JinjaError`, also for filters and statements that are not supported.
    package init(_ source: String) throws {
        statements = try JinjaParser.parse(source)
    }

    /// Runs the template. `variables` are its names; `strftime` answers `strftime_now(format)` and may be nil.
    package func render(
        _ variables: [String: JinjaValue], strftime: (@Sendable (String) -> String?)? = nil,
        limits: JinjaLimits = JinjaLimits()
    ) throws -> JinjaText {
        var evaluator = JinjaEvaluator(variables: variables, strftime: strftime, limits: limits)
        return try evaluator.run(statements)
    }
}
