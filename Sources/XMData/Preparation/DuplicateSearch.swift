// The pass before encoding: computes the signatures of all records that cleaning and decontamination keep, and decides
// which of them duplicate earlier ones. It is done once per folder, by the first process to get there, and stored
// beside the shards as `duplicates.bin` and its report `duplicates.json`.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport
import XMTensor

/// Filters that remove records in addition to a source's cleaning rules.
struct RecordFilters: Sendable {
    var duplicates: Duplicates?
    var contamination: ContaminationIndex?
}

struct DuplicateSearch {
    /// `duplicates.json`.
    private struct Report: Codable {
        /// A removed record and the earlier one that it duplicates, as "file:record".
        struct Pair: Codable {
            let cause: String
            let document: String
            let original: String
            let difference: Double
        }
        let recipeHash: String
        let sha256: String
        let report: DeduplicationReport
        /// The first few pairs of each cause.
        let samples: [Pair]

        enum CodingKeys: String, CodingKey {
            case sha256, report, samples
            case recipeHash = "recipe_hash"
        }
    }

    static let fileNames = ["duplicates.json", "duplicates.bin"]

    let folder: URL
    let recipeHash: String
    let config: DeduplicationConfig
    private var reportFile: URL { folder.appending(path: Self.fileNames[0]) }
    private var decisionsFile: URL { folder.appending(path: Self.fileNames[1]) }

    /// The decisions of an earlier search; nil when there was none.
    func existing() throws -> Duplicates? {
        guard let data = try? Data(contentsOf: reportFile) else { return nil }
        let found = try ShardManifest.decode(Report.self, data, file: reportFile)
        guard found.recipeHash == recipeHash else {
            throw ShardError.otherRecipe(folder: folder.path, file: reportFile.lastPathComponent)
        }
        guard let hash = try? SHA256.hex(ofFile: decisionsFile) else {
            throw ShardError.missing(file: decisionsFile.path)
        }
        guard hash == found.sha256 else {
            throw ShardError.wrongHash(file: decisionsFile.path, found: hash, wanted: found.sha256)
        }
        return try Duplicates(contentsOf: decisionsFile, report: found.report)
    }

    /// Reads all units. `progress` is called with the number of input bytes read.
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
            let parser = RecordParser(unit.source, contamination: contamination)
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
        let found = try deduplicator.finish(to: decisionsFile)
        let paths = units.flatMap { $0.inputs.map(\.path) }
        func origin(_ key: DocumentKey) -> String { "\(paths[key.file]):\(key.record)" }
        var summary = found.report
        let samples = summary.samples.map {
            Report.Pair(
                cause: $0.cause, document: origin($0.document), original: origin($0.original),
                difference: $0.difference)
        }
        summary.samples = []
        let report = Report(
            recipeHash: recipeHash, sha256: try SHA256.hex(ofFile: decisionsFile), report: summary, samples: samples)
        try AtomicFile.write(try ShardManifest.encode(report), to: reportFile)
        return found
    }

    /// Computes a batch's signatures on all threads, while one of them reads the next batch.
    private func signatures(
        of batch: UnitBatch, _ parser: RecordParser, _ reader: UnitReader, _ pool: ThreadPool
    ) -> ([DocumentSignature?], Result<UnitBatch?, any Error>) {
        var results = [DocumentSignature?](repeating: nil, count: batch.records.count)
        var following: Result<UnitBatch?, any Error> = .success(nil)
        results.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let slots = buffer
            pool.run(batch.records.count + 1) { task, _ in
                if task == 0 {
                    following = Result { try reader.next() }
                } else {
                    var ignored = EncodedRecord()
                    var maker = SignatureMaker(config)
                    let content = parser.parse(batch.records[task - 1], into: &ignored)
                    slots[task - 1] = content.comparable.map { maker.signature(of: $0, answer: content.answer) }
                }
            }
        }
        return (results, following)
    }
}
