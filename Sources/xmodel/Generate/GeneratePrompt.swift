// What `xmodel generate` is asked: a text to continue or a conversation to answer, from the command line or from a file
// of JSON lines. A key or value that is not understood is an error that names the line.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMInference
import XMSupport
import XMTokenizer

struct GeneratePrompt {
    enum Content {
        case text(String)
        case conversation([ChatMessage])
    }

    var content: Content
    /// Returned with the answer as the JSON it was written in: 7, "7", 1e400 and null stay what they are.
    var id: String?
    /// Where the prompt comes from, for errors: a file, perhaps with a line; nil is the command line.
    var place: String?

    init(text: String, place: String? = nil) { (content, self.place) = (.text(text), place) }

    /// nil for a conversation.
    var text: String? { if case .text(let text) = content { text } else { nil } }

    /// With --chat: a text becomes a user message. `system` is for conversations that have no system message.
    func asked(system: String?) -> GeneratePrompt {
        var result = self
        var messages: [ChatMessage] =
            switch content {
            case .text(let question): [ChatMessage(role: "user", content: question)]
            case .conversation(let messages): messages
            }
        if let system, messages.first?.role != "system" {
            messages.insert(ChatMessage(role: "system", content: system), at: 0)
        }
        result.content = .conversation(messages)
        return result
    }

    /// Token ids for a model. Conversations go through `template`, which may be a failure as long as there are none,
    /// and `clock` answers templates that ask for the date.
    func encode(
        _ file: ModelBundle, _ template: Result<ChatTemplate, any Error>,
        _ clock: @escaping @Sendable (String) -> String?
    ) throws -> [Int32] {
        switch content {
        case .text(let text): return file.encode(text)
        case .conversation(let messages):
            return try template.get().encode(
                ChatTemplate.value(messages), addGenerationPrompt: true, tokenizer: file.tokenizer, strftime: clock)
        }
    }

    // MARK: JSON lines

    /// The prompts in a file's text; blank lines are ignored.
    static func lines(_ text: String, of file: String) throws -> [GeneratePrompt] {
        try JSONLines.lines(of: text).map {
            try GeneratePrompt(line: $0.text, place: "\(file), line \($0.number)")
        }
    }

    private init(line: String, place: String) throws {
        self.place = place
        let value: JSONValue
        do { value = try JSONValue.parse(line) } catch { throw PromptError.notJSON(place, reason: "\(error)") }
        let members = try Self.members(of: value, ["id", "prompt", "messages"], place)
        switch members["id"] {
        case nil: id = nil
        case .null, .string, .number: id = try Self.source(of: "id", in: line)
        default: throw PromptError.wrongValue(place, key: "id", wanted: "a text, a number or null")
        }
        switch (members["prompt"], members["messages"]) {
        case (.string(let text), nil): content = .text(text)
        case (nil, .array(let messages)) where !messages.isEmpty:
            content = .conversation(try messages.map { try Self.message($0, place) })
        case (_?, nil): throw PromptError.wrongValue(place, key: "prompt", wanted: "a text")
        case (nil, _?): throw PromptError.wrongValue(place, key: "messages", wanted: "a list of messages")
        default: throw PromptError.notOne(place)
        }
    }

    /// The source text of a member's value.
    private static func source(of key: String, in line: String) throws -> String? {
        try Array(line.utf8).withUnsafeBytes { bytes in
            try JSONScanner.ranges(of: [[key]], in: bytes)[0].map { String(decoding: bytes[$0], as: UTF8.self) }
        }
    }

    private static func message(_ value: JSONValue, _ place: String) throws -> ChatMessage {
        let members = try members(of: value, ["role", "content"], place)
        func text(_ key: String) throws -> String {
            guard let text = members[key]?.string else {
                throw PromptError.wrongValue(place, key: "messages.\(key)", wanted: "a text, in every message")
            }
            return text
        }
        return ChatMessage(role: try text("role"), content: try text("content"))
    }

    /// The members of an object, all of whose keys must be known.
    private static func members(
        of value: JSONValue, _ known: [String], _ place: String
    ) throws -> JSONObject {
        guard let members = value.object else { throw PromptError.notAnObject(place, known) }
        if let key = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw PromptError.unknownKey(place, key: key, known: known)
        }
        return members
    }
}

enum PromptError: Error, CustomStringConvertible {
    case notJSON(String, reason: String)
    case notAnObject(String, [String])
    case unknownKey(String, key: String, known: [String])
    case wrongValue(String, key: String, wanted: String)
    case notOne(String)
    case tooLong(String?, tokens: Int, context: Int)

    var description: String {
        switch self {
        case .notJSON(let place, let reason): "\(place): not JSON: \(reason)"
        case .notAnObject(let place, let known):
            "\(place): not a JSON object with \(known.map { "\"\($0)\"" }.joined(separator: ", "))"
        case .unknownKey(let place, let key, let known):
            "\(place): unknown key '\(key)'; "
                + (nearestName(to: key, in: known).map { "did you mean '\($0)'?" }
                    ?? "there are " + known.map { "'\($0)'" }.joined(separator: ", "))
        case .wrongValue(let place, let key, let wanted): "\(place): the value of '\(key)' must be \(wanted)"
        case .notOne(let place): "\(place): give either 'prompt' or 'messages'"
        case .tooLong(let place, let tokens, let context):
            "\(place.map { $0 + ": " } ?? "")the prompt has \(tokens) tokens and the context holds \(context), the answer "
                + "included; shorten the prompt or ask for a larger --context"
        }
    }
}
