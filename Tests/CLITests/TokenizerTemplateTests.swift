// `xmodel tokenizer template` as users call it: models and templates alone, options of a conversation, errors in a
// line.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("TokenizerTemplateTests")
struct TokenizerTemplateTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func template(_ arguments: [String]) throws -> (status: Int32, output: String) {
        try Program.run(["tokenizer", "template"] + arguments)
    }

    @Test("a template alone, with options, tools and the date that is asked for")
    func alone() throws {
        let source = """
            {{ strftime_now('%d.%m.%Y %H:%M') }}|{% for m in messages %}{{ m.role }}:{{ m.content }}|{% endfor %}\
            {{ tools | tojson }}|{{ thinking }}|{{ 'go' if add_generation_prompt }}
            """
        let file = try folder.file("own.jinja", source)
        let conversations = try folder.file(
            "conversations.jsonl",
            """
            [{"role": "user", "content": "a\u{2028}b"}]
            {"messages": [], "tools": [{"z": 1, "a": 2}], "thinking": true, "add_generation_prompt": false}

            """)
        let (status, output) = try template([
            "--chat-template", file.path, "--date", "2026-02-03T04:05:06", conversations.path,
        ])
        #expect(status == 0)
        #expect(
            output == """
                03.02.2026 04:05|user:a\u{2028}b|null||go
                03.02.2026 04:05|[{"z": 1, "a": 2}]|True|

                """)
    }

    @Test("a model's own template; what is wrong is a line of its own with --json, and ends the program without")
    func ofModel() throws {
        try TinyModelFolder.write(to: folder.url)
        try Data("{{ messages[0].content }}{{ raise_exception('no') if messages[1] }}{{ eos_token }}".utf8)
            .write(to: folder.url.appending(path: "chat_template.jinja"))
        let turn = #"{"role": "user", "content": "hi"}"#
        let file = try folder.file("c.jsonl", "[\(turn), \(turn)]\n[\(turn)]\n{}\n")
        let lines = try template(["--model", folder.url.path, "--json", file.path]).output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].contains("rejects this conversation (line 1): no"))
        #expect(lines[1] == #"{"text":"hi</s>"}"#)
        #expect(lines[2].contains("has no \\\"messages\\\""))
        let (status, output) = try template(["--model", folder.url.path, file.path])
        #expect(status != 0 && output.contains("c.jsonl, line 1: the chat template rejects this conversation"))
        #expect(
            try template(["--model", folder.url.path, "--date", "today", file.path]).output.contains("--date is today"))
    }

    @Test("lines end by LF, CRLF or CR, and a byte order mark is no part of the first")
    func lineEnds() throws {
        let source = try folder.file("t.jinja", "{{ messages[0].content }}")
        func turn(_ text: String) -> String { #"[{"role": "user", "content": ""# + text + #""}]"# }
        let file = try folder.file(
            "c.jsonl", "\u{FEFF}" + turn("a") + "\r\n\r\n" + turn("b") + "\r" + turn("c") + "\n" + turn(#"\u+041"#))
        let (status, output) = try template(["--chat-template", source.path, file.path])
        #expect(status == 1)
        #expect(output.hasPrefix("a\nb\nc\n"))
        #expect(output.contains("c.jsonl, line 5: not JSON: an escape without four hexadecimal digits at byte"))
    }
}
