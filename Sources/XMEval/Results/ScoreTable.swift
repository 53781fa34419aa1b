// Scores as a table for the terminal: the columns of lm-evaluation-harness, and the 95 % interval.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package enum ScoreTable {
    private static let header = [
        "task", "version", "filter", "n-shot", "metric", "", "value", "±", "95 % interval",
    ]

    /// A header and one row for each score; names and versions stand in a task's first row. Tasks are indented under
    /// their groups.
    package static func rows(_ results: ResultsFile) -> [[String]] {
        [header]
            + results.tasks.flatMap { task -> [[String]] in
                let depth = results.depth(of: task.name)
                let name = String(repeating: "  ", count: depth) + task.alias
                let version = task.version.string ?? task.version.double.map { HumanText.number($0) } ?? ""
                let shots = task.shots.map { "\($0)" } ?? ""
                if task.scores.isEmpty { return [[name, version] + header.dropFirst(2).map { _ in "" }] }
                return task.scores.enumerated().map { index, score in
                    (index == 0 ? [name, version] : ["", ""]) + [
                        score.filter, index == 0 ? shots : "", score.metric,
                        score.higherIsBetter.map { $0 ? "↑" : "↓" } ?? "", number(score.value),
                        score.standardError.map(number) ?? "–", score.interval.map(interval) ?? "–",
                    ]
                }
            }
    }

    package static func text(_ results: ResultsFile) -> String { TextTable.text(rows(results), right: [3, 6, 7]) }

    /// Four decimals, like the harness; as many digits for perplexities.
    package static func number(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        return abs(value) < 1000 ? String(format: "%.4f", value) : HumanText.rate(value)
    }

    package static func interval(_ range: ClosedRange<Double>) -> String {
        "\(number(range.lowerBound)) – \(number(range.upperBound))"
    }
}
