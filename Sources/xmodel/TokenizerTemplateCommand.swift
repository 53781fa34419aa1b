// `xmodel tokenizer template`: what a model is really given, as text, for any conversation and any template. Used to
// look at a prompt, and by tools/oracles/check_templates.py to compare with transformers.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMTokenizer

extension TokenizerCommand {
    struct Template: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the prompt that a chat template makes of a conversation.",
            discussion: """
                Each line of FILE is a conversation in JSON: a list of messages, or an object with "messages" and, where \
                wanted, "tools", "add_generation_prompt" (default: true) and whatever else the template reads, such as \
                "enable_thinking".

                  xmodel tokenizer template --model model.gguf chats.jsonl
                  xmodel tokenizer template --model runs/nano --json chats.jsonl
                """)

        @Option(help: "A GGUF file, a model folder, a checkpoint, a run, or a template alone (FILE.jinja).")
        var model: String

        @Flag(help: "Print one JSON object for each conversation, with its text or what is wrong with it.")
        var json = false

        @Option(help: "The moment that the template takes for now, as 2026-02-03T04:05:06.")
        var date: String?

        @Argument(help: "One conversation a line; - is standard input.")
        var file = "-"

        func run() throws {
            let template = try loadTemplate()
            let clock = ChatTemplate.clock(try moment())
            for line in try InputFile.text(file).split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
                do {
                    let text = try render(String(line), template, clock)
                    try Output.line(json ? Self.object("text", text) : text)
                } catch  where json {
                    try Output.line(Self.object("error", "\(error)"))
                }
            }
        }

        private func render(
            _ line: String, _ template: ChatTemplate, _ clock: @escaping @Sendable (String) -> String
        ) throws -> String {
            let value = try JinjaValue(json: line)
            guard case .dict(let dict) = value else {
                return try template.render(value, addGenerationPrompt: true, strftime: clock)
            }
            guard let messages = dict["messages"] else {
                throw CommandError.noMessages
            }
            let rest = dict.named.filter { !["messages", "tools", "add_generation_prompt"].contains($0.key) }
            return try template.render(
                messages, tools: dict["tools"] ?? .none,
                options: Dictionary(rest.map { ($0.key, $0.value) }) { $1 },
                addGenerationPrompt: dict["add_generation_prompt"] != .bool(false), strftime: clock)
        }

        private func loadTemplate() throws -> ChatTemplate {
            guard URL(filePath: model).pathExtension != "jinja" else {
                return try ChatTemplate(source: try InputFile.text(model), bos: "", eos: "")
            }
            guard let template = try ModelFile(model).chatTemplate else {
                throw CommandError.noTemplate(model: model)
            }
            return template
        }

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
