// Why a rank cannot go on with the others. The rank that failed keeps its own error; the others get it from here, with
// the number of the rank.
// SPDX-License-Identifier: Apache-2.0

package enum RankError: Error, CustomStringConvertible {
    /// A rank failed, and the run with it.
    case failed(rank: Int, cause: any Error)
    /// A rank has returned while another one waits for it: they did not make the same calls.
    case ended(rank: Int)
    /// Ranks have different values where all must have the same; `expected` are those of rank 0.
    case disagreement(subject: String, rank: Int, found: [Double], expected: [Double])

    package var description: String {
        switch self {
        case .failed(let rank, let cause): "rank \(rank): \(cause)"
        case .ended(let rank):
            "rank \(rank) has ended while another rank waits for it; start the run again to resume it"
        case .disagreement(let subject, let rank, let found, let expected):
            "rank \(rank) has another \(subject) (\(Self.text(found))) than rank 0 (\(Self.text(expected))); start "
                + "every rank with the same program, recipe and data"
        }
    }

    /// Whole numbers without a fraction.
    private static func text(_ values: [Double]) -> String {
        values.map { value in Int(exactly: value).map { "\($0)" } ?? "\(value)" }.joined(separator: " ")
    }
}
