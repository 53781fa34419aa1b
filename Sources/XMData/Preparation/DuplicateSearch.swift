// The pass before encoding: signatures of all rows that stay, and the decision which of them repeat earlier ones. It is
// done once for a folder, by whoever comes first, and kept beside the shards: `duplicates.bin` and its report.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport
import XMTensor

/// What removes rows beside a source's own rules.
struct RowFilters: Sendable {
    var duplicates: Duplicates?
    var contamination: ContaminationIndex?
}

struct DuplicateSearch {
    /// `duplicates.json`.
    private struct Report: Codable {
        /// A removed row and the earlier one that it repeats, as "file:row".
        struct Pair: Codable {
            let cause: String
            let document: String
            let original: String
            let difference: Double
        }
        let recipe: String
        let sha256: String
        let report: DeduplicationReport
        /// The first few of each cause.
        let samples: [Pair]
    }

    static let fileNames = ["duplicates.json", "duplicates.bin"]

    let folder: URL
    let recipe: String
    let config: DeduplicationConfig
    private var reportFile: URL { folder.appending(path: Self.fileNames[0]) }
    private var recordsFile: URL { folder.appending(path: Self.fileNames[1]) }

    /// What an earlier search decided; nil when there was none.
    func existing() throws -> Duplicates? {
        guard let data = try? Data(contentsOf: reportFile) else { return nil }
        let found = try ShardManifest.decode(Report.self, data, file: reportFile)
        guard found.recipe == recipe else {
            throw ShardError.otherRecipe(folder: folder.path, file: reportFile.lastPathComponent)
        }
        guard let hash = try? SHA256.hex(ofFile: recordsFile) else {
            throw ShardError.missing(file: recordsFile.path)
        }
        guard hash == found.sha256 else {
            throw ShardError.wrongHash(file: recordsFile.path, found: hash, wanted: found.sha256)
        }
        return try Duplicates(contentsOf: recordsFile, report: found.report)
    }

    /// Reads all units. `progress` hears the bytes of files that are behind.
    func run(
        _ units: [PreparationUnit], contamination: ContaminationIndex?, batchBytes: Int, pool: ThreadPool,
        interrupt: InterruptFlag, progress: (Int) -> Void
    ) throws -> Duplicates {
        let scratch = folder.appending(path: ".sorting")
        try? FileManager.default.removeItem(at: scratch)
        try AtomicFolder.create(scratch)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let deduplicator = Deduplicator(config, folder: scratch)
        var bytesDone = 0
        for unit in units where unit.source.format != .tokens {
            let reader = UnitReader(unit, at: .start, batchBytes: batchBytes, vocabulary: 0, eos: 0)
            let parser = RowParser(unit.source, contamination: contamination)
            var batch = try reader.next()
            while let current = batch {
                if interrupt.isRaised { throw PreparationError.interrupted }
                let (signatures, following) = signatures(of: current, parser, reader, pool)
                for (index, signature) in signatures.enumerated() {
                    if let signature, let key = current.key(index) { try deduplicator.add(signature, key) }
                }
                progress(bytesDone + current.bytesDone)
                batch = try following.get()
            }
            bytesDone += unit.sizeBytes
        }
        let found = try deduplicator.finish(to: recordsFile)
        let paths = units.flatMap { $0.inputs.map(\.path) }
        func place(_ key: DocumentKey) -> String { "\(paths[key.file]):\(key.row)" }
        var summary = found.report
        let samples = summary.samples.map {
            Report.Pair(
                cause: $0.cause, document: place($0.document), original: place($0.original), difference: $0.difference)
        }
        summary.samples = []
        let report = Report(
            recipe: recipe, sha256: try SHA256.hex(ofFile: recordsFile), report: summary, samples: samples)
        try AtomicFile.write(try ShardManifest.encode(report), to: reportFile)
        return found
    }

    /// Signatures of a batch on all threads; one of them reads the next meanwhile.
    private func signatures(
        of batch: UnitBatch, _ parser: RowParser, _ reader: UnitReader, _ pool: ThreadPool
    ) -> ([DocumentSignature?], Result<UnitBatch?, any Error>) {
        var results = [DocumentSignature?](repeating: nil, count: batch.items.count)
        var following: Result<UnitBatch?, any Error> = .success(nil)
        results.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let slots = buffer
            pool.run(batch.items.count + 1) { task, _ in
                if task == 0 {
                    following = Result { try reader.next() }
                } else {
                    var ignored = EncodedItem()
                    var maker = SignatureMaker(config)
                    let content = parser.parse(batch.items[task - 1], into: &ignored)
                    slots[task - 1] = content.comparable.map { maker.signature(of: $0, answer: content.answer) }
                }
            }
        }
        return (results, following)
    }
}
