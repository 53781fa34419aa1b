// Options of every subcommand that runs a model: which one, with how much context, and how it computes.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMModel
import XMSupport
import XMTensor

struct ModelOptions: ParsableArguments {
    @Option(
        name: [.long, .short],
        help: "A GGUF file, a Hugging Face folder, a checkpoint, or a run (its newest checkpoint).")
    var model: String

    @OptionGroup var engine: EngineOptions

    /// See `EngineOptions.capacity`.
    func capacity(_ file: ModelBundle, needed: Int) throws -> Int { try engine.capacity(file, needed: needed) }

    /// See `EngineOptions.load`.
    func load(_ file: ModelBundle, slots: Int, context needed: Int) throws -> EngineModel {
        try engine.load(file, slots: slots, context: needed)
    }
}

struct EngineOptions: ParsableArguments {
    @Option(help: "Context length in tokens, prompt and answer (default: what the command needs, at most the model's).")
    var context: Int?

    @Option(
        help: ArgumentHelp(
            "Matrix products with quantised weights: integer rounds activations to 8 bits and is faster; dequantized does not.",
            valueName: "integer|dequantized"))
    var matmul: QuantizedMatmul = .integer

    @OptionGroup var cache: CacheOptions

    @OptionGroup var compute: ComputeOptions

    func validate() throws {
        try require(("context", context, 2...Most.count))
    }

    /// Context length: --context, else what the command needs, at most the model's maximum.
    func capacity(_ file: ModelBundle, needed: Int) throws -> Int {
        let most = max(file.config.maxPositions, 1)
        guard let context else { return min(needed, most) }
        guard context <= most else {
            throw ContextError(asked: context, most: most, model: file.url.lastPathComponent)
        }
        return context
    }

    /// Loads the model for `slots` sequences at once, with `context` positions each unless --context says otherwise.
    func load(
        _ file: ModelBundle, slots: Int, context needed: Int, layout: WeightLayout = .blocks
    ) throws -> EngineModel {
        var shape = EngineShape(
            slots: slots, capacity: try capacity(file, needed: needed), cacheType: cache.cacheType)
        // Whoever has several sequences here waits for all of them: the total time counts, not that of each token.
        shape.promptLimit = nil
        let loaded = try LoadedModel(
            file, backend: try compute.makeBackend(matmul: matmul), shape: shape, layout: layout)
        let parameters = HumanText.count(Double(file.config.parameterCount))
        talk(
            "\(file.url.lastPathComponent): \(parameters) parameters, "
                + "\(HumanText.bytes(loaded.memory.reduce(0) { $0 + $1.sizeBytes })) reserved, context "
                + "\(HumanText.grouped(loaded.engine.shape.capacity)), \(loaded.model.backend.compute.rawValue), "
                + (cache.cacheType.map { "cache in \($0.rawValue), " } ?? "")
                + String(format: "ready in %.2f s", loaded.loadSeconds))
        return EngineModel(loaded)
    }

    /// What of these options changes the bits of a result: it belongs to the key of a stored answer.
    func numerics() throws -> String {
        let cacheType = cache.cacheType.map(\.rawValue) ?? "native"
        let set = try ComputeOptions.instructionSet()
        return "\(try compute.dtype().rawValue) \(set.rawValue) \(matmul.rawValue) cache \(cacheType)"
    }
}

/// --context beyond the positions that the model was made for.
struct ContextError: Error, CustomStringConvertible {
    let asked: Int
    let most: Int
    let model: String

    var description: String {
        "\(model): --context is \(asked), and the model was made for at most \(most) positions; choose a smaller one"
    }
}

struct CacheOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Data type of the KV cache (default: that of the activations).", valueName: "f32|bf16|f16|q8"))
    var cacheType: CacheType?
}

extension QuantizedMatmul: ExpressibleByArgument {}
extension CacheType: ExpressibleByArgument {}
extension WeightLayout: ExpressibleByArgument {}

extension ModelBundle {
    /// Opens a model and reports settings in its files that have no effect here.
    static func open(_ path: String) throws -> ModelBundle {
        let file = try ModelBundle(path)
        file.notes.forEach(talk)
        return file
    }
}
