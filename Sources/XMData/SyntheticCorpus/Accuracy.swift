// Scoring of worked answers: the number after "####", and an accuracy's confidence interval.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum AnswerCheck {
    /// The integer after the last "####"; without that mark, the last integer in the text.
    package static func finalNumber(in text: String) -> Int? {
        let tail = text.range(of: "####", options: .backwards).map { text[$0.upperBound...] }
        if let tail { return numbers(in: tail).first }
        return numbers(in: text[...]).last
    }

    private static func numbers(in text: Substring) -> [Int] {
        text.split { !($0.isASCII && $0.isNumber) && $0 != "-" }.compactMap { Int($0) }
    }
}

/// Correct answers out of those asked, with Wilson's 95 % interval.
package struct Accuracy: Codable, Sendable, Equatable {
    package let correct: Int
    package let asked: Int

    package init(correct: Int, asked: Int) { (self.correct, self.asked) = (correct, asked) }

    package var share: Double { asked == 0 ? 0 : Double(correct) / Double(asked) }

    /// Wilson's score interval at 95 %: z = 1.96.
    package var interval: ClosedRange<Double> {
        guard asked > 0 else { return 0...1 }
        let (n, p, z) = (Double(asked), share, 1.959964)
        let center = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, center - half)...min(1, center + half)
    }

    /// "61.3 % (55.7–66.7, 184 of 300)"
    package var text: String {
        String(
            format: "%.1f %% (%.1f–%.1f, %d of %d)", 100 * share, 100 * interval.lowerBound,
            100 * interval.upperBound, correct, asked)
    }
}
