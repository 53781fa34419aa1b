// The loop of a chat: a message or command in, an answer out, on a terminal or in lines for scripts.
// What each command does is in ChatConsole+Commands.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMInference
import XMSupport
import XMTerminal

final class ChatConsole {
    var session: ChatSession
    /// For saved files.
    let modelName: String
    /// Bytes that the model takes, by group; for /stats.
    let memory: [(group: String, sizeBytes: Int)]
    private let interrupt = InterruptFlag()
    /// nil: standard input or output is not a terminal.
    private let mode: TerminalMode?
    private let style: TextStyle

    init(_ session: ChatSession, modelName: String, memory: [(group: String, sizeBytes: Int)]) {
        (self.session, self.modelName, self.memory) = (session, modelName, memory)
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
        try notice("Write a message and press Enter. /help lists the commands, Ctrl-D leaves.\n")
        if !session.turns.isEmpty { try showConversation() }
        while case .message(let text) = try editor.read(prompt: "› ") {
            guard !text.allSatisfy(\.isWhitespace) else { continue }
            do { try history.add(text) } catch { try notice("\(error); this message is not kept in the history") }
            mode.takeSignals()
            do {
                guard try take(text) else { return }
            } catch let error as OutputError {
                throw error
            } catch {
                try notice("\(error)\n")
            }
        }
    }

    /// One message a line; the first error ends the program, and so does Ctrl-C: nothing waits to be saved.
    private func answerLines() throws {
        let input = StandardInput()
        while let line = try input.line() {
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            guard try take(line) else { return }
        }
    }

    /// A message or a command; false: leave.
    private func take(_ text: String) throws -> Bool {
        if let command = try SlashCommand(text) { return try perform(command) }
        try show { try await $0.session.send(text, onText: $0.stream) }
        return true
    }

    func again() throws {
        if session.settings.sampling.temperature == nil {
            try notice("at temperature 0 the answer is always the same; /set temperature 0.7 samples others")
        }
        try show { try await $0.session.regenerate(onText: $0.stream) }
    }

    // MARK: Showing

    /// Nothing of the answer has been written yet; a terminal shows an ellipsis.
    private var isWaiting = false
    private var wrap = WordWrap(columns: .max)

    /// Runs one turn and reports how it ended.
    private func show(_ turn: @escaping (ChatConsole) async throws -> ChatAnswer?) throws {
        interrupt.reset()
        isWaiting = true
        wrap = WordWrap(columns: columns)
        if mode != nil { try write(style.dim("…")) }
        let answer: ChatAnswer?
        do {
            answer = try waiting(interrupt: interrupt) { try await turn(self) }
        } catch {
            // The error goes on a line of its own, after what came of the answer.
            if !isWaiting { try? write("\n") }
            try endWaiting()
            throw error
        }
        guard let answer else {
            try endWaiting()
            return try notice("there is no message yet\n")
        }
        // For scripts every answer is a line, even an empty one.
        if !isWaiting || mode == nil { try write("\n") }
        try endWaiting()
        if let remark = remark(on: answer) { try notice(remark) }
        if mode != nil { try notice(line(answer) + "\n") }
    }

    /// Removes the ellipsis.
    private func endWaiting() throws {
        if isWaiting && mode != nil { try write("\r\u{1B}[K") }
        isWaiting = false
    }

    /// What the user should know beyond the answer's text.
    private func remark(on answer: ChatAnswer) -> String? {
        let ending: String? =
            switch answer.finish {
            case .cancelled where answer.isKept: "stopped; what was said stays in the conversation"
            case .cancelled: "stopped before the first word; the conversation is as it was"
            case .length:
                "cut at \(HumanText.counted(session.settings.maxTokens, "token")); /set max-tokens allows more"
            case .contextFull: "cut: the context is full; the next message leaves out the oldest turns"
            case .stop where answer.text.allSatisfy(\.isWhitespace): "the model has nothing to say; /again may help"
            case .stop: nil
            }
        guard answer.newlyForgotten > 0 else { return ending }
        return
            """
            the context is full: the model no longer sees \(oldestTurns); /reset starts over, --context makes more room
            """ + (ending.map { "\n" + $0 } ?? "")
    }

    /// Those that the context no longer holds.
    var oldestTurns: String { "the oldest " + (session.forgotten == 1 ? "turn" : "\(session.forgotten) turns") }

    private func line(_ answer: ChatAnswer) -> String {
        let reused = answer.reusedTokens > 0 ? " (\(HumanText.grouped(answer.reusedTokens)) reused)" : ""
        let rate = answer.tokensPerSecond.map { ", \(HumanText.rate($0)) tokens/s" } ?? ""
        return "prompt \(HumanText.grouped(answer.promptTokens))\(reused), answer \(answer.tokens)\(rate), context "
            + "\(HumanText.grouped(answer.contextUsed)) of \(HumanText.grouped(session.contextLength))"
    }

    /// Shows a part of an answer, without leading blanks.
    private func stream(_ part: String) throws {
        var part = part.withoutControls[...]
        if isWaiting {
            part = part.drop(while: \.isWhitespace)
            guard !part.isEmpty else { return }
            try endWaiting()
        }
        wrap.resize(columns: columns)
        try write(wrap.append(String(part)))
    }

    /// Shows the conversation so far, as it looked when it took place.
    func showConversation() throws {
        guard mode != nil else { return }
        for turn in session.turns {
            try write(style.bold("› ") + turn.message.withoutControls.replacing("\n", with: "\n  ") + "\n")
            var wrap = WordWrap(columns: columns)
            try write(wrap.append(turn.answer.withoutControls) + "\n\n")
        }
    }

    /// Status messages: dim on a terminal, on standard error for scripts.
    func notice(_ text: String) throws {
        guard mode != nil else { return talk(text.hasSuffix("\n") ? String(text.dropLast()) : text) }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            for row in WordWrap.rows(line, columns: columns - 2) {
                try write((row.isEmpty ? "" : style.dim("  " + row)) + "\n")
            }
        }
    }

    /// Usable width: all but the last column, where terminals differ. Lines for scripts are not wrapped.
    private var columns: Int { mode == nil ? .max : Terminal.width(.standardOutput) - 1 }

    /// Two aligned columns, names and texts.
    func table(_ rows: [(name: String, value: String)]) -> String {
        let indent = (rows.map(\.name.displayWidth).max() ?? 0) + 2
        return rows.map { name, value in
            let lines = WordWrap.rows(value, columns: max(columns - 2 - indent, 20))
            let gap = "\n" + String(repeating: " ", count: indent)
            return name.padded(columns: indent) + lines.joined(separator: gap) + "\n"
        }.joined()
    }

    private func write(_ text: String) throws { try Output.write(text) }

    /// In the state folder of the XDG base directory specification.
    private static var historyFile: URL {
        let state = ProcessInfo.processInfo.environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let folder =
            state.map { URL(filePath: $0) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".local/state")
        return folder.appending(path: "xmodel/chat-history")
    }
}
