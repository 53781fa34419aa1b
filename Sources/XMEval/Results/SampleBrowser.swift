// Samples to read: which ones, and what each shows. The program wraps the text and turns the pages; the report takes
// the same choice.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package struct SampleBrowser: Sendable {
    package enum Selection: String, Sendable, CaseIterable {
        case all, wrong, right, unanswered
        /// Wrong ones, the most probable choice first.
        case confident
    }

    /// A labelled piece of a page.
    package struct Part: Sendable, Equatable {
        package var label: String
        package var text: String

        /// Control characters, which could move a terminal's cursor, are replaced by pictures of them.
        init(label: String, text: String) {
            self.label = label
            var shown = String.UnicodeScalarView()
            for scalar in text.unicodeScalars {
                switch scalar.value {
                case 0x09, 0x0A: shown.append(scalar)
                case ..<0x20: shown.append(Unicode.Scalar(0x2400 + scalar.value) ?? scalar)
                case 0x7F: shown.append("\u{2421}")
                case 0x80..<0xA0: shown.append("\u{FFFD}")
                default: shown.append(scalar)
                }
            }
            self.text = String(shown)
        }
    }

    package let samples: [Sample]

    /// - Parameter filter: keeps the samples of one filter; nil keeps those of the first.
    package init(_ samples: [Sample], filter: String? = nil) {
        let filter = filter ?? samples.first?.filter
        self.samples = samples.filter { $0.filter == filter }
    }

    package func selected(_ selection: Selection) -> [Sample] {
        switch selection {
        case .all: samples
        case .wrong: samples.filter { $0.isRight == false }
        case .right: samples.filter { $0.isRight == true }
        case .unanswered: samples.filter(\.isUnanswered)
        case .confident:
            samples.filter { $0.isRight == false && $0.confidence != nil }
                .sorted { ($1.confidence ?? 0, $0.docID) < ($0.confidence ?? 0, $1.docID) }
        }
    }

    // MARK: - Pages

    /// "document 12, filter none: wrong (acc 0)"
    package static func title(_ sample: Sample) -> String {
        let verdict = sample.isUnanswered ? "no answer found" : sample.isRight.map { $0 ? "right" : "wrong" } ?? ""
        let score = sample.score.map { " (\($0.name) \(HumanText.number($0.value)))" } ?? ""
        return "document \(sample.docID), filter \(sample.filter)" + (verdict.isEmpty ? "" : ": \(verdict)\(score)")
    }

    /// The question, then each choice with its probability and log-likelihood, or what was expected, written and found.
    package static func page(_ sample: Sample) -> [Part] {
        if sample.score == nil, Double(sample.answer) != nil {
            return [Part(label: "text", text: sample.prompt), Part(label: "log-likelihood", text: sample.answer)]
        }
        let question = Part(label: "asked", text: sample.prompt)
        guard let logs = sample.logLikelihoods else {
            let found = sample.extracted == sample.answer ? [] : [Part(label: "found", text: sample.extracted)]
            return [
                question, Part(label: "expected", text: sample.expected), Part(label: "answered", text: sample.answer),
            ] + found
        }
        let gold = sample.gold
        let probabilities = Calibration.Question(logLikelihoods: logs, gold: gold)
        return [question]
            + zip(sample.choices, logs).enumerated().map { index, choice in
                let marks = [gold.contains(index) ? "right" : nil, index == probabilities.top ? "chosen" : nil]
                let numbers = String(
                    format: "%.1f %%, %.2f nats", 100 * probabilities.probabilities[index], choice.1)
                return Part(label: (marks.compactMap { $0 } + [numbers]).joined(separator: ", "), text: choice.0)
            }
    }
}
