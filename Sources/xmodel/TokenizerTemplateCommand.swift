// `xmodel tokenizer template`: renders conversations with a chat template, exactly as a model would be prompted. For
// inspecting prompts, and for tools/oracles/check_templates.py, which compares them with transformers'.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMSupport
import XMTokenizer

extension TokenizerCommand {
    struct Template: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Render conversations with a chat template.",
            discussion: """
                Each line of FILE is a conversation in JSON: a list of messages, or an object with "messages" and \
                optionally "tools", "add_generation_prompt" (default: true) and other variables of the template, \
                such as "enable_thinking". Without a model, the template's special tokens are empty.

                  xmodel tokenizer template --model model.gguf chats.jsonl
                  xmodel tokenizer template --chat-template own.jinja --json chats.jsonl
                """)

        @Option(name: [.long, .short], help: "A GGUF file, a Hugging Face folder, a checkpoint, or a run.")
        var model: String?

        @OptionGroup var templateOptions: ChatTemplateOptions

        @Flag(help: "Print one JSON object per conversation, with its text or its error.")
        var json = false

        @Option(help: "Date and time for the template, such as 2026-02-03T04:05:06 (default: now).")
        var date: String?

        @Argument(help: "JSON lines, one conversation per line; - is standard input.")
        var file = "-"

        func validate() throws {
            guard model != nil || templateOptions.chatTemplate != nil else {
                throw ValidationError("give --model, --chat-template or both")
            }
            _ = try moment()
        }

        func run() throws {
            let template = try templateOptions.template(of: model.map { try ModelBundle($0) })
            let clock = ChatTemplate.clock(try moment())
            for line in JSONLines.lines(of: try InputFile.text(file)) {
                // With --json an error belongs to its line and the next one goes on; otherwise the first error ends the
                // command.
                switch Result(catching: { try render(line.text, template, clock) }) {
                case .success(let text): try Output.line(json ? Self.object("text", text) : text)
                case .failure(let error) where json: try Output.line(Self.object("error", "\(error)"))
                case .failure(let error):
                    throw CommandError.inLine(file: file, line: line.number, reason: "\(error)")
                }
            }
        }

        // A line is a list of messages, or an object whose other members are variables of the template.
        private func render(
            _ line: String, _ template: ChatTemplate, _ clock: @escaping @Sendable (String) -> String?
        ) throws -> String {
            let value = try JinjaValue(json: line)
            guard case .dict(let dict) = value else {
                return try template.render(value, addGenerationPrompt: true, strftime: clock)
            }
            guard let messages = dict["messages"] else {
                throw CommandError.noMessages
            }
            var template = template
            for entry in dict.named where !["messages", "tools", "add_generation_prompt"].contains(entry.key) {
                template.options[entry.key] = entry.value
            }
            return try template.render(
                messages, tools: dict["tools"] ?? .none,
                addGenerationPrompt: dict["add_generation_prompt"] != .bool(false), strftime: clock)
        }

        // A fixed moment makes templates that print the date reproducible.
        private func moment() throws -> Date {
            guard let date else { return Date() }
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
            guard let moment = format.date(from: date) else {
                throw ValidationError("--date is \(date); it must look like 2026-02-03T04:05:06")
            }
            return moment
        }

        private static func object(_ key: String, _ text: String) -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes]
            return String(decoding: (try? encoder.encode([key: text])) ?? Data(), as: UTF8.self)
        }
    }
}
