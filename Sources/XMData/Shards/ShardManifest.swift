// What a folder of shards says about itself, as JSON: which tokenizer and recipe made it, and for every unit of work
// its inputs, counts and files with sizes and SHA-256. docs/shards.md has the format. Next: ShardWriter.swift (writes a
// shard), TokenShards.swift (reads them for training), ShardVerifier.swift (checks everything).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// How an id is stored: two bytes where the vocabulary allows it.
package enum TokenWidth: Int, Codable, Sendable {
    case uint16 = 2
    case uint32 = 4

    package static func fitting(vocabulary: Int) -> TokenWidth { vocabulary <= 65_536 ? .uint16 : .uint32 }

    package var sizeBytes: Int { rawValue }
}

/// The files of a shard by their extension.
package enum ShardPart: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
    /// Token ids, little-endian, documents one after the other, each ended by EOS: the lab's own layout.
    case tokens = "bin"
    /// Where each document ends, in tokens from the start of the shard: one 64-bit number a document.
    case index = "idx"
    /// One bit a token, lowest first: set when it is predicted. Absent where every token is.
    case mask = "mask"
    /// One byte a document: its category, 0 for none. Absent where the source has no categories.
    case categories = "cat"
}

package struct Shard: Codable, Sendable, Equatable {
    package struct File: Codable, Sendable, Equatable {
        package let bytes: Int
        package let sha256: String
    }

    /// File name without extension: unit and number in the unit, "00003-000".
    package let name: String
    package let tokens: Int
    package let documents: Int
    package let files: [ShardPart: File]
}

/// The work that one process does in one go: a few input files of one source, read to their end. What it has done is
/// written after every shard, so that a killed run goes on from there.
package struct UnitRecord: Codable, Sendable, Equatable {
    package struct Input: Codable, Sendable, Equatable {
        package let path: String
        package let bytes: Int
    }

    package let source: String
    package let number: Int
    package let recipe: String
    package let inputs: [Input]
    package var shards: [Shard] = []
    /// Bytes of text that the tokens stand for.
    package var textBytes = 0
    /// What was read, dropped and repaired, by name.
    package var counts: [String: Int] = [:]
    /// The first few rows of each reason for which rows gave no document.
    package var skipped: [SkippedSample]?
    /// What cleaning did, with samples of what it dropped; only in the unit's own record.
    package var cleaning: CleaningReport?
    /// Rows that share a phrase with an evaluation set; only in the unit's own record.
    package var contaminated: [Contamination]?
    /// Where the inputs go on behind `shards`; nil when the unit is done.
    package var position: UnitPosition?

    package init(
        source: String, number: Int, recipe: String, inputs: [Input], shards: [Shard] = [], position: UnitPosition?
    ) {
        (self.source, self.number, self.recipe, self.inputs) = (source, number, recipe, inputs)
        (self.shards, self.position) = (shards, position)
    }

    package var isFinished: Bool { position == nil }
    /// What the manifest holds of it.
    var summary: UnitRecord {
        var summary = self
        (summary.cleaning, summary.contaminated) = (nil, nil)
        return summary
    }
    package var tokens: Int { shards.reduce(0) { $0 + $1.tokens } }
    package var documents: Int { shards.reduce(0) { $0 + $1.documents } }

    enum CodingKeys: String, CodingKey {
        case source, number, recipe, inputs, shards, counts, skipped, cleaning, contaminated, position
        case textBytes = "text_bytes"
    }
}

/// A place in the files of a unit, between two rows.
package struct UnitPosition: Codable, Sendable, Equatable {
    /// Index of the file in the unit.
    package var input: Int
    package var reader: ReaderPosition

    package static let start = UnitPosition(input: 0, reader: .start)
}

/// `manifest.json` of a whole folder.
package struct ShardManifest: Codable, Sendable, Equatable {
    package struct Source: Codable, Sendable, Equatable {
        package let name: String
        /// Rows take whole documents (conversations) or stretches of the text.
        package let wholeDocuments: Bool
        package let units: [UnitRecord]

        package init(name: String, wholeDocuments: Bool, units: [UnitRecord]) {
            (self.name, self.wholeDocuments) = (name, wholeDocuments)
            // Of many units, the samples of the first are enough.
            var samples: [SkippedSample] = []
            self.units = units.map { unit in
                var unit = unit
                let before = samples.count
                for sample in unit.skipped ?? [] { samples.keep(sample) }
                unit.skipped = samples.count > before ? Array(samples[before...]) : nil
                return unit
            }
        }

        package var tokens: Int { units.reduce(0) { $0 + $1.tokens } }
        package var documents: Int { units.reduce(0) { $0 + $1.documents } }
        package var textBytes: Int { units.reduce(0) { $0 + $1.textBytes } }
        package var counts: [String: Int] { units.reduce(into: [:]) { $0.merge($1.counts, uniquingKeysWith: +) } }
        package var shards: [Shard] { units.flatMap(\.shards) }
        package var skipped: [SkippedSample] { units.flatMap { $0.skipped ?? [] } }

        enum CodingKeys: String, CodingKey {
            case name, units
            case wholeDocuments = "whole_documents"
        }
    }

    package static let fileName = "manifest.json"
    /// Raised with the format, and with any rule that decides which bytes a recipe gives.
    package static let currentVersion = 3

    package let version: Int
    /// SHA-256 of the tokenizer's model file, its pieces and the id that ends a document.
    package let tokenizer: String
    package let vocabulary: Int
    package let eos: Int32
    package let width: TokenWidth
    /// SHA-256 of the data section and the tokenizer: what decides every byte of the shards.
    package let recipe: String
    package let sources: [Source]
    /// The other files of the folder by their path in it: the units' records, and what the search for duplicates gave.
    package let records: [String: Shard.File]

    package init(
        tokenizer: String, vocabulary: Int, eos: Int32, recipe: String, sources: [Source],
        records: [String: Shard.File] = [:]
    ) {
        version = Self.currentVersion
        (self.tokenizer, self.vocabulary, self.eos) = (tokenizer, vocabulary, eos)
        width = .fitting(vocabulary: vocabulary)
        (self.recipe, self.sources, self.records) = (recipe, sources, records)
    }

    package var tokens: Int { sources.reduce(0) { $0 + $1.tokens } }
}

extension ShardManifest {
    /// The units' records, by their path in the folder.
    private static func unitNames(_ sources: [Source]) -> [String] {
        sources.flatMap { source in source.units.map { "\(source.name)/" + UnitRecord.fileName($0.number) } }
    }

    /// Records of the whole folder, where there are any.
    private static let folderRecords = DuplicateSearch.fileNames + [DecontaminationSummary.fileName]

    /// The records that lie in a folder beside the shards of `sources`, with their sizes and sums.
    static func records(of sources: [Source], in folder: URL) throws -> [String: Shard.File] {
        let others = folderRecords.filter {
            FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
        }
        var records: [String: Shard.File] = [:]
        for name in unitNames(sources) + others {
            let file = folder.appending(path: name)
            records[name] = Shard.File(
                bytes: try PositionedFile(file).sizeBytes, sha256: try SHA256.hex(ofFile: file))
        }
        return records
    }

    /// Reads and checks the manifest of a folder; sizes and hashes of the shards are checked by `ShardVerifier`.
    package static func read(_ folder: URL) throws -> ShardManifest {
        let file = folder.appending(path: fileName)
        guard let data = try? Data(contentsOf: file) else { throw ShardError.notPrepared(folder: folder.path) }
        let manifest = try decode(ShardManifest.self, data, file: file)
        try manifest.validate(file: file.path)
        return manifest
    }

    package func write(to folder: URL) throws {
        try AtomicFile.write(try Self.encode(self), to: folder.appending(path: Self.fileName))
    }

    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    static func decode<T: Decodable>(_ type: T.Type, _ data: Data, file: URL) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw ShardError.badManifest(file: file.path, reason: "is not a record of shards that this program wrote")
        }
    }

    /// Numbers and names that others rely on: names stay inside the folder, sums cannot overflow.
    private func validate(file: String) throws {
        func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
            if !condition { throw ShardError.badManifest(file: file, reason: reason()) }
        }
        try require(version == Self.currentVersion, "has version \(version); this program reads \(Self.currentVersion)")
        try require((1...1 << 31).contains(vocabulary), "has a vocabulary of \(vocabulary) pieces")
        try require(eos >= 0 && Int(eos) < vocabulary, "ends documents with id \(eos) of \(vocabulary)")
        try require(width == .fitting(vocabulary: vocabulary), "stores ids in \(width.sizeBytes) bytes")
        try require(Set(sources.map(\.name)).count == sources.count, "names a source twice")
        for source in sources {
            try require(SourceConfig.isFolderName(source.name), "names the source '\(source.name)'")
            for unit in source.units { try unit.validate(source: source.name, file: file) }
        }
        let names = Set(Self.unitNames(sources) + Self.folderRecords)
        for (name, record) in records {
            try require(names.contains(name) && record.bytes >= 0, "names the file '\(name)'")
        }
    }
}

extension UnitRecord {
    package static func fileName(_ number: Int) -> String { String(format: "%05d.json", number) }

    package static func read(_ file: URL) throws -> UnitRecord? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        guard let data = try? Data(contentsOf: file) else {
            throw DataError.unreadable(path: file.path, reason: "no such readable file")
        }
        let record = try ShardManifest.decode(UnitRecord.self, data, file: file)
        try record.validate(source: record.source, file: file.path)
        return record
    }

    func write(to folder: URL) throws {
        try AtomicFile.write(
            try ShardManifest.encode(self), to: folder.appending(path: Self.fileName(number)))
    }

    func validate(source: String, file: String) throws {
        func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
            if !condition { throw ShardError.badManifest(file: file, reason: "unit \(number): " + reason()) }
        }
        /// No folder holds more, and sums of these cannot overflow.
        let counts = 0...1 << 48
        try require(self.source == source && (0..<1 << 24).contains(number), "belongs to '\(self.source)'")
        try require(counts.contains(textBytes), "has counts out of range")
        if let position {
            try require(
                inputs.indices.contains(position.input) && counts.contains(position.reader.offset)
                    && counts.contains(position.reader.row), "goes on at a place that is not in its inputs")
        }
        try require(self.counts.values.allSatisfy(counts.contains), "has counts out of range")
        for shard in shards {
            let name = shard.name
            let isName = !name.isEmpty && name.utf8.allSatisfy { (48...57).contains($0) || $0 == 45 }
            try require(isName, "names the shard '\(name)'")
            try require(
                counts.contains(shard.tokens) && (0...shard.tokens).contains(shard.documents),
                "shard \(name) has \(shard.documents) documents in \(shard.tokens) tokens")
            try require(
                shard.files.values.allSatisfy { counts.contains($0.bytes) }, "shard \(name) has sizes out of range")
            for part in [ShardPart.tokens, .index] {
                try require(shard.files[part] != nil, "shard \(name) has no .\(part.rawValue)")
            }
        }
    }
}

extension SourceConfig {
    /// A source's name is a folder's name too.
    package static func isFolderName(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".")
            && name.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                        || "-_.".unicodeScalars.contains($0))
            }
    }
}
