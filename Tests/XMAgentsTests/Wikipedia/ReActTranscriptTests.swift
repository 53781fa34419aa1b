// Recorded episodes of ReAct on FEVER, played again: model outputs are the recorded ones, Wikipedia is the recording,
// and what our loop and environment make of them must be what was printed.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMAgents
import XMSupport
import XMTestSupport

@Suite(
    "ReActTranscriptTests", .enabled(if: DataRoot.has("agents/fever"), "no agents/fever below XMODEL_DATA"))
struct ReActTranscriptTests {
    private static let agents = DataRoot.url.appending(path: "agents")

    /// What the site showed on every page when the episodes were recorded.
    private static let preamble = "Pages for logged out editors learn more"

    private struct Recorded {
        let index: Int
        let text: String
        let result: String
        let transcript: ReActTranscript
    }

    private static func episodes() throws -> [Recorded] {
        let text = try String(contentsOf: agents.appending(path: "fever/react_transcripts.jsonl"), encoding: .utf8)
        return try JSONLines.lines(of: text).map { line in
            let row = try JSONValue.parse(line.text)
            let text = try #require(row["text"]?.string)
            return Recorded(
                index: try #require(row["idx"]?.integer), text: text, result: try #require(row["result"]?.string),
                transcript: ReActTranscript(text))
        }
    }

    @Test("250 episodes: prompts, parse decisions, observations and scores are the recorded ones, step by step")
    func replay() async throws {
        let episodes = try Self.episodes()
        var source = try RecordedWikipedia(
            Self.agents.appending(path: "wikipedia/first_sentences.jsonl"), preamble: [Self.preamble])
        for episode in episodes {
            for step in episode.transcript.steps { source.record(action: step.action, observation: step.observation) }
        }
        let recorded = source
        let claims = try QuestionSet.fever(Self.agents.appending(path: "fever/paper_dev.jsonl")).questions
        let format = ReActFormat.wikipedia(head: "")
        var (steps, equal, whole, badCalls) = (0, 0, 0, 0)
        for episode in episodes {
            let expected = episode.transcript.steps
            let model = ScriptedModel.canned { prompt in
                Self.output(prompt, expected)
            }
            var options = AgentOptions()
            // A byte is a token here.
            options.limits.tokensPerCompletion = 2000
            let played = try await AgentLoop(model, options).run(
                AgentEpisode(id: "\(episode.index)", task: "fever", environmentVersion: "", format: format) {
                    WikipediaEnvironment(claims[episode.index], source: recorded)
                })
            let trajectory = played.trajectory
            #expect(trajectory.steps.count == expected.count)
            #expect(episode.result.contains("'em': \(Int(trajectory.score)),"))
            #expect(episode.result.contains("'gt_answer': '\(claims[episode.index].answer)'"))
            var printed = "\(episode.index) Claim: \(claims[episode.index].text)\n"
            for (number, step) in trajectory.steps.enumerated() {
                steps += 1
                if step.completions.count > 1 {
                    badCalls += 1
                    printed += "ohh... \(step.completions[0])\n"
                }
                printed += "Thought \(number + 1): \(step.thought ?? "")\nAction \(number + 1): \(step.action)\n"
                printed += "Observation \(number + 1): \(step.observation)\n\n"
                let text = step.observation.trimmingCharacters(in: .whitespacesAndNewlines)
                if text.utf8.elementsEqual(expected[number].observation.utf8) {
                    equal += 1
                } else {
                    // A lookup in a page of which only the first sentences were recorded.
                    #expect(expected[number].observation.hasPrefix("(Result "))
                }
            }
            if episode.text.utf8.starts(with: (printed + "\n{'steps': ").utf8)
                || episode.text.utf8.starts(with: (printed + "{'steps': ").utf8)
            {
                whole += 1
            } else {
                #expect(expected.contains { $0.observation.hasPrefix("(Result ") })
            }
        }
        #expect(episodes.count == 250 && steps == 623)
        #expect(badCalls == episodes.reduce(0) { $0 + $1.transcript.steps.count { $0.badCompletion != nil } })
        #expect(equal == 608 && whole == 235, "\(equal) steps, \(whole) episodes")
    }

    /// What the recorded model wrote behind this prompt, and a little more than the loop wants.
    private static func output(_ prompt: String, _ steps: [ReActTranscript.Step]) -> String {
        let cue = prompt.components(separatedBy: "\n").last ?? ""
        let number = Int(cue.components(separatedBy: " ")[1].prefix { $0 != ":" }) ?? 0
        let step = steps[number - 1]
        if cue.hasPrefix("Action") { return " \(step.action)\nObservation" }
        if let bad = step.badCompletion { return bad + "\nObservation \(number): Otters" }
        return " \(step.thought)\nAction \(number): \(step.action)\nObservation \(number): Otters"
    }
}

@Suite("QuestionSetTests")
struct QuestionSetTests {
    @Test("the sample is that of random.Random(233).shuffle")
    func sample() {
        #expect(
            Array(QuestionSet.reactOrder().prefix(10)) == [
                3687, 6238, 5388, 3522, 3824, 2866, 1551, 2544, 1557, 5762,
            ])
    }

    @Test(
        "the data of the data root is complete",
        .enabled(if: DataRoot.has("agents/hotpotqa"), "no agents/hotpotqa below XMODEL_DATA"))
    func data() throws {
        let agents = DataRoot.url.appending(path: "agents")
        let questions = try QuestionSet.hotpotQA(agents.appending(path: "hotpotqa/hotpot_dev_v1_simplified.json"))
        #expect(questions.questions.count == 7405 && questions.questions[0].answer == "yes")
        let claims = try QuestionSet.fever(agents.appending(path: "fever/paper_dev.jsonl")).questions
        for label in ["SUPPORTS", "REFUTES", "NOT ENOUGH INFO"] {
            #expect(claims.count { $0.answer == label } == 3333)
        }
    }
}
