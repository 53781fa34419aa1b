// The loop of a chat: a message or command in, an answer out, on a terminal or in lines for scripts.
// What each command does is in ChatConsole+Commands.swift.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMSupport

final class ChatConsole {
    var session: ChatSession
    let loaded: LoadedModel
    /// The model's, for saved files.
    let name: String
    private let interrupt = InterruptFlag()
    /// nil: standard input or output is not a terminal.
    private let mode: TerminalMode?
    private let style: TextStyle

    init(_ session: ChatSession, _ loaded: LoadedModel, name: String) {
        (self.session, self.loaded, self.name) = (session, loaded, name)
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = Terminal.isTerminal(.standardOutput) && environment["TERM"] != "dumb"
        mode = isTerminal ? TerminalMode(.standardInput) : nil
        style = TextStyle(isEnabled: mode != nil && environment["NO_COLOR", default: ""].isEmpty)
    }

    /// Until the user leaves or the input ends.
    func run() throws {
        guard let mode else { return try answerLines() }
        defer { mode.leave() }
        interrupt.install([SIGINT], secondEnds: false)
        let history = InputHistory(file: Self.historyFile)
        let editor = LineEditor(
            mode, input: .standardInput, output: .standardOutput, style: style, history: history,
            completions: SlashCommand.completions)
        notice("Write a message and press Enter. /help lists the commands, Ctrl-D leaves.\n")
        if !session.turns.isEmpty { showConversation() }
        while case .message(let text) = editor.read(prompt: "› ") {
            guard !text.allSatisfy(\.isWhitespace) else { continue }
            do {
                do { try history.add(text) } catch { notice("\(error); this message is not kept in the history") }
                mode.takeSignals()
                guard try take(text) else { return }
            } catch {
                notice("\(error)\n")
            }
        }
    }

    /// One message a line; the first error ends the program.
    private func answerLines() throws {
        interrupt.install()
        while let line = readLine() {
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            guard try take(line) else { return }
            if interrupt.isRaised { throw ExitCode(130) }
        }
    }

    /// A message or a command; false: leave.
    private func take(_ text: String) throws -> Bool {
        if let command = try SlashCommand(text) { return try perform(command) }
        try show { console in
            try console.session.send(text, onText: console.stream, shouldContinue: { !console.interrupt.isRaised })
        }
        return true
    }

    func again() throws {
        try show { console in
            try console.session.regenerate(onText: console.stream, shouldContinue: { !console.interrupt.isRaised })
        }
    }

    // MARK: Showing

    /// Nothing of the answer has been written yet.
    private var isWaiting = false

    /// Runs one turn and says what there is to say about it.
    private func show(_ turn: (ChatConsole) throws -> ChatAnswer?) throws {
        interrupt.reset()
        isWaiting = true
        if mode != nil { write(style.dim("…")) }
        defer { if mode != nil && isWaiting { write("\r\u{1B}[K") } }
        guard let answer = try turn(self) else { return notice("there is no message yet\n") }
        if !isWaiting || mode == nil { write("\n") }
        if isWaiting && mode != nil { write("\r\u{1B}[K") }
        isWaiting = false
        if answer.newlyForgotten > 0 {
            notice(
                "the context is full: the model no longer sees the oldest \(session.forgotten) turns; /reset starts over, "
                    + "--context makes more room")
        }
        switch answer.finish {
        case .cancelled where !answer.isKept: notice("stopped before the first word; the message was taken back")
        case .cancelled: notice("stopped; what was said stays in the conversation")
        case .length: notice("cut at \(session.settings.maxTokens) tokens; /set max-tokens allows more")
        case .contextFull: notice("cut: the context is full; the next message leaves out the oldest turns")
        case .stop where answer.text.allSatisfy(\.isWhitespace): notice("the model has nothing to say; /again may help")
        case .stop: break
        }
        if mode != nil { notice(line(answer) + "\n") }
    }

    private func line(_ answer: ChatAnswer) -> String {
        let reused = answer.reusedTokens > 0 ? " (\(HumanText.grouped(answer.reusedTokens)) reused)" : ""
        let rate = answer.tokensPerSecond.map { String(format: ", %.1f tokens/s", $0) } ?? ""
        return "prompt \(HumanText.grouped(answer.promptTokens))\(reused), answer \(answer.tokens)\(rate), context "
            + "\(HumanText.grouped(answer.contextUsed)) of \(HumanText.grouped(session.contextLength))"
    }

    /// A part of an answer; blank beginnings are not shown.
    private func stream(_ part: String) {
        var part = part.withoutControls[...]
        if isWaiting {
            part = part.drop(while: \.isWhitespace)
            guard !part.isEmpty else { return }
            if mode != nil { write("\r\u{1B}[K") }
            isWaiting = false
        }
        write(String(part))
    }

    /// The conversation so far, as it looked.
    func showConversation() {
        guard mode != nil else { return }
        for turn in session.turns {
            write(style.bold("› ") + turn.message.withoutControls.replacing("\n", with: "\n  ") + "\n")
            write(turn.answer.withoutControls + "\n\n")
        }
    }

    /// Talk about the chat: dim on a terminal, on standard error for scripts.
    func notice(_ text: String) {
        guard mode != nil else { return talk(text.hasSuffix("\n") ? String(text.dropLast()) : text) }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            write((line.isEmpty ? "" : style.dim("  " + line)) + "\n")
        }
    }

    private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    /// Where the XDG base directory specification puts it.
    private static var historyFile: URL {
        let state = ProcessInfo.processInfo.environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let folder =
            state.map { URL(filePath: $0) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".local/state")
        return folder.appending(path: "xmodel/chat-history")
    }
}
