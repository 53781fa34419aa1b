// Text that is measured, never trained on: cut into windows that do not overlap, with its size in bytes, so that a
// loss is also bits per byte, which does not depend on the tokenizer.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport
package import XMTensor
package import XMTokenizer

package struct ValidationSet: Sendable {
    package let name: String
    /// All tokens, in order.
    private let tokens: [Int32]
    private let trained: [Bool]
    /// Bytes of UTF-8 that the tokens stand for.
    package let byteCount: Int

    /// Documents of text are joined by blank lines; conversations follow each other.
    package init(_ source: SourceConfig, root: URL, tokenizer: any Tokenizer) throws {
        name = source.name
        var texts: [String] = []
        var tokens: [Int32] = []
        var trained: [Bool] = []
        let encoder = DocumentEncoder(source, tokenizer: tokenizer, eos: tokenizer.eosID ?? 0)
        let parser = RecordParser(source)
        let units = try PreparationUnit.all(DataConfig(tokenizer: "", sources: [source]), root: root)
        for unit in units {
            let reader = UnitReader(
                unit, at: .start, batchBytes: 8 << 20, vocabulary: tokenizer.vocabularySize, eos: tokenizer.eosID ?? 0)
            while let batch = try reader.next() {
                for record in batch.records {
                    var encoded = EncodedRecord()
                    let content = parser.parse(record, into: &encoded)
                    if case .text(let text) = content {
                        texts.append(text)
                        continue
                    }
                    encoder.encode(content, into: &encoded)
                    for document in encoded.documents {
                        tokens += document.tokens
                        trained += document.trained ?? document.tokens.map { _ in true }
                    }
                }
            }
        }
        let joined = texts.joined(separator: "\n\n")
        if !joined.isEmpty {
            tokens += tokenizer.encode(joined)
            trained += Array(repeating: true, count: tokens.count - trained.count)
        }
        guard tokens.count > 1 else { throw DataError.emptySource(source.name) }
        byteCount = joined.utf8.count
        self.tokens = tokens
        self.trained = trained
    }

    package var tokenCount: Int { tokens.count }

    /// SHA-256 of the tokens and of which of them are predicted.
    package var fingerprint: String {
        var bytes = tokens.withUnsafeBytes { Data($0) }
        bytes.append(contentsOf: trained.lazy.map { $0 ? 1 : 0 })
        return SHA256.hex(of: bytes)
    }

    /// Number of windows of `length` inputs; the last one is filled up with tokens that are not measured.
    package func windows(length: Int) -> Int { (tokens.count - 1 + length - 1) / length }

    /// Windows first..<first + batchSize as a batch of sequences of `length` inputs.
    package func batch(first: Int, batchSize: Int, length: Int) -> TokenBatch {
        var ids: [Int32] = []
        var targets: [Int32] = []
        for index in first * length..<(first + batchSize) * length {
            ids.append(index < tokens.count ? tokens[index] : 0)
            let next = index + 1
            targets.append(next < tokens.count && trained[next] ? tokens[next] : TokenBatch.noTarget)
        }
        return TokenBatch(batchSize: batchSize, ids: ids, targets: targets)
    }

    /// Bits per byte of a summed loss in nats; nil when the set has no plain text.
    package func bitsPerByte(totalLoss: Double) -> Double? {
        byteCount > 0 ? totalLoss / log(2) / Double(byteCount) : nil
    }
}
