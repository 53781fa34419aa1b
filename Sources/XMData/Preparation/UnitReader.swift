// Reads the records of a unit in batches of bounded size. A batch is encoded in parallel, and shards end only at batch
// boundaries, so that a run that continues after a shard sees the same batches.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

/// A record as read from a source's file, before parsing.
package enum SourceRecord: Sendable {
    case text(Document)
    case object(JSONValue, DocumentOrigin)
    case tokens([Int32])

    package var origin: DocumentOrigin? {
        switch self {
        case .text(let document): document.origin
        case .object(_, let origin): origin
        case .tokens: nil
        }
    }
}

struct UnitBatch: Sendable {
    var records: [SourceRecord] = []
    /// Index of each record's file among all files of the recipe.
    var files: [Int] = []
    /// Repairs and skipped records, by reason.
    var counts: [String: Int] = [:]
    /// A few of the skipped records.
    var skipped: [SkippedSample] = []
    /// Where the next batch begins; nil after the last.
    var end: UnitPosition?
    /// The position of a record in the whole corpus; nil for token files.
    func key(_ index: Int) -> DocumentKey? {
        records[index].origin.map { DocumentKey(file: files[index], record: $0.record) }
    }
    /// Bytes of the unit's files read up to the end of the batch, as stored on disk; approximate, for progress bars.
    var bytesDone = 0
}

final class UnitReader {
    private let unit: PreparationUnit
    private let options: ReaderOptions
    /// The fields that conversations are parsed from; other columns are not read.
    private let fields: [String]
    private let batchBytes: Int
    private let vocabulary: Int
    private let eos: Int32
    private var position: UnitPosition
    private var stream: DocumentStream?
    private var flat: FlatTokens?
    private var bytesBefore = 0
    private var isDone = false
    /// Whether the open file was not read from its start.
    private var isOpenedInside = false

    private static let batchRecords = 2048

    init(_ unit: PreparationUnit, at position: UnitPosition, batchBytes: Int, vocabulary: Int, eos: Int32) {
        (self.unit, self.position, self.batchBytes) = (unit, position, batchBytes)
        (self.vocabulary, self.eos) = (vocabulary, eos)
        options = unit.source.readerOptions
        fields = ConversationRecord(format: unit.source.format, fields: unit.source.fields ?? [:]).names
        bytesBefore = unit.inputs.prefix(position.input).reduce(0) { $0 + $1.sizeBytes }
    }

    /// The next batch; nil after the last.
    func next() throws -> UnitBatch? {
        guard !isDone else { return nil }
        var batch = UnitBatch()
        var bytes = 0
        while batch.records.count < Self.batchRecords, bytes < batchBytes {
            guard position.input < unit.inputs.count else {
                isDone = true
                break
            }
            if let (record, size) = try nextRecord(&batch) {
                batch.records.append(record)
                batch.files.append(unit.firstFile + position.input)
                bytes += size
            } else {
                closeInput(&batch)
            }
        }
        if let stream { add(stream, to: &batch) }
        batch.end = isDone ? nil : position
        let inside = isDone ? 0 : min(position.reader.offset, unit.inputs[position.input].sizeBytes)
        batch.bytesDone = bytesBefore + inside
        return batch
    }

    private func nextRecord(_ batch: inout UnitBatch) throws -> (SourceRecord, bytes: Int)? {
        let input = unit.inputs[position.input]
        guard let document = input.document else { return try nextTokens(input, &batch) }
        if stream == nil {
            stream = try document.open(options, at: position.reader)
            isOpenedInside = position.reader != .start
            counted = ReadingCounts()
        }
        guard let stream else { return nil }
        defer { position.reader = stream.position }
        if unit.source.format == .text {
            do {
                return try stream.next().map { (.text($0), $0.text.utf8.count) }
            } catch ReaderError.noField where isOpenedInside {
                return nil  // only the remaining records lack the field: earlier ones had it
            }
        }
        // The size of a JSON value in memory is unknown; a kilobyte is close enough to bound a batch.
        return try stream.nextRecord(fields: fields).map { (.object($0.record, $0.origin), 1024) }
    }

    private func nextTokens(
        _ input: PreparationUnit.Input, _ batch: inout UnitBatch
    ) throws -> (SourceRecord, bytes: Int)? {
        if flat == nil { flat = try FlatTokens(input.url, vocabulary: vocabulary, eos: eos) }
        guard let flat, position.reader.offset < flat.tokenCount else { return nil }
        let document = try flat.document(at: position.reader.offset)
        position.reader.offset += document.tokens.count - (document.isComplete ? 0 : 1)
        position.reader.record += 1
        if !document.isComplete { batch.counts["eos_added", default: 0] += 1 }
        return (.tokens(document.tokens), 4 * document.tokens.count)
    }

    private func closeInput(_ batch: inout UnitBatch) {
        if let stream { add(stream, to: &batch) }
        (stream, flat) = (nil, nil)
        bytesBefore += unit.inputs[position.input].sizeBytes
        position = UnitPosition(input: position.input + 1, reader: .start)
        if position.input == unit.inputs.count { isDone = true }
    }

    /// The open file's counts at the end of the previous batch.
    private var counted = ReadingCounts()

    /// Adds to the batch by how much the file's counts have grown since the previous one.
    private func add(_ stream: DocumentStream, to batch: inout UnitBatch) {
        let counts = stream.counts
        func add(_ name: String, _ value: Int, _ before: Int) {
            if value > before { batch.counts[name, default: 0] += value - before }
        }
        add("byte_order_marks", counts.byteOrderMarks, counted.byteOrderMarks)
        add("crlf_converted", counts.carriageReturns, counted.carriageReturns)
        add("encoding_converted", counts.converted, counted.converted)
        add("utf8_repaired", counts.repaired, counted.repaired)
        for (cause, value) in counts.skipped {
            add("skipped_" + cause.rawValue, value, counted.skipped[cause] ?? 0)
        }
        batch.skipped += counts.skippedSamples.dropFirst(counted.skippedSamples.count).map(SkippedSample.init)
        counted = counts
    }
}
