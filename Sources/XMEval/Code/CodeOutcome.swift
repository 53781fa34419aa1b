// What became of one program of generated code and its tests.
// SPDX-License-Identifier: Apache-2.0

package enum CodeOutcome: Codable, Sendable, Equatable {
    /// It ran to its end, and no exception left it.
    case passed
    /// The exception, or how it ended otherwise.
    case failed(String)
    /// The timer inside ended it, or the kill a second later.
    case timedOut

    /// As the reference implementation reports it: "passed", "failed: …", "timed out".
    package var text: String {
        switch self {
        case .passed: "passed"
        case .failed(let reason): "failed: \(reason)"
        case .timedOut: "timed out"
        }
    }
}
