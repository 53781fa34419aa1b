// A run before it takes memory: its recipe in full, its network, what it continues and what that changes. Everything
// that can be refused without reading much is refused here. Next: RunOrigin.swift, TrainingRun.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMModel
import XMSupport
package import XMTensor
import XMTokenizer

package struct RunSetup: Sendable {
    /// The recipe with every default, the preset's shape and the machine's choices written out.
    package let config: TrainConfig
    package let model: Xmodel2Config
    /// nil for a run from scratch.
    package let origin: RunOrigin?
    /// What this start changes in the recipe that the origin was trained with.
    package private(set) var changes: [RunInfo.Change]
    /// Hashes of what the recipe's paths lead to.
    private(set) var contents: [String: String]

    /// - Parameters:
    ///   - recipe: valid, and already that of a branch where the run is one.
    ///   - accepted: keys or sections that may differ from the origin's.
    package init(
        _ recipe: TrainConfig, inputs: DataInputs, origin: RunOrigin?, compute: DType, accepting accepted: [String]
    ) throws {
        let tokenizer = inputs.tokenizer.tokenizer
        model = try Self.network(recipe, tokenizer: tokenizer)
        config = recipe.resolved(model, compute: compute)
        self.origin = origin
        contents = inputs.contents
        changes = try origin?.changes(to: config, accepting: accepted) ?? []
        changes += try origin?.changes(toContents: contents, accepting: accepted) ?? []
        if let origin { try model.requireShape(of: origin.checkpoint) }
    }

    /// The network of a recipe. Readers of its checkpoints begin and end texts with the tokens that config.json names.
    private static func network(_ recipe: TrainConfig, tokenizer: any Tokenizer) throws -> Xmodel2Config {
        var network = try recipe.model.resolved(
            vocabulary: tokenizer.vocabularySize, length: recipe.train.sequenceLength)
        if let bos = tokenizer.bosID { network.bosID = Int(bos) }
        if let eos = tokenizer.eosID { network.eosID = Int(eos) }
        guard network.vocabularySize >= tokenizer.vocabularySize else {
            throw TokenizerError.wrongVocabulary(
                tokenizer: tokenizer.vocabularySize, model: network.vocabularySize)
        }
        return network
    }

    /// Takes in the shards, once they are there.
    mutating func add(_ data: PreparedData, accepting accepted: [String]) throws {
        changes += try origin?.changes(toContents: data.shardContents, accepting: accepted) ?? []
        contents.merge(data.shardContents) { $1 }
    }

    /// Equal on all ranks that train the same: a hash of the recipe, of what its paths lead to, and of the step.
    var fingerprint: [Double] {
        get throws {
            let contents = contents.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
            let text = try Recipe.yaml(config) + contents + "\(origin?.state.step ?? 0)"
            // 48 bits are an exact Double.
            return [Double(UInt64(SHA256.hex(of: Data(text.utf8)).prefix(12), radix: 16) ?? 0)]
        }
    }

    /// A run that has done all its steps trains nothing with another recipe: its folder keeps telling what it was
    /// trained with.
    var isDone: Bool {
        guard let origin, origin.kind == .resume else { return false }
        return origin.state.step == config.train.steps
    }

    /// The state that the run begins with.
    var startState: TrainState {
        get throws {
            var state = try origin?.startState ?? TrainState()
            state.seed = config.seed
            state.contents = contents
            return state
        }
    }

    /// Fills weights and optimizer state: the origin's, or the initial weights of the seed.
    func loadWeights(into step: TrainStep) throws {
        if let origin {
            try step.read(from: origin.checkpoint)
        } else {
            step.model.initialize(seed: config.seed)
        }
    }
}

extension RunOrigin {
    /// For the log: what a run continues.
    var line: String { "\(kind == .resume ? "resuming" : "branching") after step \(state.step) from \(name)" }
}
