// Answer checking as a filter of JSON lines, for comparison with the reference checkers.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum MathCheck {
    /// `prediction` and `gold` are answers as they stand in a box; `paper` compares their normal forms. `verify` reads
    /// `generation` and `solution` instead where they are given.
    private struct Pair: Decodable {
        var prediction: String
        var gold: String
        var generation: String?
        var solution: String?
    }

    private struct Verdict: Encodable {
        var paper: Bool
        var hendrycks: Bool
        var verify: Bool
    }

    package enum Failure: Error, CustomStringConvertible {
        case notAPair(line: String)

        package var description: String {
            switch self {
            case .notAPair(let line):
                "\"\(line)\" is no pair of answers; a line is a JSON object with the texts \"prediction\" and \"gold\""
            }
        }
    }

    /// One verdict as a JSON object for one pair of answers.
    package static func line(_ line: String) throws -> String {
        guard let pair = try? JSONDecoder().decode(Pair.self, from: Data(line.utf8)) else {
            throw Failure.notAPair(line: line)
        }
        let verdict = Verdict(
            paper: MathEquivalence.paper.areEqual(
                MathAnswer.normalized(pair.prediction), MathAnswer.normalized(pair.gold)),
            hendrycks: MathEquivalence.hendrycks.areEqual(pair.prediction, pair.gold),
            verify: MathEquivalence.verify.areEqual(
                pair.generation ?? pair.prediction, pair.solution ?? pair.gold))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(verdict), as: UTF8.self)
    }
}
