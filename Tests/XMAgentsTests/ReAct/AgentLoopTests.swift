// Whole episodes with a scripted model: prompts to the byte, outcomes, limits, cycles, and runs that were interrupted.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing
import XMAgents
import XMInference
import XMSupport
import XMTestSupport
import XMTokenizer

@Suite("AgentLoopTests")
struct AgentLoopTests {
    /// What a model was asked, in order.
    private final class Prompts: Sendable {
        private let list = Mutex<[String]>([])
        func add(_ prompt: String) { list.withLock { $0.append(prompt) } }
        var all: [String] { list.withLock { $0 } }
    }

    private static let source = FixedWikipedia(
        pages: ["Otter": ["Otters eat fish. They swim."]], similar: ["Sea otter"])

    private static func episode(_ id: String = "0", format: ReActFormat? = nil) -> AgentEpisode {
        AgentEpisode(
            id: id, task: "hotpotqa", environmentVersion: "test", format: format ?? .wikipedia(head: "HEAD\n")
        ) {
            WikipediaEnvironment(WikipediaQuestion(.question, "What?", answer: "fish"), source: source)
        }
    }

    private static func play(
        _ options: AgentOptions = AgentOptions(), contextLength: Int = 100_000, writing outputs: [String]
    ) async throws -> (Trajectory, [String]) {
        let prompts = Prompts()
        let model = ScriptedModel.canned(contextLength: contextLength) { prompt in
            prompts.add(prompt)
            return outputs[min(prompts.all.count, outputs.count) - 1]
        }
        return (try await AgentLoop(model, options).run(episode()).trajectory, prompts.all)
    }

    @Test("prompts are the paper's to the byte, with a completion that has no action")
    func prompts() async throws {
        let (trajectory, prompts) = try await Self.play(writing: [
            " I search.\nAction 1: Search[Otter]\nObservation 1: invented", "\n Hm, fish?  \nI wonder.",
            " Lookup[FISH] \nx",
            " Done.\nAction 3: Finish[the fish]",
        ])
        let first = "HEAD\nQuestion: What?\nThought 1:"
        let second =
            "HEAD\nQuestion: What?\nThought 1: I search.\nAction 1: Search[Otter]\n"
            + "Observation 1: Otters eat fish. They swim..\nThought 2:"
        // The thought is the first line of the stripped completion.
        let again = second + " Hm, fish?  \nAction 2:"
        let third = again + " Lookup[FISH]\nObservation 2: (Result 1 / 1) Otters eat fish.\nThought 3:"
        #expect(prompts == [first, second, again, third])
        #expect(trajectory.outcome == .completed && trajectory.score == 1 && trajectory.answer == "the fish")
        #expect(trajectory.steps.map(\.completions.count) == [1, 2, 1])
        #expect(trajectory.steps[0].promptTokens == first.utf8.count)
        #expect(trajectory.steps[2].observation == "Episode finished, reward = 1\n")
        // Every byte was written with the script's probability.
        let step = trajectory.steps[2]
        #expect(step.tokens.map(\.text).joined() == step.completions[0])
        #expect(abs(step.logprob - Double(step.tokens.count) * log(ScriptedModel.probability)) < 1e-3)
    }

    @Test("ALFWorld's and WebShop's prompts: one line a turn, thoughts, the window of characters")
    func lines() async throws {
        struct Echo: AgentEnvironment {
            mutating func reset() -> Observation { Observation("You are here.", admissible: ["go"]) }
            mutating func step(_ action: String) -> Observation {
                Observation("You arrive at loc 3. On it, you see nothing. É.", admissible: ["go"])
            }
        }
        func prompts(_ format: ReActFormat, steps: Int) async throws -> [String] {
            let asked = Prompts()
            let model = ScriptedModel.canned { prompt in
                asked.add(prompt)
                return asked.all.count == 2 ? " think: hm\nrest" : " go \nrest"
            }
            var options = AgentOptions()
            options.limits.steps = steps
            let episode = AgentEpisode(id: "0", task: "", environmentVersion: "", format: format) { Echo() }
            let played = try await AgentLoop(model, options).run(episode).trajectory
            #expect(
                played.steps.count == steps
                    && played.outcome == (format.maxScalars == nil ? .taskLimitReached : .agentInvalidAction))
            return asked.all
        }
        let household = try await prompts(.alfWorld(head: "HEAD\n"), steps: 3)
        #expect(
            household[2] == "HEAD\nYou are here.\n> go\nOn it, you see nothing. É.\n> think: hm\nOK.\n>")
        var shop = ReActFormat.webShop(head: "HEAD\n")
        let whole =
            "You are here.\n\nAction: go \nObservation: You arrive at loc 3. On it, you see nothing. É.\n\nAction:"
        #expect(try await prompts(shop, steps: 2)[1] == "HEAD\n" + whole)
        shop.maxScalars = 17
        #expect(try await prompts(shop, steps: 2)[1] == "HEAD\n É.\n\nAction:")
    }

    @Test("every way to fail has its outcome, and no model passes a limit")
    func outcomes() async throws {
        // Never an action: the stop string ends no text, 100 tokens do.
        let endless = String(repeating: "x", count: 100_000)
        let (silent, asked) = try await Self.play(writing: [""])
        #expect(silent.outcome == .agentValidationFailed && silent.steps.count == 7 && asked.count == 14)
        #expect(silent.steps[0].observation == "Invalid action: " && silent.cycle == AgentCycle(step: 4, period: 1))
        let (babbling, _) = try await Self.play(writing: [endless])
        #expect(babbling.outcome == .agentInvalidAction && babbling.tokenCount == 1400)
        let (open, _) = try await Self.play(writing: [" t\nAction 1: Search[Otter", " t\nAction 2: Search[Otter"])
        #expect(open.outcome == .agentInvalidAction && open.steps[0].observation == "Invalid action: search[Otter")
        let (repeating, _) = try await Self.play(writing: ["t", "Search[Otter]"])
        #expect(repeating.outcome == .taskLimitReached && repeating.score == 0)

        var options = AgentOptions()
        options.parser = .lenient
        let (repaired, _) = try await Self.play(options, writing: ["t\nAction: Finish[fish"])
        #expect(repaired.score == 1 && repaired.repairs == [.missingNumber: 1, .missingBracket: 1])
        options.limits.tokens = 150
        #expect(try await Self.play(options, writing: [endless]).0.tokenCount == 150)
        options.limits.seconds = 0
        #expect(try await Self.play(options, writing: [""]).0.steps.isEmpty)
        options = AgentOptions()
        options.stopsCycles = true
        #expect(try await Self.play(options, writing: [""]).0.steps.count == 4)
        #expect(try await Self.play(contextLength: 100, writing: [""]).0.outcome == .agentContextLimit)
    }

    @Test("an error of the environment is an outcome with its sentence")
    func environmentError() async throws {
        struct Broken: AgentEnvironment {
            mutating func reset() -> Observation { Observation("x") }
            mutating func step(_ action: String) throws -> Observation {
                throw WikipediaError.notRecorded(query: action, source: "recording")
            }
        }
        let model = ScriptedModel.canned { _ in "t" }
        let episode = AgentEpisode(id: "0", task: "", environmentVersion: "", format: .wikipedia(head: "")) { Broken() }
        let trajectory = try await AgentLoop(model).run(episode).trajectory
        #expect(trajectory.outcome == .taskError && trajectory.error?.contains("no answer to the search") == true)
    }

    @Test("a full context drops the oldest steps first, then the front of the text")
    func fullContext() async throws {
        var options = AgentOptions()
        options.limits.tokensPerCompletion = 20
        // Head and question take 21 bytes, a step about 98, the cue 30 at most.
        let (_, prompts) = try await Self.play(options, contextLength: 190, writing: ["t", "Search[x]"])
        #expect(prompts.allSatisfy { $0.utf8.count <= 170 })
        #expect(prompts.last!.hasPrefix("HEAD\nQuestion: What?\nThought 6: Search[x]\n"))
        let (_, cut) = try await Self.play(options, contextLength: 40, writing: ["t", "Search[x]"])
        #expect(cut[0] == "on: What?\nThought 1:")
    }

    @Test("constrained actions are understood whatever the model wants to write")
    func constrained() async throws {
        struct Doors: AgentEnvironment {
            var opened: [String] = []
            mutating func reset() -> Observation {
                Observation("Doors.", admissible: ["open door 1", "open door 12", "wait"])
            }
            mutating func step(_ action: String) -> Observation {
                opened.append(action)
                return Observation(
                    opened.joined(separator: ","), isDone: opened.count == 4, admissible: ["open door 2", "wait"])
            }
        }
        var options = AgentOptions()
        options.constrainsActions = true
        // The script's token where it is allowed, else the first allowed one.
        let outputs = [" open door 12\n", "WAIT\nforever", " think: hm, so\nx", " open door 7\n"]
        let model = ScriptedModel.canned { prompt in outputs[prompt.components(separatedBy: "\n>").count - 2] }
        let episode = AgentEpisode(id: "0", task: "", environmentVersion: "", format: .alfWorld(head: "")) { Doors() }
        let doors = try await AgentLoop(model, options).run(episode).trajectory
        #expect(
            doors.steps.map(\.action) == ["open door 12", "open door 2", "think: hm, so", "open door 2"])
        #expect(doors.promptMode == "paper, constrained")

        // Questions: the thought is free; the action is one of three, closed by its bracket before the line ends.
        let (answered, prompts) = try await Self.play(
            options, writing: [" I know.\nAction 1: dance", "Finish the fish", " Finish[fish\nx]\n"])
        #expect(prompts[1].hasSuffix("Thought 1: I know.\nAction 1:"))
        #expect(answered.steps[0].thought == "I know." && answered.steps[0].action.hasPrefix("Finish["))
    }

    @Test("a conversation has the head and the observations as the user's messages, and the cue begins the answer")
    func chat() async throws {
        var options = AgentOptions()
        options.prompt = .chat
        #expect(throws: AgentLoopError.noChatTemplate(model: "script")) {
            try AgentLoop(ScriptedModel.canned { _ in "" }, options)
        }
        let asked = Prompts()
        var model = ScriptedModel.canned { prompt in
            asked.add(prompt)
            return asked.all.count == 1 ? " t\nAction 1: Search[Otter]\nObservation 1:" : " u\nAction 2: Finish[fish]"
        }
        model.chatTemplate = try ChatTemplate(
            source: "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}<assistant>", bos: "", eos: "")
        let trajectory = try await AgentLoop(model, options).run(Self.episode()).trajectory
        #expect(trajectory.score == 1 && trajectory.promptMode == "chat, paper")
        let first = "<user>HEAD\nQuestion: What?</>"
        #expect(
            asked.all == [
                first + "<assistant>Thought 1:",
                first + "<assistant>Thought 1: t\nAction 1: Search[Otter]</>"
                    + "<user>Observation 1: Otters eat fish. They swim..</><assistant>Thought 2:",
            ])
    }

    // MARK: - Many episodes

    /// Answers that depend on the prompt alone, as greedy decoding does.
    private static func model(_ asked: Prompts) -> ScriptedModel {
        .canned { prompt in
            asked.add(prompt)
            let number = prompt.components(separatedBy: "Thought ").count - 1
            let id = prompt.contains("Which 3?") ? 3 : prompt.contains("Which 4?") ? 4 : 0
            return number > id ? " t\nAction \(number): Finish[fish]" : " t\nAction \(number): Search[Otter]"
        }
    }

    private static func episodes() -> [AgentEpisode] {
        (0..<6).map { index in
            AgentEpisode(id: "e\(index)", task: "t", environmentVersion: "v", format: .wikipedia(head: "HEAD\n")) {
                WikipediaEnvironment(WikipediaQuestion(.question, "Which \(index)?", answer: "fish"), source: source)
            }
        }
    }

    @Test("together, one by one, and interrupted: the same file to the byte")
    func sameFile() async throws {
        let folder = try TemporaryFolder()
        func trajectories(_ name: String, parallel: Int, interruptedAfter: Int?) async throws -> (Data, Int) {
            let url = folder.url.appending(path: name)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let asked = Prompts()
            let loop = try AgentLoop(Self.model(asked))
            let settings = try loop.settings(environmentVersion: "v")
            struct Stop: Error {}
            if let interruptedAfter {
                let store = try TrajectoryStore(url, settings: settings)
                await #expect(throws: Stop.self) {
                    _ = try await loop.run(Self.episodes(), parallel: parallel, store: store) { _ in
                        if store.records.count == interruptedAfter { throw Stop() }
                    }
                }
                // As if killed while it wrote a line.
                let file = try FileHandle(forWritingTo: url.appending(path: "episodes.jsonl"))
                try file.seekToEnd()
                try file.write(contentsOf: Data("{\"seconds\":1,\"traj".utf8))
                try file.close()
            }
            let before = asked.all.count
            let store = try TrajectoryStore(url, settings: settings)
            let records = try await loop.run(Self.episodes(), parallel: parallel, store: store)
            #expect(records.map(\.trajectory.id) == (0..<6).map { "e\($0)" })
            #expect(records.map(\.trajectory.steps.count) == [1, 1, 1, 4, 5, 1])
            let file = url.appending(path: "trajectories.jsonl")
            #expect(try TrajectoryStore.read(file) == records.map(\.trajectory))
            return (try Data(contentsOf: file), asked.all.count - before)
        }
        let (together, all) = try await trajectories("together", parallel: 64, interruptedAfter: nil)
        let (single, _) = try await trajectories("single", parallel: 1, interruptedAfter: nil)
        let (resumed, rest) = try await trajectories("resumed", parallel: 1, interruptedAfter: 4)
        #expect(together == single && single == resumed && all == 13 && rest == 6)
        // A finished run asks nothing.
        #expect(try await trajectories("resumed", parallel: 1, interruptedAfter: nil).1 == 0)
    }

    @Test("episodes of other settings and damaged lines are refused")
    func otherSettings() async throws {
        let folder = try TemporaryFolder()
        _ = try TrajectoryStore(folder.url, settings: "a")
        #expect(throws: TrajectoryError.self) { try TrajectoryStore(folder.url, settings: "b") }
        let file = try folder.file("episodes.jsonl", "{\"settings\":\"a\"}\n{\"seconds\": 1}\n")
        #expect(throws: TrajectoryError.damaged(file: file.path, line: 2)) {
            try TrajectoryStore(folder.url, settings: "a")
        }
    }
}

@Suite("LoopGuardTests")
struct LoopGuardTests {
    private static func cycles(_ moves: [(String, String)]) -> [AgentCycle] {
        var loopGuard = LoopGuard()
        return moves.compactMap { loopGuard.add(observation: $0.0, action: $0.1) }
    }

    @Test("the same action on the same observation three times, or a cycle of two to four steps twice")
    func cycles() {
        func moves(_ text: String) -> [(String, String)] { text.unicodeScalars.map { ("\($0)", "go") } }
        #expect(Self.cycles(moves("aab")) == [])
        #expect(Self.cycles(moves("abcaxa")) == [AgentCycle(step: 6, period: 1)])
        #expect(Self.cycles(moves("abab")) == [AgentCycle(step: 4, period: 2)])
        #expect(Self.cycles(moves("xabcdabcd")) == [AgentCycle(step: 9, period: 4)])
        #expect(Self.cycles(moves("abcdeabcde")) == [])
        #expect(Self.cycles([("a", "1"), ("a", "2"), ("a", "3")]) == [])
    }
}
