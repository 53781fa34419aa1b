// A conversation as a JSON file: model, messages, sampling. Such files come from anywhere, so everything is checked.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport
package import XMTokenizer

package struct SavedChat: Codable, Sendable, Equatable {
    /// The model's name, for people.
    package var model: String?
    /// An optional system message, then user and assistant messages in turn, the last from the assistant.
    package var messages: [ChatMessage]
    package var sampling: SamplingOptions?

    private static let mostBytes = 64 << 20

    package init(_ session: ChatSession, model: String) {
        self.model = model
        messages = session.messages
        sampling = session.settings.sampling
    }

    /// Throws `ChatError` or `SamplingError`.
    package init(contentsOf file: URL) throws {
        func refuse(_ reason: String) -> ChatError { .notAConversation(file: file.path, reason: reason) }
        let facts = try? FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)
        guard facts?[.type] as? FileAttributeType == .typeRegular, let size = facts?[.size] as? Int else {
            throw refuse("no such file")
        }
        guard size <= Self.mostBytes else {
            throw refuse("it has \(HumanText.bytes(size)), and at most \(HumanText.bytes(Self.mostBytes)) are read")
        }
        guard let data = try? Data(contentsOf: file) else { throw refuse("it cannot be read; check its permissions") }
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch let DecodingError.keyNotFound(key, _) {
            throw refuse("the key '\(key.stringValue)' is missing")
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context) {
            throw refuse(
                "the value of '\(context.codingPath.map(\.stringValue).joined(separator: "."))' has the wrong type")
        } catch {
            throw refuse("it is not JSON")
        }
        let turns = messages.first?.role == "system" ? messages.dropFirst() : messages[...]
        for (number, (message, wanted)) in zip(turns, ["user", "assistant"].cycled(turns.count)).enumerated()
        where message.role != wanted {
            throw refuse(
                "message \(number + messages.count - turns.count + 1) is of '\(message.role)' where '\(wanted)' was expected"
            )
        }
        guard turns.count % 2 == 0 else { throw refuse("the last message has no answer") }
        try sampling?.validate()
    }

    package func write(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(self) + Data("\n".utf8), to: file)
    }

    package var system: String? { messages.first.flatMap { $0.role == "system" ? $0.content : nil } }

    package var turns: [ChatSession.Turn] {
        let rest = Array(messages.dropFirst(system == nil ? 0 : 1))
        return stride(from: 0, to: rest.count - 1, by: 2).map {
            ChatSession.Turn(message: rest[$0].content, answer: rest[$0 + 1].content)
        }
    }
}

extension Array {
    /// The elements repeated to `count` in all.
    fileprivate func cycled(_ count: Int) -> [Element] { (0..<count).map { self[$0 % self.count] } }
}

extension ChatSession {
    /// Continues a saved conversation with its system message and its sampling.
    package mutating func resume(_ saved: SavedChat) {
        resume(system: saved.system, turns: saved.turns)
        if let sampling = saved.sampling { settings.sampling = sampling }
    }
}
