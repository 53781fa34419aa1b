// One unit from its files to its shards. On the threads of the pool one batch is read, the one before is encoded and
// the one before that is written, all at once; batches are written in their order. The record beside the shards says
// after each shard how far the work has come.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport
import XMTensor
import XMTokenizer

final class UnitWork {
    private let unit: PreparationUnit
    private let folder: URL
    private let preparation: DataPreparation
    private let pool: ThreadPool
    private let reader: UnitReader
    private let duplicates: Duplicates?
    private let parser: RowParser
    private let encoder: DocumentEncoder
    private var record: UnitRecord
    private var writer: ShardWriter?
    /// Hears how far the unit is, after each batch.
    var progress: (_ bytesDone: Int, _ tokens: Int) -> Void = { _, _ in }

    /// `begun`: what an earlier run did of the unit. `filters`: rows that go.
    init(
        _ unit: PreparationUnit, begun: UnitRecord, folder: URL, preparation: DataPreparation, filters: RowFilters,
        pool: ThreadPool
    ) {
        (self.unit, self.folder, self.preparation, self.pool) = (unit, folder, preparation, pool)
        record = begun
        reader = UnitReader(
            unit, at: begun.position ?? .start, batchBytes: min(8 << 20, 4 * preparation.shardTokens),
            vocabulary: preparation.tokenizer.vocabularySize, eos: preparation.eos)
        duplicates = filters.duplicates
        parser = RowParser(unit.source, contamination: filters.contamination)
        encoder = DocumentEncoder(unit.source, tokenizer: preparation.tokenizer, eos: preparation.eos)
    }

    /// Does what is left of the unit. Throws `PreparationError.interrupted` when asked to stop: the shard that was
    /// begun is then made anew by the next run.
    func run(interrupt: InterruptFlag) throws -> UnitRecord {
        do {
            var batch = try reader.next()
            var encoded: (batch: UnitBatch, items: [EncodedItem])?
            while batch != nil || encoded != nil {
                if interrupt.isRaised { throw PreparationError.interrupted }
                let (following, items) = try advance(reading: batch != nil, encoding: batch, writing: encoded)
                if let encoded { progress(encoded.batch.bytesDone, record.tokens + (writer?.tokens ?? 0)) }
                encoded = batch.map { ($0, items) }
                batch = following
            }
        } catch {
            writer?.abandon()
            throw error
        }
        // The last rows, or all, may have given nothing.
        if !record.isFinished || record.shards.isEmpty {
            record.position = nil
            try record.write(to: folder)
        }
        return record
    }

    /// The three stages on three neighbouring batches.
    private func advance(
        reading: Bool, encoding batch: UnitBatch?, writing: (batch: UnitBatch, items: [EncodedItem])?
    ) throws -> (following: UnitBatch?, items: [EncodedItem]) {
        let rows = batch?.items.count ?? 0
        let repeated = try (0..<rows).map { row in try batch?.key(row).flatMap { try duplicates?.find($0) } }
        var items = [EncodedItem](repeating: EncodedItem(), count: rows)
        var following: Result<UnitBatch?, any Error> = .success(nil)
        var written: Result<Void, any Error> = .success(())
        items.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let slots = buffer
            pool.run(rows + 2) { task, _ in
                switch task {
                case 0: if reading { following = Result { try self.reader.next() } }
                case 1: if let writing { written = Result { try self.write(writing.batch, writing.items) } }
                default: if let batch { slots[task - 2] = self.encode(batch, task - 2, repeated[task - 2]) }
                }
            }
        }
        try written.get()
        return (try following.get(), items)
    }

    private func encode(_ batch: UnitBatch, _ index: Int, _ repeated: Duplicate?) -> EncodedItem {
        var item = EncodedItem()
        if let repeated {
            item.counts["duplicate_\(repeated.cause)"] = 1
            return item
        }
        let content = parser.parse(batch.items[index], into: &item)
        encoder.encode(content, into: &item)
        return item
    }

    private func write(_ batch: UnitBatch, _ items: [EncodedItem]) throws {
        var skipped = batch.skipped
        for item in items {
            record.textBytes += item.textBytes
            record.counts.merge(item.counts, uniquingKeysWith: +)
            if let row = item.skipped { skipped.append(row) }
            if let report = item.cleaning { record.add(report) }
            if let found = item.contamination { record.contaminated = (record.contaminated ?? []) + [found] }
            for document in item.documents {
                let target = try writer ?? newWriter()
                writer = target
                try target.append(document)
            }
        }
        record.counts.merge(batch.counts, uniquingKeysWith: +)
        for row in skipped {
            record.skipped = record.skipped ?? []
            record.skipped?.keep(row)
        }
        guard let open = writer, open.tokens >= preparation.shardTokens || batch.end == nil else { return }
        record.shards.append(try open.finish())
        writer = nil
        record.position = batch.end
        try record.write(to: folder)
    }

    private func newWriter() throws -> ShardWriter {
        try ShardWriter(
            folder: folder, name: String(format: "%05d-%03d", unit.number, record.shards.count),
            width: preparation.width, hasMask: unit.source.maskPrompt ?? false,
            hasCategories: unit.source.category != nil)
    }
}

extension UnitRecord {
    /// Adds what cleaning did to a row.
    fileprivate mutating func add(_ report: CleaningReport) {
        var sum = cleaning ?? CleaningReport()
        sum.add(report)
        cleaning = sum
        for (threshold, value) in report.dropped { counts["dropped_" + threshold.rawValue, default: 0] += value }
        if report.emptied > 0 { counts["dropped_emptied", default: 0] += report.emptied }
    }
}
