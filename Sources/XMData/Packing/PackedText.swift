// Documents one after the other, each ended by EOS; a row is a stretch that begins at a document when one begins near
// (training.md 4.8). Loss on every token, no mask between documents unless the run asks for one.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

/// Where rows come from.
package protocol TokenSource: Sendable {
    var name: String { get }
    var tokenCount: Int { get }
    /// A row of `length` inputs with their targets, drawn with `random`.
    func row(length: Int, random: inout RandomStream) -> SampledRow
}

package struct PackedText: TokenSource {
    package let name: String
    package let tokens: [Int32]
    private let eos: Int32

    /// `tokens`: documents joined, each ended by `eos`; at least two tokens.
    package init(name: String, tokens: [Int32], eos: Int32) {
        (self.name, self.tokens, self.eos) = (name, tokens, eos)
    }

    package var tokenCount: Int { tokens.count }

    package func row(length: Int, random: inout RandomStream) -> SampledRow {
        // A corpus shorter than a row is read around its end.
        let last = tokens.count - (length + 1)
        var start = last > 0 ? Int.random(in: 0...last, using: &random) : 0
        if last > 0, let eosAt = tokens[start..<start + length].lastIndex(of: eos), eosAt + 1 <= last {
            start = eosAt + 1
        }
        let span = (0...length).map { tokens[(start + $0) % tokens.count] }
        var documents: [Int32] = []
        var document: Int32 = 0
        for token in span.dropLast() {
            documents.append(document)
            if token == eos { document += 1 }
        }
        return SampledRow(inputs: Array(span.dropLast()), targets: Array(span.dropFirst()), documents: documents)
    }
}
