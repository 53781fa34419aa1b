// Integers of the command line. Each has limits far above any sensible value, so that sums and products of them cannot
// overflow 64 bits.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Upper limits shared by several options.
enum Most {
    /// Tokens, rows, documents.
    static let count = 1_000_000_000_000
    /// Sequences that run side by side.
    static let batch = 4096
    /// A matrix dimension, a sequence length, a vocabulary size.
    static let size = 1 << 24
}

/// Throws `ValidationError` naming the first option whose value is out of range; nil is an absent option.
func require(_ values: (option: String, value: Int?, range: ClosedRange<Int>)...) throws {
    for case (let option, let value?, let range) in values where !range.contains(value) {
        let limit = value < range.lowerBound ? "least \(range.lowerBound)" : "most \(range.upperBound)"
        throw ValidationError("--\(option) is \(value); it must be at \(limit)")
    }
}
