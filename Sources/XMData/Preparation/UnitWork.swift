// One unit from its files to its shards: a batch is read while the one before is encoded on the other threads, and is
// written in its order. The record beside the shards says after each how far the work has come.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport
import XMTensor
import XMTokenizer

struct UnitWork {
    let unit: PreparationUnit
    let folder: URL
    let preparation: DataPreparation
    let pool: ThreadPool
    let interrupt: InterruptFlag
    let progress: (_ bytesDone: Int, _ tokens: Int) -> Void

    /// Does what is left of the unit. Throws `PreparationError.interrupted` when asked to stop: the shard that was
    /// begun is then made anew by the next run.
    func run(from begun: UnitRecord) throws -> UnitRecord {
        var record = begun
        let reader = UnitReader(
            unit, at: record.position ?? .start, batchBytes: min(8 << 20, 4 * preparation.shardTokens),
            vocabulary: preparation.tokenizer.vocabularySize, eos: preparation.eos)
        let encoder = DocumentEncoder(unit.source, tokenizer: preparation.tokenizer, eos: preparation.eos)
        var batch = try reader.next()
        var writer: ShardWriter?
        do {
            while let current = batch {
                if interrupt.isRaised { throw PreparationError.interrupted }
                let (encoded, following) = try encode(current, encoder, reader)
                for item in encoded {
                    record.textBytes += item.textBytes
                    record.counts.merge(item.counts, uniquingKeysWith: +)
                    for document in item.documents {
                        let target = try writer ?? newWriter(record)
                        writer = target
                        try target.append(document)
                    }
                }
                record.counts.merge(current.counts, uniquingKeysWith: +)
                if let open = writer, open.tokens >= preparation.shardTokens || current.end == nil {
                    record.shards.append(try open.finish())
                    writer = nil
                    record.position = current.end
                    try record.write(to: folder)
                }
                progress(current.bytesDone, record.tokens + (writer?.tokens ?? 0))
                batch = try following.get()
            }
        } catch {
            writer?.abandon()
            throw error
        }
        if !record.isFinished || record.shards.isEmpty {
            record.position = nil
            try record.write(to: folder)
        }
        return record
    }

    private func newWriter(_ record: UnitRecord) throws -> ShardWriter {
        try ShardWriter(
            folder: folder, name: String(format: "%05d-%03d", unit.number, record.shards.count),
            width: preparation.width, hasMask: unit.source.maskPrompt ?? false,
            hasCategories: unit.source.category != nil)
    }

    /// Encodes a batch on all threads; one of them reads the next meanwhile.
    private func encode(
        _ batch: UnitBatch, _ encoder: DocumentEncoder, _ reader: UnitReader
    ) throws -> ([EncodedItem], Result<UnitBatch?, any Error>) {
        var results = [EncodedItem](repeating: EncodedItem(), count: batch.items.count)
        var following: Result<UnitBatch?, any Error> = .success(nil)
        results.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let slots = buffer
            pool.run(batch.items.count + 1) { task, _ in
                if task == 0 {
                    following = Result { try reader.next() }
                } else {
                    slots[task - 1] = encoder.encode(batch.items[task - 1])
                }
            }
        }
        return (results, following)
    }
}
