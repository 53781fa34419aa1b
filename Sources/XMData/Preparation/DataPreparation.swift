// Prepares a folder of shards from a recipe's data section: plan the units of work, do those of this process's share,
// join their manifests. Finished work is kept, a killed run continues, other settings are rejected.
// Next: PreparationUnit.swift (how work is divided), UnitWork.swift (one unit), DocumentEncoder.swift (one record).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMSupport
package import XMTensor
package import XMTokenizer

package enum PreparationError: Error, CustomStringConvertible, Equatable {
    /// A signal arrived; the same command continues.
    case interrupted

    package var description: String { "interrupted; the same command continues from the last finished shard" }
}

/// How far a preparation has come.
package struct PreparationProgress: Sendable, Equatable {
    package enum Phase: String, Sendable { case duplicates, shards }
    package var phase: Phase
    package var unit: String
    /// Bytes of this part's input files: done, done by earlier runs, and in total.
    package var bytes: Int
    package var bytesBefore: Int
    package var totalBytes: Int
    /// Tokens written by this run.
    package var tokens: Int
}

package struct DataPreparation: Sendable {
    package let config: DataConfig
    package let folder: URL
    package let tokenizer: any Tokenizer
    package let eos: Int32
    package let width: TokenWidth
    package let shardTokens: Int
    /// SHA-256 of all settings that determine the shards' bytes.
    package let recipeHash: String
    private let root: URL
    private let tokenizerFiles: TokenizerFiles

    /// Reads the tokenizer unless it is given, and checks the settings; touches nothing.
    package init(_ config: DataConfig, root: URL, folder: URL, tokenizer files: TokenizerFiles? = nil) throws {
        try config.validate()
        tokenizerFiles = try files ?? TokenizerFiles(config.tokenizerURL(root: root))
        try config.check(tokenizerFiles)
        let tokenizer = tokenizerFiles.tokenizer
        guard let eos = tokenizer.eosID else { throw DataError.noEOS(tokenizer: tokenizerFiles.url.path) }
        (self.config, self.root, self.folder, self.tokenizer, self.eos) = (config, root, folder, tokenizer, eos)
        width = .fitting(vocabulary: tokenizer.vocabularySize)
        shardTokens = config.shardTokens ?? DataConfig.defaultShardTokens
        recipeHash = try config.identity(tokenizer: tokenizer.fingerprint)
    }

    /// The manifest of the finished folder; nil if it is not finished. Throws if another recipe made the folder.
    package func existing() throws -> ShardManifest? {
        guard FileManager.default.fileExists(atPath: folder.appending(path: ShardManifest.fileName).path) else {
            return nil
        }
        let manifest = try ShardManifest.read(folder)
        guard manifest.tokenizer == tokenizer.fingerprint else {
            throw ShardError.otherTokenizer(
                folder: folder.path, found: manifest.tokenizer, wanted: tokenizer.fingerprint)
        }
        guard manifest.recipeHash == recipeHash else {
            throw ShardError.otherRecipe(folder: folder.path, file: ShardManifest.fileName)
        }
        try checkInputs(of: manifest)
        return manifest
    }

    /// Compares the present input files with those that the shards were made from. They may have been removed since.
    private func checkInputs(of manifest: ShardManifest) throws {
        guard let units = try? PreparationUnit.all(config, root: root) else { return }
        let now = Dictionary(grouping: units, by: \.source.name).mapValues { $0.flatMap(\.inputs) }
        for source in manifest.sources {
            let made = source.units.flatMap(\.inputs)
            try Self.compare(made, (now[source.name] ?? []).map(Self.input), folder: folder)
        }
    }

    private static func input(_ input: PreparationUnit.Input) -> UnitManifest.Input {
        UnitManifest.Input(path: input.path, bytes: input.sizeBytes)
    }

    private static func compare(_ made: [UnitManifest.Input], _ now: [UnitManifest.Input], folder: URL) throws {
        for (was, found) in zip(made, now) where was != found {
            guard was.path == found.path else {
                throw ShardError.otherInputs(folder: folder.path, made: was.path, found: found.path)
            }
            throw ShardError.changedInput(
                folder: folder.path, input: was.path, found: found.bytes, wanted: was.bytes)
        }
        guard made.count == now.count else {
            throw ShardError.otherInputs(
                folder: folder.path, made: "\(made.count) files", found: "\(now.count) files")
        }
    }

    /// Does the unfinished units of `part` (nil: of the whole recipe), and joins all units unless `part` is given, in
    /// which case it returns nil. `searchOnly` stops after the duplicate search. `progress` is called at the start of
    /// each phase and after each batch. Throws `PreparationError.interrupted` when `interrupt` is raised.
    package func run(
        part: PreparationPart? = nil, searchOnly: Bool = false, pool: ThreadPool,
        interrupt: InterruptFlag = InterruptFlag(),
        progress: @escaping (PreparationProgress) -> Void = { _ in }
    ) throws -> ShardManifest? {
        if part == nil, let manifest = try existing() { return manifest }
        try AtomicFolder.create(folder)
        let lock = try FolderLock(folder, part: part.map { "\($0.index)-of-\($0.count)" })
        defer { withExtendedLifetime(lock) {} }
        try writeTokenizer()
        let units = try PreparationUnit.all(config, root: root)
        let own = units.filter { part?.has($0.index) ?? true }
        let manifests = try own.map { try unitManifest(of: $0) }
        let filters = try filters(units, pool: pool, interrupt: interrupt, progress: progress)
        if searchOnly { return nil }
        var state = PreparationProgress(
            phase: .shards, unit: "", bytes: 0, bytesBefore: 0, totalBytes: own.reduce(0) { $0 + $1.sizeBytes },
            tokens: 0)
        state.bytesBefore = zip(own, manifests).reduce(0) { $0 + ($1.1.isFinished ? $1.0.sizeBytes : 0) }
        state.bytes = state.bytesBefore
        progress(state)
        var bytesDone = state.bytesBefore
        var tokensDone = 0
        for (unit, begun) in zip(own, manifests) where !begun.isFinished {
            state.unit = unit.name
            let before = begun.tokens
            let work = UnitWork(
                unit, begun: begun, folder: folder.appending(path: unit.source.name), preparation: self,
                filters: filters, pool: pool)
            work.progress = { bytes, tokens in
                state.bytes = bytesDone + bytes
                state.tokens = tokensDone + tokens - before
                progress(state)
            }
            let done = try work.run(interrupt: interrupt)
            bytesDone += unit.sizeBytes
            tokensDone += done.tokens - before
        }
        return part == nil ? try join(units) : nil
    }

    /// The filters that remove records. The first process to get here searches for duplicates, the others wait for it.
    private func filters(
        _ units: [PreparationUnit], pool: ThreadPool, interrupt: InterruptFlag,
        progress: (PreparationProgress) -> Void
    ) throws -> RecordFilters {
        var filters = RecordFilters()
        if let sets = config.decontaminate {
            let index = try ContaminationIndex(sets, root: root)
            try DecontaminationSummary(config: sets, sets: index.sets).write(to: folder)
            filters.contamination = index
        }
        guard let settings = config.deduplicate else { return filters }
        let search = DuplicateSearch(folder: folder, recipeHash: recipeHash, config: settings)
        let lock = try FolderLock(waitingFor: folder.appending(path: ".lock-duplicates"), interrupt: interrupt)
        defer { withExtendedLifetime(lock) {} }
        guard !interrupt.isRaised else { throw PreparationError.interrupted }
        if let found = try search.existing() {
            filters.duplicates = found
            return filters
        }
        var state = PreparationProgress(
            phase: .duplicates, unit: "", bytes: 0, bytesBefore: 0, totalBytes: units.reduce(0) { $0 + $1.sizeBytes },
            tokens: 0)
        progress(state)
        filters.duplicates = try search.run(
            units, contamination: filters.contamination, batchBytes: min(8 << 20, 4 * shardTokens), pool: pool,
            interrupt: interrupt
        ) {
            state.bytes = $0
            progress(state)
        }
        return filters
    }

    /// Joins the units of all parts into the manifest. Throws `ShardError.unfinished` if some are not done.
    package func merge() throws -> ShardManifest {
        if let manifest = try existing() { return manifest }
        let lock = try FolderLock(folder)
        defer { withExtendedLifetime(lock) {} }
        return try join(try PreparationUnit.all(config, root: root))
    }

    private func join(_ units: [PreparationUnit]) throws -> ShardManifest {
        let manifests = try units.map { try unitManifest(of: $0) }
        let missing = zip(units, manifests).filter { !$0.1.isFinished }
        if let first = missing.first {
            throw ShardError.unfinished(folder: folder.path, missing: missing.count, first: first.0.name)
        }
        let sources = try config.sources.map { source in
            let units = manifests.filter { $0.source == source.name }.map(\.summary)
            let joined = ShardManifest.Source(
                name: source.name, wholeDocuments: source.format.isConversation, units: units)
            guard joined.documents > 0 else {
                throw DataError.nothingKept(
                    source: source.name, counts: joined.counts, first: joined.skipped.first)
            }
            return joined
        }
        let manifest = ShardManifest(
            tokenizer: tokenizer.fingerprint, vocabulary: tokenizer.vocabularySize, eos: eos, recipeHash: recipeHash,
            sources: sources, otherFiles: try ShardManifest.otherFiles(of: sources, in: folder))
        try manifest.write(to: folder)
        return manifest
    }

    /// The manifest that an earlier run wrote for a unit, or a new one. Throws when other settings or input files made
    /// it.
    private func unitManifest(of unit: PreparationUnit) throws -> UnitManifest {
        let sourceFolder = folder.appending(path: unit.source.name)
        try AtomicFolder.create(sourceFolder)
        let inputs = unit.inputs.map(Self.input)
        let file = sourceFolder.appending(path: UnitManifest.fileName(unit.number))
        guard let found = try UnitManifest.read(file) else {
            return UnitManifest(
                source: unit.source.name, number: unit.number, recipeHash: recipeHash, inputs: inputs,
                position: .start)
        }
        guard found.recipeHash == recipeHash, found.source == unit.source.name, found.number == unit.number else {
            throw ShardError.otherRecipe(folder: folder.path, file: "\(unit.name).json")
        }
        try Self.compare(found.inputs, inputs, folder: folder)
        return found
    }

    /// Copies the tokenizer's files into the folder, which makes the folder self-contained. Parts that start at the
    /// same time race to write them; the slower ones find them in place.
    private func writeTokenizer() throws {
        for file in tokenizerFiles.contents {
            let copy = folder.appending(path: file.name)
            func exists() throws -> Bool {
                guard let found = try? Data(contentsOf: copy) else { return false }
                guard found == file.data else {
                    throw ShardError.otherTokenizer(
                        folder: folder.path, found: SHA256.hex(of: found), wanted: SHA256.hex(of: file.data))
                }
                return true
            }
            if try exists() { continue }
            let written = Result { try AtomicFile.write(file.data, to: copy) }
            if try !exists() { try written.get() }
        }
    }
}

extension DataConfig {
    /// SHA-256 of the settings that determine the shards' bytes.
    func identity(tokenizer: String) throws -> String {
        struct Identity: Encodable {
            let version: Int
            let tokenizer: String
            let sources: [SourceConfig]
            let deduplicate: DeduplicationConfig?
            let decontaminate: DecontaminationConfig?
            let shardTokens: Int
        }
        var deduplicate = deduplicate
        deduplicate?.memoryBytes = 0  // does not influence the result
        return SHA256.hex(
            of: try ShardManifest.encode(
                Identity(
                    version: ShardManifest.currentVersion, tokenizer: tokenizer, sources: resolved.sources,
                    deduplicate: deduplicate, decontaminate: decontaminate,
                    shardTokens: shardTokens ?? Self.defaultShardTokens)))
    }
}
