// A model ready to run: weights packed, cache and working memory reserved, all planned first and refused if the machine
// has not that much. Conforms to LanguageModel.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMModel
import XMSupport
package import XMTensor
package import XMTokenizer

package final class LoadedModel {
    package let file: ModelBundle
    package let engine: Engine
    package let model: Xmodel2Model
    private let arena: Arena
    /// Time to pack the weights and reserve memory.
    package let loadSeconds: Double

    /// - Parameter shape: the capacity is cut to what the model was made for.
    package init(_ file: ModelBundle, backend: any Backend, shape: EngineShape) throws {
        let start = ContinuousClock.now
        var shape = shape
        shape.capacity = min(shape.capacity, max(file.config.maxPositions, 1))
        func make(in arena: Arena) throws -> (Xmodel2Model, Engine) {
            let model = try Xmodel2Model(
                running: file.weights, backend: backend, positions: shape.capacity, in: arena)
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
        loadSeconds = (ContinuousClock.now - start).seconds
    }

    /// As `Engine.run`; where the output is no number, the error names the tensor that is to blame.
    package func run(
        _ requests: [EngineRequest], onToken: (Int, GeneratedToken) -> Bool = { _, _ in true },
        shouldContinue: () -> Bool = { true }
    ) throws -> [EngineResult] {
        do {
            return try engine.run(requests, onToken: onToken, shouldContinue: shouldContinue)
        } catch EngineError.notANumber {
            // Where the file has changed since it was loaded, it says nothing about this run.
            throw (try? file.weights.firstNotFinite()) ?? EngineError.notANumber
        }
    }

    /// Bytes per group of memory.
    package var memory: [(group: String, sizeBytes: Int)] { arena.groups }
    package var tokenizer: any Tokenizer { file.tokenizer }
    package var contextLength: Int { engine.shape.capacity }
}

package enum LoadError: Error, CustomStringConvertible {
    case notEnoughMemory(file: String, wanted: Int, available: Int, cache: Int, positions: Int, sequences: Int)

    package var description: String {
        switch self {
        case .notEnoughMemory(let file, let wanted, let available, let cache, let positions, let sequences):
            "\(file): needs \(HumanText.bytes(wanted)) and \(HumanText.bytes(available)) are free; the context of "
                + "\(positions) positions" + (sequences > 1 ? ", for \(sequences) sequences side by side," : "")
                + " takes \(HumanText.bytes(cache)) of it: ask for a smaller one, "
                + (sequences > 1 ? "fewer sequences (--batch), " : "") + "or a smaller model"
        }
    }
}
