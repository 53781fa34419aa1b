// The model against the published modelling code's numbers: every case found in the golden folder.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMDistributed
import XMFormats
import XMInference
import XMModel
import XMTensor
import XMTestSupport
import XMTrain

/// Largest relative differences (‖a-b‖/‖b‖, losses absolute).
private enum Tolerance {
    static let logitsF32 = 1e-5
    static let gradientF32 = 1e-4
    static let lossF32 = 1e-4
    /// bf16 keeps 8 bits: one rounding is up to 2^-9 = 0.2 %, and a tiny model of width 64 averages little away.
    static let logitsBF16 = 2e-2
    static let gradientBF16 = 6e-2
    static let lossBF16 = 2e-2
}

@Suite("GoldenModelTests", .enabled(if: GoldenModel.isAvailable, "no golden folder: set XMODEL_GOLDEN"))
struct GoldenModelTests {
    @Test("the folder has cases")
    func hasCases() {
        #expect(!GoldenModel.names.isEmpty, "no NAME.weights.safetensors in \(GoldenModel.folder.url.path)")
    }

    private func load(_ name: String, compute: DType) throws -> (GoldenModel, TinyTraining, TokenRows) {
        let golden = try GoldenModel(named: name)
        let training = try TinyTraining(golden.config, B: golden.B, T: golden.T, compute: compute)
        try training.model.weights.read(WeightSource(golden.weights, config: golden.config))
        training.model.packWeights()
        return (golden, training, TokenRows(try golden.inputs.int32s("input_ids"), B: golden.B))
    }

    @Test("logits agree in f32", arguments: GoldenModel.names)
    func logits(name: String) throws {
        let (golden, training, rows) = try load(name, compute: .f32)
        let difference = relativeDifference(try training.logits(rows), try golden.inputs.floats("logits"))
        #expect(difference < Tolerance.logitsF32)
    }

    @Test("loss and every gradient agree in f32", arguments: GoldenModel.names)
    func gradients(name: String) throws {
        let (golden, training, rows) = try load(name, compute: .f32)
        let loss = training.lossAndGradients(rows)
        #expect(abs(loss - golden.expected.loss) < Tolerance.lossF32)
        for parameter in training.gradients.layout.parameters {
            let difference = relativeDifference(
                training.gradients[parameter].floats(), try golden.gradients.floats(parameter.name))
            #expect(difference < Tolerance.gradientF32, "\(parameter.name): \(difference)")
        }
    }

    @Test("activation recomputation changes no bit", arguments: GoldenModel.names)
    func recomputation(name: String) throws {
        let (golden, training, rows) = try load(name, compute: .f32)
        let lean = try TinyTraining(golden.config, B: golden.B, T: golden.T, recompute: true)
        try lean.model.weights.read(WeightSource(golden.weights, config: golden.config))
        lean.model.packWeights()
        #expect(training.lossAndGradients(rows) == lean.lossAndGradients(rows))
        #expect(training.gradients.flat.floats() == lean.gradients.flat.floats())
    }

    @Test("five AdamW steps agree in f32", arguments: GoldenModel.names)
    func fiveSteps(name: String) throws {
        let golden = try GoldenModel(named: name)
        let arena = Arena()
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        let model = try Xmodel2Model(golden.config, backend: backend, positions: golden.T, training: true, in: arena)
        try model.weights.read(WeightSource(golden.weights, config: golden.config))
        model.packWeights()
        var optimizer = AdamWConfig()
        optimizer.decayEmbeddings = false
        let step = try TrainStep(
            model: model, groups: parameterGroups(model.weights.layout, config: golden.config, optimizer: optimizer),
            optimizer: optimizer, microBatchSize: golden.B, length: golden.T, recompute: false,
            communicator: SingleProcess(), in: arena)
        let rows = TokenRows(try golden.inputs.int32s("input_ids"), B: golden.B)
        let batch = Batch(
            rows: rows.B, length: rows.T, inputs: rows.ids, targets: rows.targets,
            sources: Array(repeating: 0, count: rows.B), positions: rows.ids.indices.map { Int32($0 % rows.T) },
            documents: nil)
        let expected = golden.expected.adamw
        for (index, loss) in expected.losses.enumerated() {
            let gradient = try #require(try step.gradient(batch))
            #expect(abs(gradient.loss - loss) < Tolerance.lossF32, "step \(index)")
            #expect(abs(gradient.norm - expected.grad_norms[index]) < 1e-3, "step \(index)")
            step.update(learningRate: expected.lr, gradientNorm: gradient.norm, clip: 1, t: index + 1)
        }
        for parameter in model.weights.layout.parameters {
            let values = model.weights[parameter].floats()
            let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            let wanted = try #require(expected.final_l2_and_sum[parameter.name])
            #expect(abs(norm - wanted[0]) < 1e-3 * wanted[0], "\(parameter.name)")
        }
    }

    @Test(
        "bf16 stays within its rounding", .enabled(if: DType.withMatmul.contains(.bf16), "\(DType.noMatmul)"),
        arguments: GoldenModel.names)
    func bf16(name: String) throws {
        let (golden, training, rows) = try load(name, compute: .bf16)
        let difference = relativeDifference(try training.logits(rows), try golden.inputs.floats("logits"))
        #expect(difference < Tolerance.logitsBF16)
        #expect(abs(training.lossAndGradients(rows) - golden.expected.loss) < Tolerance.lossBF16)
        for parameter in training.gradients.layout.parameters {
            let difference = relativeDifference(
                training.gradients[parameter].floats(), try golden.gradients.floats(parameter.name))
            #expect(difference < Tolerance.gradientBF16, "\(parameter.name): \(difference)")
        }
    }

    @Test("greedy continuation over the cache agrees", arguments: GoldenModel.names)
    func greedy(name: String) throws {
        let (golden, training, _) = try load(name, compute: .f32)
        let arena = Arena()
        let total = golden.expected.greedy_ids.count
        let model = try Xmodel2Model(
            golden.config, backend: training.model.backend, positions: total, training: false, in: arena)
        try model.weights.read(WeightSource(golden.weights, config: golden.config))
        model.packWeights()
        let engine = try Engine(model: model, shape: EngineShape(slots: 2, capacity: total), in: arena)
        let prompt = Array(golden.expected.greedy_ids[..<golden.expected.greedy_prompt_len])
        let wanted = Array(golden.expected.greedy_ids[golden.expected.greedy_prompt_len...])
        let request = EngineRequest(prompt: prompt, generation: GenerationOptions(maxTokens: wanted.count))
        let results = try engine.run([request, request]).map { $0.tokens.map(\.id) }
        #expect(results == [wanted, wanted])
    }
}
