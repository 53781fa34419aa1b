// `xmodel chat` as people and scripts use it: in a terminal of its own, and with lines through pipes.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
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
        let chat = try terminal("--max-tokens", "1000000", "--temperature", "0")
        try chat.expect("› ")
        #expect(!chat.isCooked)
        chat.type("hello\r")
        // At temperature 0 this random model repeats itself until its context is full; sampled, it may end at once.
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
        try chat.expect("Ctrl-C again or Ctrl-D leaves")
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

    @Test("lines in, answers out: the same for the same seed, and an error ends it")
    func lines() throws {
        func run(_ input: String) throws -> (status: Int32, output: String, talk: String) {
            let process = Process()
            process.executableURL = Program.url
            process.arguments = [
                "chat", "--model", folder.url.path, "--threads", "1", "--seed", "4", "--max-tokens", "9",
            ]
            let (pipe, output, talk) = (Pipe(), Pipe(), Pipe())
            process.standardInput = pipe
            process.standardOutput = output
            process.standardError = talk
            try process.run()
            try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try pipe.fileHandleForWriting.close()
            let text = try output.fileHandleForReading.readToEnd() ?? Data()
            let said = try talk.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return (
                process.terminationStatus, String(decoding: text, as: UTF8.self), String(decoding: said, as: UTF8.self)
            )
        }
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
}
