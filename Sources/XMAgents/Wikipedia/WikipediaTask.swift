// HotpotQA and FEVER as lists of episodes: data and prompts from the data root, pages from a source. The registry of
// tasks and the command line start here.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package enum WikipediaTask: String, Sendable, Codable, CaseIterable {
    case hotpotQA = "hotpotqa"
    case fever

    /// Which questions are asked, and in which order.
    package enum Selection: Sendable, Equatable {
        /// Every one in the original order, which the lab's numbers fit best.
        case all
        /// The first of ReAct's shuffled order; the paper takes 500.
        case reactSample(Int)
        /// HotpotQA's questions whose ten context pages are among the data root's pages, in ReAct's order.
        case withPages
    }

    /// - Parameter agents: the data root's folder `agents`.
    package func questions(_ agents: URL) throws -> [WikipediaQuestion] {
        switch self {
        case .hotpotQA:
            try QuestionSet.hotpotQA(agents.appending(path: "hotpotqa/hotpot_dev_v1_simplified.json")).questions
        case .fever: try QuestionSet.fever(agents.appending(path: "fever/paper_dev.jsonl")).questions
        }
    }

    /// Indices of the selected questions.
    package func indices(_ selection: Selection, of count: Int, _ agents: URL) throws -> [Int] {
        switch selection {
        case .all: return Array(0..<count)
        case .reactSample(let size): return Array(QuestionSet.reactOrder().prefix(size)).filter { $0 < count }
        case .withPages:
            guard self == .hotpotQA else { throw WikipediaError.noPageList(task: rawValue) }
            let url = agents.appending(path: "hotpotqa/questions_with_pages.jsonl")
            let lines = JSONLines.lines(of: String(decoding: try FileBytes.read(url), as: UTF8.self))
            let listed = Set(
                try lines.map { line in
                    let row = try WikipediaRow.parse(line.text, file: url.path, line: line.number)
                    guard let index = row["dev_index"]?.integer else {
                        throw WikipediaError.missingField(file: url.path, line: line.number, field: "dev_index")
                    }
                    return index
                })
            return QuestionSet.reactOrder().filter { listed.contains($0) && $0 < count }
        }
    }

    /// An episode is named after its task and the question's index in the data (`fever-3687`).
    package func episodes(
        _ agents: URL, source: any WikipediaSource, _ selection: Selection
    ) throws -> [AgentEpisode] {
        let questions = try questions(agents)
        let prompts = ReActPrompts(agents.appending(path: "prompts"))
        let prompt = try self == .hotpotQA ? prompts.hotpotQA() : prompts.fever()
        let version = "\(source.identity); prompt \(prompt.digest)"
        let format = ReActFormat.wikipedia(head: prompt.text)
        return try indices(selection, of: questions.count, agents).map { index in
            AgentEpisode(
                id: "\(rawValue)-\(index)", task: rawValue, environmentVersion: version, format: format
            ) { WikipediaEnvironment(questions[index], source: source) }
        }
    }

    /// F1 of an episode's answer; an episode without one has 0.
    package static func f1(of trajectory: Trajectory, _ question: WikipediaQuestion) -> Double {
        trajectory.answer.map { AnswerScore.f1($0, question.answer) } ?? 0
    }
}
