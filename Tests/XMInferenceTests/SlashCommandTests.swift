// What people type after a slash, and settings by name.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMInference

@Suite("SlashCommandTests")
struct SlashCommandTests {
    @Test(
        "commands and messages are told apart",
        arguments: [
            ("/help", .help), ("/?", .help), ("/", .help), ("/QUIT", .quit), ("/regenerate", .again),
            ("/again", .again),
            ("/system", .showSystem), ("/system off", .system(nil)), ("/system Off we go", .system("Off we go")),
            ("/system  Be brief.\nAlways. ", .system("Be brief.\nAlways.")),
            ("/save a b.json", .save("a b.json")), (#"/save "a b.json""#, .save("a b.json")), ("/load 'x'", .load("x")),
            (#"/save "a"#, .save(#""a"#)), ("/set", .settings), ("/quit \n", .quit),
            ("/set top-p 0.5", .set(name: "top-p", value: "0.5")),
            ("/set top-p=0.5", .set(name: "top-p", value: "0.5")),
            ("hello /help", nil), (" /help", nil), ("/usr/bin is a folder", nil), ("/* C */", nil), ("//", nil),
            ("/ text", nil),
        ] as [(String, SlashCommand?)])
    func parsing(line: String, command: SlashCommand?) throws { #expect(try SlashCommand(line) == command) }

    @Test("mistakes are named, with the nearest command")
    func mistakes() {
        #expect(throws: ChatError.unknownCommand(name: "hlp", nearest: "help")) { try SlashCommand("/hlp") }
        #expect(throws: ChatError.unknownCommand(name: "xyzzyx", nearest: nil)) { try SlashCommand("/xyzzyx") }
        #expect { try SlashCommand("/save") } throws: { "\($0)" == "/save needs the name of a file" }
        #expect { try SlashCommand("/load \"\"") } throws: { "\($0)" == "/load needs the name of a file" }
        #expect { try SlashCommand("/save a\nand more") } throws: { "\($0)".contains("in one line") }
        #expect { try SlashCommand("/set top-p") } throws: { "\($0)".contains("a name and a value") }
    }

    @Test(
        "text behind a command that takes none is not swallowed",
        arguments: ["/reset and tell me more", "/help me", "/quit\na pasted line", "/? x", "/undo 2", "/stats\n\nx"])
    func unwanted(line: String) {
        #expect { try SlashCommand(line) } throws: {
            "\($0)".contains("takes no argument") && "\($0)".contains("begin with a blank")
        }
        #expect { try SlashCommand("/quit\nfirst pasted\nsecond") } throws: {
            "\($0)".contains("'first pasted …'") && !"\($0)".contains("second")
        }
    }

    @Test("every command of the table is one, and is completed from a part of it")
    func completions() throws {
        for row in SlashCommand.table {
            #expect(try SlashCommand("/\(row.name) \(row.argument.isEmpty ? "" : "a 1")") != nil)
            #expect(SlashCommand.completions("/\(row.name)").first?.hasPrefix("/\(row.name)") == true)
        }
        #expect(SlashCommand.completions("/q") == ["/quit"])
        #expect(SlashCommand.completions("/set temp") == ["/set temperature "])
        #expect(SlashCommand.completions("hello").isEmpty)
    }

    @Test("settings change by name; what means nothing is refused and changes nothing")
    func settings() throws {
        var settings = ChatSession.Settings(maxTokens: 5)
        for (name, value) in [
            ("temperature", "0.5"), ("top-k", "40"), ("top-p", "0.9"), ("min-p", "0.1"), ("repetition-penalty", "1.1"),
            ("presence-penalty", "0.2"), ("frequency-penalty", "-0.3"), ("seed", "7"), ("max-tokens", "9"),
        ] {
            try settings.set(name, to: value)
            #expect(settings.list.first { $0.name == name }?.value == value)
        }
        try settings.set("temperature", to: "0")
        try settings.set("top-k", to: "off")
        #expect(settings.sampling.temperature == nil && settings.sampling.topK == nil)
        #expect(settings.list.map(\.name) == ChatSession.Settings.names)
        try settings.set("top-p", to: "1")
        #expect(settings.list.first { $0.name == "top-p" }?.value == "1")
        #expect { try settings.set("top-k", to: "0") } throws: { "\($0)" == "top-k is 0; it must be at least 1" }
        let before = settings
        for (name, value) in [
            ("temperature", "warm"), ("temperature", "-1"), ("temperature", "nan"), ("top-k", "0"), ("top-p", "1.5"),
            ("seed", "off"), ("max-tokens", "0"), ("max-tokens", "off"),
        ] {
            #expect(throws: SamplingError.self, "\(name) \(value)") { try settings.set(name, to: value) }
        }
        #expect(settings == before)
        #expect { try settings.set("temprature", to: "1") } throws: {
            "\($0)" == "there is no setting 'temprature'; did you mean 'temperature'?"
        }
    }
}
