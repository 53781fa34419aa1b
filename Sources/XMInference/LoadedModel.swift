// A model file in memory, ready to run: weights packed, cache and working memory reserved, all of it planned first and
// refused if the machine has too little. Whoever holds it has the engine to itself; EngineModel.swift takes it over and
// serves many callers.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMModel
import XMSupport
package import XMTensor

/// How weights lie in memory.
package enum WeightLayout: String, Sendable, CaseIterable {
    /// In the blocks of their file: the least memory, and the fastest for a few tokens at a time.
    case blocks
    /// As f32, packed for oneDNN in the compute type: the fastest where many tokens are read, for which it takes more
    /// memory. Results differ in their last bits from those of blocks, and depend as little on what runs together.
    case tiles
}

package final class LoadedModel {
    package let file: ModelBundle
    package let engine: Engine
    package let model: Xmodel2Model
    package let identity: ModelIdentity
    private let arena: Arena
    /// Time to pack the weights and reserve memory.
    package let loadSeconds: Double

    /// - Parameter shape: the capacity is cut to the model's maximum.
    package init(
        _ file: ModelBundle, backend: any Backend, shape: EngineShape, layout: WeightLayout = .blocks
    ) throws {
        let start = ContinuousClock.now
        var shape = shape
        shape.capacity = min(shape.capacity, max(file.config.maxPositions, 1))
        func make(in arena: Arena) throws -> (Xmodel2Model, Engine) {
            let model =
                switch layout {
                case .blocks:
                    try Xmodel2Model(running: file.weights, backend: backend, positions: shape.capacity, in: arena)
                case .tiles:
                    try Xmodel2Model(
                        file.config, backend: backend, positions: shape.capacity, training: false, in: arena)
                }
            if layout == .tiles, !arena.isPlan {
                try model.weights.read(file.weights)
                model.packWeights()
            }
            return (model, try Engine(model: model, shape: shape, in: arena))
        }
        let plan = Arena(planningOn: backend)
        _ = try make(in: plan)
        let available = MachineMemory.availableBytes
        guard plan.totalBytes <= available else {
            throw LoadError.notEnoughMemory(
                file: file.url.path, wanted: plan.totalBytes, available: available,
                cache: plan.groups.first { $0.group == "KV cache" }?.sizeBytes ?? 0, positions: shape.capacity,
                sequences: shape.slots)
        }
        arena = Arena(on: backend)
        (model, engine) = try make(in: arena)
        self.file = file
        identity = ModelIdentity(name: file.url.lastPathComponent, weightsDigest: try file.weights.digest())
        loadSeconds = (ContinuousClock.now - start).seconds
    }

    /// Bytes reserved, by group.
    package var memory: [(group: String, sizeBytes: Int)] { arena.groups }
}

package enum LoadError: Error, CustomStringConvertible {
    case notEnoughMemory(file: String, wanted: Int, available: Int, cache: Int, positions: Int, sequences: Int)

    package var description: String {
        switch self {
        case .notEnoughMemory(let file, let wanted, let available, let cache, let positions, let sequences):
            "\(file): needs \(HumanText.bytes(wanted)) and \(HumanText.bytes(available)) are free; the context of "
                + "\(positions) positions" + (sequences > 1 ? ", for each of \(sequences) sequences," : "")
                + " takes \(HumanText.bytes(cache)) of that: choose a smaller --context, "
                + (sequences > 1 ? "a smaller --batch, " : "") + "or a smaller model"
        }
    }
}
