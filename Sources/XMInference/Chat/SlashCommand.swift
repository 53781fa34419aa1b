// The commands of a chat: lines that begin with a slash and a word. To add one: a case, a line in `init` and a line in
// `table`; the program's chat console performs it.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package enum SlashCommand: Sendable, Equatable {
    case help
    case showSystem
    /// nil removes the system message.
    case system(String?)
    case reset
    case undo
    case again
    case save(String)
    case load(String)
    case set(name: String, value: String)
    case settings
    case stats
    case quit

    /// Name, argument (none is accepted if this is empty) and meaning, in the order of /help.
    package static let table: [(name: String, argument: String, meaning: String)] = [
        ("help", "", "this list"),
        ("system", "[TEXT]", "set the system message, or show it; /system off removes it; the conversation continues"),
        ("again", "", "regenerate the last answer (also /regenerate)"),
        ("undo", "", "remove the last message and its answer"),
        ("reset", "", "start over; system message and settings stay"),
        ("save", "FILE", "write the conversation as JSON; the name may be quoted"),
        ("load", "FILE", "continue a saved conversation"),
        ("set", "[NAME VALUE]", "change how tokens are chosen, or show it: /set temperature 0.3, /set top-k off"),
        ("stats", "", "tokens, speed and memory so far"),
        ("quit", "", "leave (also Ctrl-D)"),
    ]

    /// Alternative names of commands.
    private static let aliases = ["regenerate": "again", "exit": "quit", "bye": "quit", "?": "help"]

    /// nil: the line is a message, such as "/usr/bin is a folder", "/* C */", or any line that begins with a blank.
    /// Throws `ChatError`.
    package init?(_ line: String) throws {
        guard line.first == "/" else { return nil }
        let typed = line.dropFirst().prefix { !$0.isWhitespace }
        guard typed == "?" || typed.allSatisfy(\.isLetter) else { return nil }
        let rest = line.dropFirst(1 + typed.count).drop(while: \.isWhitespace).trimmedEnd
        guard !typed.isEmpty || rest.isEmpty else { return nil }
        let name = typed.isEmpty ? "help" : Self.aliases[typed.lowercased()] ?? typed.lowercased()
        if !rest.isEmpty, Self.table.contains(where: { $0.name == name && $0.argument.isEmpty }) {
            throw ChatError.unwantedText(command: String(typed), text: rest)
        }
        switch name {
        case "help": self = .help
        case "system": self = rest.isEmpty ? .showSystem : .system(["off", "none"].contains(rest) ? nil : rest)
        case "again": self = .again
        case "undo": self = .undo
        case "reset": self = .reset
        case "save", "load":
            let file = rest.unquoted
            guard !file.isEmpty else { throw ChatError.wrongArgument(command: name, wanted: "the name of a file") }
            guard !file.contains(where: \.isNewline) else {
                throw ChatError.wrongArgument(command: name, wanted: "the name of a file in one line")
            }
            self = name == "save" ? .save(file) : .load(file)
        case "set":
            let words = rest.split { $0.isWhitespace || $0 == "=" }.map(String.init)
            guard words.count == 0 || words.count == 2 else {
                throw ChatError.wrongArgument(command: "set", wanted: "a name and a value, as in /set temperature 0.7")
            }
            self = words.isEmpty ? .settings : .set(name: words[0], value: words[1])
        case "stats": self = .stats
        case "quit": self = .quit
        default:
            let names = Self.table.map(\.name) + Self.aliases.keys.sorted()
            throw ChatError.unknownCommand(name: String(typed), nearest: nearestName(to: name, in: names))
        }
    }

    /// Completions of a half-typed command, each as the whole line; for the Tab key.
    package static func completions(_ text: String) -> [String] {
        guard text.first == "/" else { return [] }
        let settings = ChatSession.Settings.names.map { "/set \($0) " }
        let commands = table.map { "/" + $0.name + ($0.argument.isEmpty ? "" : " ") }
        return (text.hasPrefix("/set ") ? settings : commands).filter { $0.hasPrefix(text) }
    }
}

extension Substring {
    fileprivate var trimmedEnd: String {
        String(self[..<(lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? startIndex)])
    }
}

extension String {
    /// Without the quotes around it, if there are any.
    fileprivate var unquoted: String {
        guard count > 1, let quote = first, quote == last, "\"'".contains(quote) else { return self }
        return String(dropFirst().dropLast())
    }
}
