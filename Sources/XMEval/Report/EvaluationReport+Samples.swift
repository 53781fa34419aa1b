// What the samples tell beyond the scores: calibration (figure 4 of the Xmodel-2 report), and answers to read.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMReport
import XMSupport

extension EvaluationReport {
    /// Samples of a task that stands for itself, or of all tasks of a group.
    private struct Batch {
        let name: String
        let samples: [Sample]
    }

    /// Groups that have scores of their own with their tasks' samples together, and the tasks outside of them.
    private var batches: [Batch] {
        let known = Dictionary(samples.map { ($0.task, $0.samples) }, uniquingKeysWith: { $1 })
        var seen: Set<String> = []
        return results.tasks.compactMap { task in
            guard task.members == nil || !task.scores.isEmpty else { return nil }
            let leaves = results.leaves(of: task.name).filter { seen.insert($0).inserted }
            let samples = leaves.flatMap { known[$0] ?? [] }
            return samples.isEmpty ? nil : Batch(name: task.alias, samples: samples)
        }
    }

    // MARK: - Calibration

    var calibration: [HTMLReport.Block] {
        let asked = batches.map { batch in
            (name: batch.name, questions: SampleBrowser(batch.samples).samples.compactMap(\.question))
        }.filter { !$0.questions.isEmpty }
        // MMLU where it was asked, as in the report; else what has most questions.
        guard
            let shown = asked.first(where: { $0.name == "mmlu" })
                ?? asked.max(by: { $0.questions.count < $1.questions.count })
        else { return [] }
        func number(_ value: Double) -> String { String(format: "%.3f", value) }
        func diagram(_ name: String, _ calibration: Calibration) -> ReliabilityDiagram {
            let bins = calibration.equalWidthBins(10)
            let right = Calibration.topChoice(shown.questions).points
            return ReliabilityDiagram(
                title: "\(shown.name): \(name)",
                facts: [
                    "accuracy \(number(Double(right.count { $0.isRight }) / Double(right.count)))",
                    "ECE \(number(Calibration.error(bins)))",
                ],
                bins: bins.map { bin in
                    .init(
                        count: bin.count, meanConfidence: bin.meanConfidence, accuracy: bin.accuracy,
                        interval: WilsonInterval.interval(
                            successes: Int((bin.accuracy * Double(bin.count)).rounded()), of: bin.count))
                }, color: .source(0))
        }
        let rows = asked.compactMap { name, questions in
            CalibrationSummary(questions).map { [name, HumanText.grouped($0.questions)] + $0.numbers.map(number) }
        }
        return [
            .heading("Calibration"),
            .reliability([
                diagram("all choices", .allChoices(shown.questions)),
                diagram("top choice", .topChoice(shown.questions)),
            ]),
            .table(
                [["", "questions", "ECE all, 10 bins", "ECE top, 15 bins", "ECE top, equal mass", "Brier"]] + rows),
            .paragraph(
                "Across: P(answer), the softmax of the choices' log-likelihoods; up: P(correct). Larger dots stand for "
                    + "more answers, whiskers for Wilson's 95 % interval. ECE is the mean distance of confidence and "
                    + "accuracy over bins of equal width or of equally many answers; Brier's score sums over the "
                    + "choices and is 0 at best and 2 at worst."),
        ]
    }

    // MARK: - Samples

    /// Of each kind and task.
    private static let shownSamples = 3
    /// Longer questions, such as those after worked examples, lose their beginning.
    private static let longestPrompt = 900
    private static let longestAnswer = 1500

    var reading: [HTMLReport.Block] {
        let blocks = batches.flatMap { batch -> [HTMLReport.Block] in
            let browser = SampleBrowser(batch.samples)
            func section(_ title: String, _ samples: [Sample]) -> [HTMLReport.Block] {
                let chosen = samples.prefix(Self.shownSamples)
                return chosen.isEmpty
                    ? []
                    : [.subheading("\(batch.name): \(title)")] + chosen.map { .sample(Self.block($0)) }
            }
            let confident = browser.selected(.confident)
            guard confident.isEmpty else {
                // The most confident ones are often also those whose right answer is the least probable.
                let first = confident.prefix(Self.shownSamples)
                let worst = confident.sorted { Self.goldProbability($0) < Self.goldProbability($1) }
                    .filter { sample in !first.contains { $0.docHash == sample.docHash } }
                return section("the most confident wrong answers", Array(first))
                    + section("the least probable right answers", worst)
            }
            let unanswered = browser.selected(.unanswered)
            return section("wrong answers", browser.selected(.wrong).filter { !$0.isUnanswered })
                + section("answers in which nothing was found (\(unanswered.count) in all)", unanswered)
        }
        return blocks.isEmpty ? [] : [.heading("Samples to read")] + blocks
    }

    private static func goldProbability(_ sample: Sample) -> Double {
        sample.question.map { question in question.gold.map { question.probabilities[$0] }.max() ?? 1 } ?? 1
    }

    private static func block(_ sample: Sample) -> HTMLReport.Sample {
        let prompt = end(of: sample.prompt, longestPrompt)
        guard let logs = sample.logLikelihoods else {
            return HTMLReport.Sample(
                prompt: prompt, expected: start(of: sample.expected, longestAnswer),
                answers: [
                    .init(
                        name: "answered", text: start(of: sample.answer, longestAnswer),
                        isRight: sample.isRight ?? false)
                ])
        }
        let question = Calibration.Question(logLikelihoods: logs, gold: sample.gold)
        let answers = sample.choices.enumerated().map { index, choice in
            let choice = String(choice.unicodeScalars.drop { $0 == " " })
            let share = String(format: "%.1f %%", 100 * question.probabilities[index])
            return HTMLReport.Sample.Answer(
                name: share + (index == question.top ? ", chosen" : ""), text: start(of: choice, longestAnswer),
                isRight: question.gold.contains(index))
        }
        return HTMLReport.Sample(prompt: prompt, expected: "", answers: answers)
    }

    private static func start(of text: String, _ limit: Int) -> String {
        let text = SampleBrowser.visible(text)
        let scalars = text.unicodeScalars
        return scalars.count <= limit ? text : String(scalars.prefix(limit)) + "…"
    }

    private static func end(of text: String, _ limit: Int) -> String {
        let text = SampleBrowser.visible(text)
        let scalars = text.unicodeScalars
        return scalars.count <= limit ? text : "…" + String(scalars.suffix(limit))
    }
}
