// Turns one unit's input files into shards. A pipeline of three stages on the pool's threads: while one batch is read,
// the previous one is encoded and the one before that is written, in order. After each shard the unit's manifest is
// rewritten with the position reached, from which a killed run continues.
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
    private let parser: RecordParser
    private let encoder: DocumentEncoder
    private var manifest: UnitManifest
    private var writer: ShardWriter?
    /// Called after each batch.
    var progress: (_ bytesDone: Int, _ tokens: Int) -> Void = { _, _ in }

    /// `begun`: what an earlier run has done of the unit. `filters`: which records to remove.
    init(
        _ unit: PreparationUnit, begun: UnitManifest, folder: URL, preparation: DataPreparation, filters: RecordFilters,
        pool: ThreadPool
    ) {
        (self.unit, self.folder, self.preparation, self.pool) = (unit, folder, preparation, pool)
        manifest = begun
        reader = UnitReader(
            unit, at: begun.position ?? .start, batchBytes: min(8 << 20, 4 * preparation.shardTokens),
            vocabulary: preparation.tokenizer.vocabularySize, eos: preparation.eos)
        duplicates = filters.duplicates
        parser = RecordParser(unit.source, contamination: filters.contamination)
        encoder = DocumentEncoder(unit.source, tokenizer: preparation.tokenizer, eos: preparation.eos)
    }

    /// Does the rest of the unit. Throws `PreparationError.interrupted` when asked to stop; the next run then rewrites
    /// the unfinished shard.
    func run(interrupt: InterruptFlag) throws -> UnitManifest {
        do {
            var batch = try reader.next()
            var encoded: (batch: UnitBatch, records: [EncodedRecord])?
            while batch != nil || encoded != nil {
                if interrupt.isRaised { throw PreparationError.interrupted }
                let (following, records) = try advance(reading: batch != nil, encoding: batch, writing: encoded)
                if let encoded { progress(encoded.batch.bytesDone, manifest.tokens + (writer?.tokens ?? 0)) }
                encoded = batch.map { ($0, records) }
                batch = following
            }
        } catch {
            writer?.abandon()
            throw error
        }
        // The last records, or all of them, may have yielded no documents.
        if !manifest.isFinished || manifest.shards.isEmpty {
            manifest.position = nil
            try manifest.write(to: folder)
        }
        return manifest
    }

    /// Runs the three stages on three consecutive batches at once.
    private func advance(
        reading: Bool, encoding batch: UnitBatch?, writing: (batch: UnitBatch, records: [EncodedRecord])?
    ) throws -> (following: UnitBatch?, records: [EncodedRecord]) {
        let count = batch?.records.count ?? 0
        let repeated = try (0..<count).map { index in try batch?.key(index).flatMap { try duplicates?.find($0) } }
        var records = [EncodedRecord](repeating: EncodedRecord(), count: count)
        var following: Result<UnitBatch?, any Error> = .success(nil)
        var written: Result<Void, any Error> = .success(())
        records.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let slots = buffer
            pool.run(count + 2) { task, _ in
                switch task {
                case 0: if reading { following = Result { try self.reader.next() } }
                case 1: if let writing { written = Result { try self.write(writing.batch, writing.records) } }
                default: if let batch { slots[task - 2] = self.encode(batch, task - 2, repeated[task - 2]) }
                }
            }
        }
        try written.get()
        return (try following.get(), records)
    }

    private func encode(_ batch: UnitBatch, _ index: Int, _ repeated: Duplicate?) -> EncodedRecord {
        var record = EncodedRecord()
        if let repeated {
            record.counts["duplicate_\(repeated.cause)"] = 1
            return record
        }
        let content = parser.parse(batch.records[index], into: &record)
        encoder.encode(content, into: &record)
        return record
    }

    private func write(_ batch: UnitBatch, _ records: [EncodedRecord]) throws {
        var skipped = batch.skipped
        for record in records {
            manifest.textBytes += record.textBytes
            manifest.counts.merge(record.counts, uniquingKeysWith: +)
            if let sample = record.skipped { skipped.append(sample) }
            if let report = record.cleaning { manifest.add(report) }
            if let found = record.contamination { manifest.contaminated = (manifest.contaminated ?? []) + [found] }
            for document in record.documents {
                let target = try writer ?? newWriter()
                writer = target
                try target.append(document)
            }
        }
        manifest.counts.merge(batch.counts, uniquingKeysWith: +)
        for sample in skipped {
            manifest.skipped = manifest.skipped ?? []
            manifest.skipped?.keep(sample)
        }
        guard let open = writer, open.tokens >= preparation.shardTokens || batch.end == nil else { return }
        manifest.shards.append(try open.finish())
        writer = nil
        manifest.position = batch.end
        try manifest.write(to: folder)
    }

    private func newWriter() throws -> ShardWriter {
        try ShardWriter(
            folder: folder, name: String(format: "%05d-%03d", unit.number, manifest.shards.count),
            width: preparation.width, hasMask: unit.source.maskPrompt ?? false,
            hasCategories: unit.source.category != nil)
    }
}

extension UnitManifest {
    /// Adds the effect of cleaning on one record.
    fileprivate mutating func add(_ report: CleaningReport) {
        var sum = cleaning ?? CleaningReport()
        sum.add(report)
        cleaning = sum
        for (threshold, value) in report.dropped { counts["dropped_" + threshold.rawValue, default: 0] += value }
        if report.emptied > 0 { counts["dropped_emptied", default: 0] += report.emptied }
    }
}
