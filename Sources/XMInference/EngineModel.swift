// A language model that runs here: an engine on its own thread, with the tokenizer and the names that belong to it.
// Made from a model file, or from a model in memory such as the present weights of a training run.
// SPDX-License-Identifier: Apache-2.0

package import XMModel
import XMTensor
package import XMTokenizer

package final class EngineModel: LanguageModel {
    package let identity: ModelIdentity
    package let tokenizer: any Tokenizer
    package let chatTemplate: ChatTemplate?
    package let stopIDs: Set<Int32>
    package let contextLength: Int
    package let parallelRequests: Int
    /// Bytes reserved for it, by group.
    package let memory: [(group: String, sizeBytes: Int)]
    private let loop: EngineLoop

    /// Takes over a model that was loaded from a file.
    package init(_ loaded: sending LoadedModel) {
        let file = loaded.file
        identity = loaded.identity
        (tokenizer, chatTemplate, stopIDs) = (file.tokenizer, file.chatTemplate, file.stopIDs)
        (contextLength, parallelRequests) = (loaded.engine.shape.capacity, loaded.engine.shape.slots)
        memory = loaded.memory
        let weights = file.weights
        loop = EngineLoop(loaded.engine) { error in
            guard error == .notANumber else { return error }
            // If the file has changed since it was loaded, it explains nothing.
            return (try? weights.firstNotFinite()) ?? error
        }
    }

    /// Runs a model that is in memory already, with a cache and working memory of its own. The weights belong to the
    /// caller and must not change while this exists: what the cache holds was computed with them. So an evaluation in
    /// the middle of training makes one, uses it, and lets it go before the next step.
    package init(
        _ model: Xmodel2Model, identity: ModelIdentity, tokenizer: any Tokenizer, chatTemplate: ChatTemplate? = nil,
        stopIDs: Set<Int32>, shape: EngineShape
    ) throws {
        let arena = Arena(on: model.backend)
        let engine = try Engine(model: model, shape: shape, in: arena)
        (self.identity, self.tokenizer, self.chatTemplate) = (identity, tokenizer, chatTemplate)
        self.stopIDs = stopIDs
        (contextLength, parallelRequests) = (shape.capacity, shape.slots)
        memory = arena.groups
        loop = EngineLoop(engine)
    }

    package func stream(_ request: EngineRequest) -> TokenStream { loop.stream(request) }

    /// What the engine is doing, as of its last pass.
    package var status: EngineLoop.Status { loop.status }
}
