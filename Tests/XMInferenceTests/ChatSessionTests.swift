// A conversation on a tiny random model: turns, other answers, undo, files, and a context that fills up.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMInference
import XMSupport
import XMTensor
import XMTestSupport
import XMTokenizer

@Suite("ChatSessionTests")
struct ChatSessionTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
    }

    /// A session of its own model, so that no cache is shared.
    private func session(
        context: Int = 512, maxTokens: Int = 12, _ sampling: SamplingOptions = .greedy
    ) throws -> ChatSession {
        let file = try ModelBundle(folder.url.path)
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 1))
        let model = EngineModel(
            try LoadedModel(file, backend: backend, shape: EngineShape(slots: 1, capacity: context)))
        return ChatSession(
            model, template: try #require(file.chatTemplate),
            settings: ChatSession.Settings(sampling: sampling, maxTokens: maxTokens))
    }

    @Test("messages and answers alternate, and the beginning of a prompt is read once")
    func turns() async throws {
        var chat = try session()
        chat.settings.system = "Be brief."
        var streamed = ""
        let first = try await chat.send("What is 3 + 4?", onText: { streamed += $0 })
        #expect(streamed == first.text && first.tokens == 12 && first.finish == .length && first.reusedTokens == 0)
        let second = try await chat.send("And 5 + 6?")
        #expect(second.reusedTokens > 10 && second.promptTokens > first.promptTokens)
        #expect(chat.messages.map(\.role) == ["system", "user", "assistant", "user", "assistant"])
        #expect(chat.messages.map(\.content) == ["Be brief.", "What is 3 + 4?", first.text, "And 5 + 6?", second.text])
        #expect(chat.totals.answers == 2 && chat.totals.tokens == 24)
        #expect(chat.totals.contextUsed == second.contextUsed)
        chat.reset()
        #expect(chat.messages.map(\.role) == ["system"] && chat.totals.contextUsed == 0 && chat.totals.answers == 2)
    }

    @Test("a turn taken back and asked again gives the same greedy answer; so does another answer")
    func undo() async throws {
        var chat = try session()
        _ = try await chat.send("What is 1 + 1?")
        let second = try await chat.send("And 2 + 2?")
        #expect(chat.undo() == ChatSession.Turn(message: "And 2 + 2?", answer: second.text))
        #expect(try await chat.send("And 2 + 2?").text == second.text)
        #expect(try await chat.regenerate()?.text == second.text && chat.turns.count == 2)
        #expect(chat.undo() != nil && chat.undo() != nil && chat.undo() == nil)
        #expect(try await chat.regenerate() == nil)
    }

    @Test("drawn answers differ from each other and are the same for the same seed")
    func drawn() async throws {
        func answers() async throws -> [String] {
            var chat = try session(maxTokens: 20, .random(temperature: 1.5, seed: 5))
            return [try await chat.send("Go on.").text, try await chat.regenerate()?.text ?? ""]
        }
        let twice = [try await answers(), try await answers()]
        #expect(twice[0] == twice[1] && twice[0][0] != twice[0][1])
    }

    @Test("a saved and loaded conversation goes on as if it had never been left")
    func saved() async throws {
        var chat = try session(.random(temperature: 1))
        chat.settings.system = "Be \"brief\".\n"
        for message in ["One?", "Two?\nThree? 漢"] { _ = try await chat.send(message) }
        let file = folder.url.appending(path: "chat.json")
        try SavedChat(chat, model: "tiny").write(to: file)
        let saved = try SavedChat(contentsOf: file)
        #expect(saved == SavedChat(chat, model: "tiny"))
        var other = try session()
        other.resume(saved)
        #expect(other.messages == chat.messages && other.settings == chat.settings)
        let (resumed, original) = (try await other.send("Four?"), try await chat.send("Four?"))
        #expect(resumed.text == original.text)
    }

    @Test(
        "a file that holds no conversation is refused with its reason",
        arguments: [
            ("", "not JSON"), ("[1]", "wrong type"), (#"{"model": "x"}"#, "'messages' is missing"),
            (#"{"messages": [{"role": "user", "content": 3}]}"#, "content"),
            (#"{"messages": [{"role": "user", "content": "a"}]}"#, "no answer"),
            (#"{"messages": [{"role": "assistant", "content": "a"}]}"#, "message 1 is of 'assistant'"),
            (#"{"messages": [{"role": "system", "content": "a"}, {"role": "system", "content": "b"}]}"#, "message 2"),
            (#"{"messages": [], "sampling": {"temperature": -1, "seed": 1}}"#, "temperature is -1"),
        ])
    func refused(text: String, reason: String) throws {
        let file = try folder.file("bad.json", text)
        #expect { try SavedChat(contentsOf: file) } throws: { "\($0)".contains(reason) }
        #expect { try SavedChat(contentsOf: folder.url) } throws: { "\($0)".contains("no such file") }
    }

    @Test("a full context leaves out the oldest turns, half of it at once, and says how many")
    func overflow() async throws {
        var chat = try session(context: 160, maxTokens: 16)
        var forgotten: [Int] = []
        for number in 0..<12 {
            let answer = try await chat.send("What is \(number) + \(number)?")
            #expect(answer.contextUsed <= 160)
            if answer.newlyForgotten > 0 {
                #expect(answer.promptTokens <= 80)
                forgotten.append(answer.newlyForgotten)
            }
        }
        #expect(forgotten.count >= 2 && forgotten.reduce(0, +) == chat.forgotten)
        #expect(chat.turns.count == 12, "what is left out stays in the conversation")
        while chat.undo() != nil {}
        #expect(chat.forgotten == 0)
    }

    @Test("a message that cannot fit is refused, and the conversation stays as it was")
    func tooLong() async throws {
        var chat = try session(context: 160)
        _ = try await chat.send("One?")
        let before = chat.messages
        await #expect { try await chat.send(String(repeating: "many words ", count: 200)) } throws: {
            "\($0)".contains("--context")
        }
        #expect(chat.messages == before && chat.forgotten == 0)
        _ = try await chat.send("Two?")
    }

    /// Asks in a task of its own, which is cancelled when some parts of the answer have come.
    private static func ask(
        _ chat: ChatSession, again: Bool = false, cancelledAfter parts: Int
    ) async throws -> (ChatSession, ChatAnswer) {
        try await Task {
            var chat = chat
            var seen = 0
            func count(_ part: String) {
                seen += 1
                if seen == parts { withUnsafeCurrentTask { $0?.cancel() } }
            }
            if parts == 0 { withUnsafeCurrentTask { $0?.cancel() } }
            let answer = try await again ? chat.regenerate(onText: count) : chat.send("One?", onText: count)
            return (chat, try #require(answer))
        }.value
    }

    @Test("an answer that was stopped stays; one that had not begun takes its message back")
    func stopped() async throws {
        let file = try ModelBundle(folder.url.path)
        // It gives one token at a time, when it is asked for.
        let model = ScriptedModel(file.tokenizer) { _ in "one two three four five six" }
        let fresh = ChatSession(
            model, template: try #require(file.chatTemplate), settings: ChatSession.Settings(maxTokens: 100))
        let (empty, nothing) = try await Self.ask(fresh, cancelledAfter: 0)
        #expect(!nothing.isKept && nothing.finish == .cancelled && empty.turns.isEmpty)
        let (chat, some) = try await Self.ask(fresh, cancelledAfter: 5)
        #expect(some.finish == .cancelled && some.tokens >= 5)
        #expect("one two three four five six".hasPrefix(some.text) && some.text.hasPrefix("one"))
        #expect(chat.turns == [ChatSession.Turn(message: "One?", answer: some.text)])
        // Another answer that does not come leaves the one that was there.
        let (same, _) = try await Self.ask(chat, again: true, cancelledAfter: 0)
        #expect(same.turns == chat.turns)
    }
}
