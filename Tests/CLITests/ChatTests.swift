// `xmodel chat` as people and scripts use it: in a terminal of its own, and with lines through pipes.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTerminal
import XMTestSupport

@Suite("ChatTests")
struct ChatTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
    }

    private func terminal(_ arguments: String...) throws -> PseudoTerminal {
        try PseudoTerminal(
            Program.url, ["chat", "--model", folder.url.path, "--threads", "1"] + arguments,
            environment: ["XDG_STATE_HOME": folder.url.path, "NO_COLOR": "1", "TERM": "xterm"])
    }

    /// On the screen between an answer's wait and its first text.
    private static let answerBegins = "…\r\u{1B}[K"

    @Test("answers, Ctrl-C, a pasted message, history, commands, and the terminal left as it was")
    func session() throws {
        let chat = try terminal("--max-tokens", "1000000", "--temperature", "0", "--presence-penalty", "-1000")
        try chat.expect("› ")
        #expect(!chat.isCooked)
        chat.type("hello\r")
        // What an answer has said it says again, until the context is full.
        try chat.expect(Self.answerBegins)
        chat.type("\u{03}")
        try chat.expect("stopped; what was said stays in the conversation")
        try chat.expect("context ")
        try chat.expect("› ")
        chat.type("\u{1B}[200~line one\rline two\u{1B}[201~")
        try chat.expect("line one↵")
        chat.type("\r")
        try chat.expect(Self.answerBegins)
        chat.type("\u{03}")
        try chat.expect("context ")
        try chat.expect("› ")
        chat.type("/undo\r")
        try chat.expect("taken back: line one …")
        chat.type("/hlp\r")
        try chat.expect("there is no command /hlp; did you mean /help?")
        chat.type("/sta\t\r")
        try chat.expect("answers  2")
        // Up to the pasted message, which is cleared; then twice Ctrl-C on nothing.
        chat.type("\u{1B}[A\u{1B}[A\u{1B}[A\u{1B}[A")
        try chat.expect("line one↵")
        chat.type("\u{03}\u{03}")
        try chat.expect("Press Ctrl-C again or Ctrl-D to leave")
        chat.type("\u{03}")
        #expect(chat.status() == 0 && chat.isCooked)
        let isColoured = chat.shown.contains("\u{1B}[2m") || chat.shown.contains("\u{1B}[1m")
        #expect(!isColoured, "NO_COLOR is set")
        let history = try String(contentsOf: folder.url.appending(path: "xmodel/chat-history"), encoding: .utf8)
        #expect(
            history.split(separator: "\n") == [
                #""hello""#, #""line one\nline two""#, #""/undo""#, #""/hlp""#, #""/stats""#,
            ])
    }

    @Test("a signal from outside puts the terminal back", arguments: [SIGTERM, SIGHUP, SIGQUIT, SIGABRT])
    func signals(signal: Int32) throws {
        let chat = try terminal()
        try chat.expect("› ")
        #expect(!chat.isCooked)
        kill(chat.foreground, signal)
        #expect(chat.status() != 0 && chat.isCooked)
    }

    /// Lines in, answers out.
    private func run(_ input: String, _ more: [String] = []) throws -> ProgramRun {
        try Program.run(
            ["chat", "--model", folder.url.path, "--threads", "1", "--seed", "4", "--max-tokens", "9"] + more,
            input: input)
    }

    @Test("lines in, answers out: the same for the same seed, and an error ends it")
    func lines() throws {
        let first = try run("hello\n\n/set temperature 1.5\nand again")
        let second = try run("hello\n\n/set temperature 1.5\nand again")
        #expect(first.status == 0 && first.output == second.output && first.output.contains { $0.isLetter })
        #expect(!first.output.contains("\u{1B}") && first.talk.contains("temperature is 1.5"))
        let saved = folder.url.appending(path: "chat.json").path
        #expect(try run("hello\n/save \(saved)\n/quit\nnever read\n").status == 0)
        #expect(try run("/load \(saved)\n/undo\n").talk.contains("taken back: hello"))
        let wrong = try run("/hlp\nhello\n")
        #expect(wrong.status != 0 && wrong.output.isEmpty && wrong.talk.contains("did you mean /help?"))
    }

    @Test("every command says what it did, in the singular where there is one")
    func commands() throws {
        let saved = folder.url.appending(path: "my chat.json").path
        let result = try run(
            """
            /again
            /undo
            /stats
            /system
            /system Be brief.
            /system
            hello
            /again
            /save "\(saved)"
            /load '\(saved)'
            /system off
            /system
            /set top-k 5
            /set
            /undo
            /reset
            /stats
            /quit
            """)
        #expect(result.status == 0)
        #expect(result.output.split(separator: "\n").count == 2, "two answers and nothing else")
        for said in [
            "there is no message yet", "there is no message to take back", "no system message; /system TEXT sets one",
            "system message set", "Be brief.", "1 turn written to \(saved)", "1 turn read from \(saved)",
            "no system message now", "top-k is 5", "taken back: hello", "started over\n", "answers  2",
        ] {
            #expect(result.talk.contains(said), "\(said): \(result.talk)")
        }
        let wrong = try run("/set top-k 0\n")
        #expect(wrong.status == 1 && wrong.talk.contains("Error: top-k is 0; it must be at least 1"))
    }

    @Test("a conversation that was saved goes on, and the first answer is what generate gives")
    func sameAsGenerate() throws {
        let saved = folder.url.appending(path: "chat.json").path
        let greedy = ["--temperature", "0"]
        let whole = try run("hello\nand again\n", greedy)
        #expect(try run("hello\n/save \(saved)\n", greedy).status == 0)
        let rest = try run("and again\n", greedy + ["--load", saved])
        #expect(whole.output.hasSuffix("\n" + rest.output))
        let generated = try Program.run(
            ["generate", "--model", folder.url.path, "--chat", "--prompt", "hello", "--max-tokens", "9", "--json"],
            input: "")
        let text = try #require(generated.lines.first?["text"] as? String)
        #expect(
            whole.output.split(separator: "\n").first?.hasPrefix(text.withoutControls.prefix { $0 != "\n" }) == true)
    }

    @Test("Ctrl-C ends a chat that waits for a line of a pipe")
    func interruptedPipe() throws {
        let process = Process()
        process.executableURL = Program.url
        process.arguments = ["chat", "--model", folder.url.path, "--threads", "1"]
        let (input, talk) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = talk
        try process.run()
        #expect(!talk.fileHandleForReading.availableData.isEmpty)
        Thread.sleep(forTimeInterval: 0.1)
        kill(process.processIdentifier, SIGINT)
        for _ in 0..<100 where process.isRunning { Thread.sleep(forTimeInterval: 0.1) }
        #expect(!process.isRunning && process.terminationReason == .uncaughtSignal)
        process.terminate()
    }

    @Test("a window that becomes narrower has the message drawn anew in place of the rows that it has broken")
    func resized() throws {
        let chat = try terminal()
        try chat.expect("› ")
        chat.type(String(repeating: "abcdefghi ", count: 20))
        // Three rows of at most 79 columns; the cursor is in the third.
        try chat.expect("\r\u{1B}[50C")
        chat.resize(columns: 40)
        // The first two take two rows each now, and the third, of 48 columns, has the cursor in its second.
        try chat.expect("\u{1B}[5A\r\u{1B}[J› abcdefghi abcdefghi abcdefghi abcdef")
        chat.resize(columns: 80)
        try chat.expect("\u{1B}[5A\r\u{1B}[J› abcdefghi abcdefghi abcdefghi abcdefghi")
        chat.type("\u{03}\u{04}")
        #expect(chat.status() == 0)
    }

    @Test("a character whose bytes come apart is that character, however long it takes")
    func slowCharacter() throws {
        let chat = try terminal()
        try chat.expect("› ")
        for byte in "漢".utf8 {
            chat.type(bytes: [byte])
            Thread.sleep(forTimeInterval: 0.2)
        }
        try chat.expect("› 漢")
        #expect(!chat.shown.contains("\u{FFFD}"))
        chat.type("\u{03}\u{04}")
        #expect(chat.status() == 0)
    }

    @Test("another answer before the first message is a sentence by itself")
    func againAtOnce() throws {
        let chat = try terminal("--temperature", "0.5")
        try chat.expect("› ")
        chat.type("/again\r")
        try chat.expect("  there is no message yet")
        let line = chat.shown.split(whereSeparator: \.isNewline).last { $0.contains("there is no message") }
        #expect(line?.hasSuffix("\u{1B}[K  there is no message yet") == true, "\(chat.shown)")
        chat.type("\u{04}")
        #expect(chat.status() == 0)
    }
}
