// The rows of a unit in batches of bounded size. A batch is what is encoded at once, and a shard ends only behind one,
// so that a run that goes on from a shard's end meets the same batches.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

/// What is read, before it becomes tokens.
package enum RawItem: Sendable {
    case text(Document)
    case record(JSONValue, DocumentOrigin)
    case tokens([Int32])

    package var origin: DocumentOrigin? {
        switch self {
        case .text(let document): document.origin
        case .record(_, let origin): origin
        case .tokens: nil
        }
    }
}

struct UnitBatch: Sendable {
    var items: [RawItem] = []
    /// Number of the file of each item among all files of the recipe.
    var files: [Int] = []
    /// What the reader repaired and skipped on the way.
    var counts: [String: Int] = [:]
    /// Some of the rows that it skipped.
    var skipped: [SkippedSample] = []
    /// Where the next batch begins; nil behind the last.
    var end: UnitPosition?
    /// The place of an item in the whole corpus; nil for plain tokens.
    func key(_ index: Int) -> DocumentKey? {
        items[index].origin.map { DocumentKey(file: files[index], row: $0.row) }
    }
    /// Bytes of the unit's files that are behind it, as they lie on disk; near enough for a progress bar.
    var bytesDone = 0
}

final class UnitReader {
    private let unit: PreparationUnit
    private let options: ReaderOptions
    /// What records are made of; other columns are not read.
    private let fields: [String]
    private let batchBytes: Int
    private let vocabulary: Int
    private let eos: Int32
    private var position: UnitPosition
    private var stream: DocumentStream?
    private var flat: FlatTokens?
    private var bytesBefore = 0
    private var isDone = false
    /// The open file was entered behind its start.
    private var isOpenedInside = false

    private static let batchItems = 2048

    init(_ unit: PreparationUnit, at position: UnitPosition, batchBytes: Int, vocabulary: Int, eos: Int32) {
        (self.unit, self.position, self.batchBytes) = (unit, position, batchBytes)
        (self.vocabulary, self.eos) = (vocabulary, eos)
        options = unit.source.readerOptions
        fields = ConversationRecord(format: unit.source.format, fields: unit.source.fields ?? [:]).names
        bytesBefore = unit.inputs.prefix(position.input).reduce(0) { $0 + $1.sizeBytes }
    }

    /// The next batch; nil behind the last.
    func next() throws -> UnitBatch? {
        guard !isDone else { return nil }
        var batch = UnitBatch()
        var bytes = 0
        while batch.items.count < Self.batchItems, bytes < batchBytes {
            guard position.input < unit.inputs.count else {
                isDone = true
                break
            }
            if let (item, size) = try nextItem(&batch) {
                batch.items.append(item)
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

    private func nextItem(_ batch: inout UnitBatch) throws -> (RawItem, bytes: Int)? {
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
                return nil  // only the rows of this stretch lack the field: those before it had it
            }
        }
        // The size of a record is not known before it is written; a kilobyte is near enough to bound a batch.
        return try stream.nextRecord(fields: fields).map { (.record($0.record, $0.origin), 1024) }
    }

    private func nextTokens(_ input: PreparationUnit.Input, _ batch: inout UnitBatch) throws -> (RawItem, bytes: Int)? {
        if flat == nil { flat = try FlatTokens(input.url, vocabulary: vocabulary, eos: eos) }
        guard let flat, position.reader.offset < flat.tokenCount else { return nil }
        let document = try flat.document(at: position.reader.offset)
        position.reader.offset += document.tokens.count - (document.isComplete ? 0 : 1)
        position.reader.row += 1
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

    /// What the open file's counts had become at the end of the batch before.
    private var counted = ReadingCounts()

    /// Adds what the file's counts grew by since the last batch.
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
