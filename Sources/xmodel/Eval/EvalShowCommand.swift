// `xmodel eval show`: reads samples in the terminal, one document after the other.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMEval
import XMSupport
import XMTerminal

struct EvalShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Read what a model was asked and answered.",
        discussion: """
            Needs samples: run `xmodel eval` with --samples. Results of lm-evaluation-harness can be read as well. On a \
            terminal, Enter shows the next document and q ends; elsewhere all are printed.

              xmodel eval show evals/a --task gsm8k --wrong
              xmodel eval show evals/a --task arc_easy --confident
            """)

    @Argument(help: "A folder of results.")
    var folder: String

    @Option(help: "The task.")
    var task: String

    @Option(help: "The filter whose answers are shown (default: the task's first).")
    var filter: String?

    @Flag(exclusivity: .exclusive)
    var selection: SampleBrowser.Selection = .all

    @Option(help: "At most this many documents.")
    var limit: Int?

    func validate() throws { try require(("limit", limit, 1...Most.count)) }

    func run() throws {
        let results = try ResultsFolder(UserPath.url(folder))
        let all = try results.samples(of: task)
        let filters = Set(all.map(\.filter))
        if let filter, !filters.contains(filter) {
            throw EvalShowError.noFilter(filter, task: task, known: filters.sorted())
        }
        let samples = SampleBrowser(all, filter: filter).selected(selection).prefix(limit ?? .max)
        guard !samples.isEmpty else { return talk("\(task): no such documents") }
        let pages = Terminal.isTerminal(.standardOutput) && Terminal.isTerminal(.standardInput)
        for (index, sample) in samples.enumerated() {
            try Output.line(page(sample, columns: pages ? Terminal.width(.standardOutput) : 100))
            guard pages, index + 1 < samples.count else { continue }
            talk("-- \(index + 1) of \(samples.count): Enter for the next, q to quit --")
            guard let answer = readLine(), answer != "q" else { return }
        }
    }

    private func page(_ sample: Sample, columns: Int) -> String {
        let parts = SampleBrowser.page(sample).map { part in
            let rows = part.text.split(separator: "\n", omittingEmptySubsequences: false)
                .flatMap { WordWrap.rows($0, columns: columns - 4) }
            return "  \(part.label)\n" + rows.map { "    " + $0 }.joined(separator: "\n")
        }
        return ([SampleBrowser.title(sample)] + parts).joined(separator: "\n") + "\n"
    }
}

extension SampleBrowser.Selection: EnumerableFlag {
    static func help(for value: Self) -> ArgumentHelp? {
        switch value {
        case .all: "Every document."
        case .wrong: "Wrong answers."
        case .right: "Right answers."
        case .unanswered: "Generations in which no answer was found."
        case .confident: "Wrong choices, the most confident first."
        }
    }
}

enum EvalShowError: Error, CustomStringConvertible {
    case noFilter(String, task: String, known: [String])

    var description: String {
        switch self {
        case .noFilter(let filter, let task, let known):
            "\(task) has no filter '\(filter)'; it has \(known.joined(separator: ", "))"
        }
    }
}
