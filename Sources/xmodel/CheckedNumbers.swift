// Whole numbers of the command line: each is within limits far above what is ever wanted, so that sums and products of
// them stay inside 64 bits.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Upper ends that several options share.
enum Most {
    /// Tokens, rows, documents.
    static let count = 1_000_000_000_000
    /// Sequences that run side by side.
    static let batch = 4096
    /// A width or a length of a matrix, of a sequence, of a vocabulary.
    static let size = 1 << 24
}

/// Throws `ValidationError` naming the first option whose value is out of its range; nil is an option that is absent.
func require(_ values: (option: String, value: Int?, range: ClosedRange<Int>)...) throws {
    for case (let option, let value?, let range) in values where !range.contains(value) {
        let limit = value < range.lowerBound ? "least \(range.lowerBound)" : "most \(range.upperBound)"
        throw ValidationError("--\(option) is \(value); it must be at \(limit)")
    }
}
