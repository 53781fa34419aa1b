// The manifest of a folder of shards, as JSON: the tokenizer and recipe that made it, and for every unit of work its
// inputs, counts and files with sizes and SHA-256. docs/shards.md specifies the format. Next: ShardWriter.swift (writes
// a shard), TokenShards.swift (reads them for training), ShardVerifier.swift (checks everything).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// How ids are stored: in two bytes if the vocabulary fits.
package enum TokenWidth: Int, Codable, Sendable {
    case uint16 = 2
    case uint32 = 4

    package static func fitting(vocabulary: Int) -> TokenWidth { vocabulary <= 65_536 ? .uint16 : .uint32 }

    package var sizeBytes: Int { rawValue }
}

/// The files that a shard consists of, by extension.
package enum ShardPart: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
    /// Little-endian token ids; documents in sequence, each terminated by EOS.
    case tokens = "bin"
    /// The end of each document, in tokens from the start of the shard: one 64-bit integer per document.
    case index = "idx"
    /// Loss mask: one bit per token, least significant first, set if the token is a target. Absent if all are.
    case mask = "mask"
    /// One byte per document: its category, 0 for none. Absent if the source has no categories.
    case categories = "cat"
}

package struct Shard: Codable, Sendable, Equatable {
    package struct File: Codable, Sendable, Equatable {
        package let bytes: Int
        package let sha256: String
    }

    /// File name without extension: number of the unit and of the shard in it, "00003-000".
    package let name: String
    package let tokens: Int
    package let documents: Int
    package let files: [ShardPart: File]
}

/// The manifest of one unit of work (`PreparationUnit`). It is rewritten after every shard, so that a killed run
/// continues from there.
package struct UnitManifest: Codable, Sendable, Equatable {
    package struct Input: Codable, Sendable, Equatable {
        package let path: String
        package let bytes: Int
    }

    package let source: String
    package let number: Int
    /// SHA-256 of the settings that determine the shards' bytes.
    package let recipeHash: String
    package let inputs: [Input]
    package var shards: [Shard] = []
    /// UTF-8 bytes of the documents' text.
    package var textBytes = 0
    /// Records dropped, changed and repaired, by reason.
    package var counts: [String: Int] = [:]
    /// A few skipped records for each reason.
    package var skipped: [SkippedSample]?
    /// What cleaning did, with samples of what it dropped; only in the unit's own manifest.
    package var cleaning: CleaningReport?
    /// Records that share a phrase with an evaluation set; only in the unit's own manifest.
    package var contaminated: [Contamination]?
    /// Where in the inputs the next shard begins; nil when the unit is done.
    package var position: UnitPosition?

    package init(
        source: String, number: Int, recipeHash: String, inputs: [Input], shards: [Shard] = [], position: UnitPosition?
    ) {
        (self.source, self.number, self.recipeHash, self.inputs) = (source, number, recipeHash, inputs)
        (self.shards, self.position) = (shards, position)
    }

    package var isFinished: Bool { position == nil }
    /// The part of it that the folder's manifest contains.
    var summary: UnitManifest {
        var summary = self
        (summary.cleaning, summary.contaminated) = (nil, nil)
        return summary
    }
    package var tokens: Int { shards.reduce(0) { $0 + $1.tokens } }
    package var documents: Int { shards.reduce(0) { $0 + $1.documents } }

    enum CodingKeys: String, CodingKey {
        case source, number, inputs, shards, counts, skipped, cleaning, contaminated, position
        case recipeHash = "recipe_hash"
        case textBytes = "text_bytes"
    }
}

/// A position between two records of a unit's files.
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
        /// Whether training sequences are packed from whole documents (conversations) or cut from the token stream.
        package let wholeDocuments: Bool
        package let units: [UnitManifest]

        package init(name: String, wholeDocuments: Bool, units: [UnitManifest]) {
            (self.name, self.wholeDocuments) = (name, wholeDocuments)
            // A few samples of the whole source are enough.
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
    /// Raised with the format, and with any rule that determines which bytes a recipe yields.
    package static let currentVersion = 4

    package let version: Int
    /// SHA-256 of the tokenizer's model file.
    package let tokenizer: String
    package let vocabulary: Int
    package let eos: Int32
    package let width: TokenWidth
    /// SHA-256 of the data section and the tokenizer, which determine every byte of the shards.
    package let recipeHash: String
    package let sources: [Source]
    /// The folder's other files by relative path: the units' manifests, and the results of duplicate search and
    /// decontamination.
    package let otherFiles: [String: Shard.File]

    package init(
        tokenizer: String, vocabulary: Int, eos: Int32, recipeHash: String, sources: [Source],
        otherFiles: [String: Shard.File] = [:]
    ) {
        version = Self.currentVersion
        (self.tokenizer, self.vocabulary, self.eos) = (tokenizer, vocabulary, eos)
        width = .fitting(vocabulary: vocabulary)
        (self.recipeHash, self.sources, self.otherFiles) = (recipeHash, sources, otherFiles)
    }

    package var tokens: Int { sources.reduce(0) { $0 + $1.tokens } }

    enum CodingKeys: String, CodingKey {
        case version, tokenizer, vocabulary, eos, width, sources
        case recipeHash = "recipe_hash"
        case otherFiles = "other_files"
    }
}

extension ShardManifest {
    /// Relative paths of the units' manifests.
    private static func unitNames(_ sources: [Source]) -> [String] {
        sources.flatMap { source in source.units.map { "\(source.name)/" + UnitManifest.fileName($0.number) } }
    }

    /// Optional files about the whole folder.
    private static let folderFiles = DuplicateSearch.fileNames + [DecontaminationSummary.fileName]

    /// The files that exist beside the shards of `sources`, with their sizes and hashes.
    static func otherFiles(of sources: [Source], in folder: URL) throws -> [String: Shard.File] {
        let present = folderFiles.filter {
            FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
        }
        var files: [String: Shard.File] = [:]
        for name in unitNames(sources) + present {
            let file = folder.appending(path: name)
            files[name] = Shard.File(
                bytes: try PositionedFile(file).sizeBytes, sha256: try SHA256.hex(ofFile: file))
        }
        return files
    }

    /// Reads and validates the manifest of a folder. `ShardVerifier` checks the sizes and hashes of the files.
    package static func read(_ folder: URL) throws -> ShardManifest {
        let file = folder.appending(path: fileName)
        guard let data = try? Data(contentsOf: file) else { throw ShardError.notPrepared(folder: folder.path) }
        // The version decides first: other versions may lack keys of this one.
        struct Versioned: Decodable { let version: Int }
        let version = try decode(Versioned.self, data, file: file).version
        guard version == currentVersion else {
            throw ShardError.badManifest(
                file: file.path, reason: "has version \(version), but this program reads version \(currentVersion)")
        }
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
            throw ShardError.badManifest(
                file: file.path, reason: "is not valid JSON of the form that this program writes")
        }
    }

    /// Checks what other code relies on: names stay inside the folder, and sums cannot overflow.
    private func validate(file: String) throws {
        func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
            if !condition { throw ShardError.badManifest(file: file, reason: reason()) }
        }
        try require((1...1 << 31).contains(vocabulary), "has a vocabulary of \(vocabulary) tokens")
        try require(eos >= 0 && Int(eos) < vocabulary, "has EOS id \(eos) in a vocabulary of \(vocabulary)")
        try require(width == .fitting(vocabulary: vocabulary), "stores ids in \(width.sizeBytes) bytes")
        try require(Set(sources.map(\.name)).count == sources.count, "has a duplicate source name")
        for source in sources {
            try require(SourceConfig.isFolderName(source.name), "names the source '\(source.name)'")
            for unit in source.units { try unit.validate(source: source.name, file: file) }
        }
        let names = Set(Self.unitNames(sources) + Self.folderFiles)
        for (name, file) in otherFiles {
            try require(names.contains(name) && file.bytes >= 0, "names the file '\(name)'")
        }
    }
}

extension UnitManifest {
    package static func fileName(_ number: Int) -> String { String(format: "%05d.json", number) }

    package static func read(_ file: URL) throws -> UnitManifest? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        guard let data = try? Data(contentsOf: file) else {
            throw DataError.unreadable(path: file.path, reason: "no such readable file")
        }
        let manifest = try ShardManifest.decode(UnitManifest.self, data, file: file)
        try manifest.validate(source: manifest.source, file: file.path)
        return manifest
    }

    func write(to folder: URL) throws {
        try AtomicFile.write(
            try ShardManifest.encode(self), to: folder.appending(path: Self.fileName(number)))
    }

    func validate(source: String, file: String) throws {
        func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
            if !condition { throw ShardError.badManifest(file: file, reason: "unit \(number): " + reason()) }
        }
        // No folder has more, and sums of these cannot overflow.
        let counts = 0...1 << 48
        try require(self.source == source && (0..<1 << 24).contains(number), "belongs to '\(self.source)'")
        try require(counts.contains(textBytes), "has counts out of range")
        if let position {
            try require(
                inputs.indices.contains(position.input) && counts.contains(position.reader.offset)
                    && counts.contains(position.reader.record), "continues at a position outside its inputs")
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
    /// A source's name is also the name of its folder.
    package static func isFolderName(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".")
            && name.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                        || "-_.".unicodeScalars.contains($0))
            }
    }
}
