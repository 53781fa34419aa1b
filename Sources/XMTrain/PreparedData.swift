// The data of a run, opened: tokenizer, validation text, shards. Made once and given to any number of runs in one
// process, which read it and change nothing. Next: TrainingRun.swift, TrainingBatches.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import Synchronization
package import XMData
import XMSupport
package import XMTokenizer

/// What a run reads before its shards, in little time and memory.
package struct DataInputs: Sendable {
    package let config: DataConfig
    /// Paths in the recipe are relative to it.
    package let root: URL
    package let tokenizer: TokenizerFiles
    package let validation: [ValidationSet]

    package init(_ config: DataConfig, root: URL) throws {
        (self.config, self.root) = (config, root)
        tokenizer = try TokenizerFiles(config.tokenizerURL(root: root))
        let tokenizer = tokenizer.tokenizer
        validation = try (config.validation ?? []).map { try ValidationSet($0, root: root, tokenizer: tokenizer) }
    }

    /// Hashes by key, as `TrainState.contents` has them.
    var contents: [String: String] {
        RunContents.of(tokenizer: tokenizer.tokenizer.fingerprint, validation: validation)
    }
}

package final class PreparedData: Sendable {
    package let inputs: DataInputs
    package let shards: PreparedFolder
    /// Hashes of the shards by key.
    let shardContents: [String: String]
    /// Sources and categories that some run has drawn from.
    private let opened = Mutex<[String: TokenShards]>([:])

    /// Opens finished shards of this data section.
    package init(_ inputs: DataInputs, shards: PreparedFolder) {
        (self.inputs, self.shards) = (inputs, shards)
        shardContents = RunContents.of(shards.manifest, sources: inputs.config.sources)
    }

    /// Opens the shards in `folder`; `prepare` makes them where they are not there yet.
    package convenience init(
        _ inputs: DataInputs, folder: URL, prepare: (DataPreparation) throws -> Void
    ) throws {
        let preparation = try DataPreparation(
            inputs.config, root: inputs.root, folder: folder, tokenizer: inputs.tokenizer)
        if try preparation.existing() == nil { try prepare(preparation) }
        self.init(inputs, shards: try PreparedFolder(folder))
    }

    /// The sources that the mixtures of a run draw from; a row of a batch names one by its place in this list.
    package func sources(_ mixtures: StageMixtures) throws -> [TokenShards] {
        try shards.names(mixtures: [mixtures.stable, mixtures.decay ?? [:]]).map { name in
            try opened.withLock { opened in
                if let source = opened[name] { return source }
                let source = try shards.source(name)
                opened[name] = source
                return source
            }
        }
    }

    /// Throws `ConfigError` unless a run's data section is the one that this was made from.
    func require(_ config: DataConfig) throws {
        let differences = try Recipe.differences(from: inputs.config.resolved, to: config.resolved)
        guard let first = differences.first(where: { KeyInfluence.of("data.\($0.key)") > .none }) else { return }
        throw ConfigError.invalid(
            key: "data.\(first.key)", found: first.to, wanted: "the prepared data was made with \(first.from)",
            fix: "prepare the data of this recipe on its own")
    }
}
