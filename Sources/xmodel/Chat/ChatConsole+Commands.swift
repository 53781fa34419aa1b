// What the commands of a chat do; their names and arguments are in XMInference's SlashCommand.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMInference
import XMSupport

extension ChatConsole {
    /// false: leave.
    func perform(_ command: SlashCommand) throws -> Bool {
        switch command {
        case .help: try notice(help)
        case .showSystem:
            try notice((session.settings.system ?? "no system message; /system TEXT sets one") + "\n")
        case .system(let text):
            session.settings.system = text
            let done = text == nil ? "no system message now (some templates bring their own)" : "system message set"
            try notice("\(done)\(session.turns.isEmpty ? "" : "; /reset starts the conversation over")\n")
        case .reset:
            session.reset()
            try notice("started over\(session.settings.system == nil ? "" : "; the system message stays")\n")
        case .undo:
            let turn = session.undo()
            try notice(
                (turn.map { "taken back: \(ChatError.beginning(of: $0.message))" } ?? "there is no message to take back")
                    + "\n")
        case .again: try again()
        case .save(let path):
            try SavedChat(session, model: modelName).write(to: Self.file(path))
            try notice("\(HumanText.counted(session.turns.count, "turn")) written to \(path)\n")
        case .load(let path):
            let saved = try SavedChat(contentsOf: Self.file(path))
            session.resume(saved)
            let model = saved.model.flatMap { $0 == modelName ? nil : ", written with \($0)" } ?? ""
            try notice("\(HumanText.counted(session.turns.count, "turn")) read from \(path)\(model)\n")
            try showConversation()
        case .set(let name, let value):
            try session.settings.set(name, to: value)
            let now = session.settings.list.first { $0.name == name }
            try notice("\(name) is \(now?.value ?? value)\n")
        case .settings: try notice(table(session.settings.list))
        case .stats: try notice(stats)
        case .quit: return false
        }
        return true
    }

    private var help: String {
        let commands = SlashCommand.table.map { ("/\($0.name) \($0.argument)", $0.meaning) }
        let keys = [
            ("Alt-Enter, \\ Enter", "a new line in the message; pasted lines stay together"),
            ("Ctrl-C", "stops an answer; at the prompt it clears the line, twice it leaves"),
            ("Up, Down", "earlier messages"),
            ("Ctrl-A E K U W L", "beginning, end, cut to the end, the beginning, a word back; clear the screen"),
        ]
        return table(commands) + "\n" + table(keys)
            + "\nWhen the context is full, the oldest turns are left out, down to half of it.\n"
    }

    private var stats: String {
        let totals = session.totals
        func rate(_ value: Double?) -> String { value.map { ", \(HumanText.rate($0)) tokens/s" } ?? "" }
        let reserved = memory.reduce(0) { $0 + $1.sizeBytes }
        let cache = memory.first { $0.group == "KV cache" }?.sizeBytes ?? 0
        return table([
            ("answers", "\(totals.answers)"),
            (
                "prompts",
                "\(HumanText.counted(totals.promptTokens, "token")), \(HumanText.grouped(totals.reusedTokens)) of them reused"
                    + rate(totals.promptTokensPerSecond)
            ),
            ("written", HumanText.counted(totals.tokens, "token") + rate(totals.tokensPerSecond)),
            (
                "context",
                "\(HumanText.grouped(totals.contextUsed)) of \(HumanText.grouped(session.contextLength)) positions"
                    + (session.forgotten > 0
                        ? ", \(oldestTurns) left out" : "")
            ),
            ("memory", "\(HumanText.bytes(reserved)), the cache \(HumanText.bytes(cache)) of it"),
        ])
    }

    /// A path as typed; "~/" is the home folder.
    private static func file(_ path: String) -> URL {
        guard path.hasPrefix("~/") else { return URL(filePath: path) }
        return FileManager.default.homeDirectoryForCurrentUser.appending(path: String(path.dropFirst(2)))
    }
}
