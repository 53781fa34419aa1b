// From the answers about one document to its metrics, one set for every filter of the task. Rules are those of
// lm-evaluation-harness: the first of equally likely choices counts, and lengths are characters without the delimiter.
// Programs that have to be run come later: ProgramScorer.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMSupport
import XMTokenizer

/// The metrics of one document under one filter.
package struct DocumentScore: Sendable {
    package let documentID: Int
    package let filter: String
    /// What the filter made of the answers: one value for each question.
    package let filtered: [JSONValue]
    package var metrics: [(name: String, value: MetricValue)]
    /// Of a multiple choice: probabilities of the choices, and the right ones.
    package var question: Calibration.Question?
    /// Programs whose outcome decides, and how each of them ended.
    package var programs: [String] = []
    package var outcomes: [String] = []
    /// A generation from which nothing could be extracted.
    package var isUnanswered = false
}

package struct DocumentScorer: Sendable {
    private let task: EvalTask

    package init(_ task: EvalTask) { self.task = task }

    /// - Parameter responses: of every question about the document, the response or, where it is repeated, responses.
    package func scores(of row: Int, _ responses: [[Response]]) throws -> [DocumentScore] {
        switch task.definition.outputType {
        case .multipleChoice: [try choiceScore(row, responses.map { $0[0] })]
        case .loglikelihood: [try targetScore(row, responses[0][0])]
        case .rolling: [try textScore(row, responses[0][0])]
        case .generate: try task.definition.filters.map { try generationScore(row, responses[0], $0) }
        }
    }

    // MARK: - Log probabilities

    private func choiceScore(_ row: Int, _ responses: [Response]) throws -> DocumentScore {
        let logprobs = responses.map { $0.logprob! }
        let choices = try task.choices(of: row)
        let gold = try task.gold(of: row)
        func isRight(_ divisors: [Int]?) -> MetricValue {
            let scores = divisors.map { zip(logprobs, $0).map { $0 / Double($1) } } ?? logprobs
            return MetricValue(gold.contains(Self.argmax(scores)) ? 1 : 0)
        }
        let question = Calibration.Question(logLikelihoods: logprobs, gold: Set(gold))
        let metrics = try task.definition.metrics.map { entry in
            let value: MetricValue =
                switch entry.metric {
                case .acc: isRight(nil)
                case .accNorm: isRight(choices.map(\.unicodeScalars.count))
                case .accBytes: isRight(choices.map(\.utf8.count))
                case .exactMatch:
                    MetricValue(gold.contains { responses[$0].isGreedy } ? 1 : 0)
                case .brierScore:
                    MetricValue(
                        question.probabilities.enumerated().reduce(0) { sum, choice in
                            let distance = choice.element - (choice.offset == gold[0] ? 1 : 0)
                            return sum + distance * distance
                        })
                default: throw unsupported(entry)
                }
            return (entry.name, value)
        }
        return DocumentScore(
            documentID: row, filter: "none", filtered: responses.map { $0.json(.multipleChoice) }, metrics: metrics,
            question: question)
    }

    private func targetScore(_ row: Int, _ response: Response) throws -> DocumentScore {
        let metrics = try task.definition.metrics.map { entry in
            switch entry.metric {
            case .acc: (entry.name, MetricValue(response.isGreedy ? 1 : 0))
            case .perplexity: (entry.name, MetricValue(response.logprob!))
            default: throw unsupported(entry)
            }
        }
        return DocumentScore(
            documentID: row, filter: "none", filtered: [response.json(.loglikelihood)], metrics: metrics)
    }

    private func textScore(_ row: Int, _ response: Response) throws -> DocumentScore {
        let metrics = try task.definition.metrics.map { entry in
            let text = try task.countedText(of: row, field: entry.countedField)
            let count: Int =
                switch entry.metric {
                case .wordPerplexity: Self.wordCount(text)
                case .bytePerplexity, .bitsPerByte: text.utf8.count
                default: throw unsupported(entry)
                }
            return (entry.name, MetricValue(response.logprob!, weight: Double(count)))
        }
        return DocumentScore(
            documentID: row, filter: "none", filtered: [response.json(.rolling)], metrics: metrics)
    }

    /// `len(re.split(r"\s+", text))`: blanks at either end count as a word.
    static func wordCount(_ text: String) -> Int {
        var count = 1
        var wasBlank = false
        for scalar in text.unicodeScalars {
            let isBlank = PythonText.isBlank(scalar)
            if isBlank && !wasBlank { count += 1 }
            wasBlank = isBlank
        }
        return count
    }

    static func argmax(_ values: [Double]) -> Int {
        values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
    }

    // MARK: - Generations

    private func generationScore(
        _ row: Int, _ responses: [Response], _ filter: FilterPipeline
    ) throws -> DocumentScore {
        let generations = responses.map { $0.text! }
        let filtered = filter.apply(generations, question: try task.question(of: row))
        let gold = try task.goldTexts(of: row)
        var score = DocumentScore(
            documentID: row, filter: filter.name, filtered: filtered.map { .string($0) }, metrics: [])
        score.isUnanswered = filtered.first == FilterStep.invalid
        for entry in task.definition.metrics {
            switch entry.metric {
            case .exactMatch:
                let isRight = filtered.contains { answer in gold.contains { entry.areEqual(answer, $0) } }
                score.metrics.append((entry.name, MetricValue(isRight ? 1 : 0)))
            case .mathPaper, .mathCurrent, .mathHendrycks, .mathVerify:
                let isRight = try isEqual(entry.metric, filtered.first ?? "", row: row)
                score.metrics.append((entry.name, MetricValue(isRight ? 1 : 0)))
                score.isUnanswered = MathAnswer.extracted(from: filtered.first ?? "") == MathAnswer.invalid
            case .passAtK:
                // The tests follow the answer, on lines of their own.
                score.programs = filtered.map { $0 + "\n" + gold[0] }
            default: throw unsupported(entry)
            }
        }
        return score
    }

    /// Whether a solution to a problem of MATH ends in the answer of the document's solution.
    private func isEqual(_ metric: Metric, _ generation: String, row: Int) throws -> Bool {
        guard let solution = task.documents[row]["solution"]?.string else {
            throw EvalTaskError.failed(task: task.definition.task, row: row, reason: "there is no text 'solution'")
        }
        let answer = MathAnswer.extracted(from: generation)
        let gold = MathAnswer.boxed(in: solution) ?? ""
        func areEqual(_ rule: MathEquivalence, _ normalized: (String) -> String) -> Bool {
            rule.areEqual(normalized(answer), normalized(gold))
        }
        return switch metric {
        case .mathVerify: MathEquivalence.verify.areEqual(generation, solution)
        case .mathHendrycks: areEqual(.hendrycks, MathAnswer.normalized)
        case .mathCurrent:
            MathAnswer.currentNormalized(answer).utf8.elementsEqual(MathAnswer.currentNormalized(gold).utf8)
                || areEqual(.paper, MathAnswer.currentNormalized)
        default: areEqual(.paper, MathAnswer.normalized)
        }
    }

    private func unsupported(_ entry: MetricEntry) -> EvalTaskError {
        .failed(
            task: task.definition.task, row: nil,
            reason: "metric '\(entry.metric.rawValue)' does not go with output_type "
                + "'\(task.definition.outputType.rawValue)'; choose another")
    }
}
