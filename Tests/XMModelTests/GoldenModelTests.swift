// The model against numbers computed by other implementations: the committed case, and every case of the golden folder
// where there is one.
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
    /// Norm and sum of the weights after five steps, relative to the norm.
    static let weightsF32 = 1e-5
    /// Of the weights after five AdamW steps.
    static let trainedF32 = 1e-4
    /// bf16 keeps 8 bits: one rounding is up to 2^-9 = 0.2 %, and a tiny model of width 64 averages little away.
    static let logitsBF16 = 2e-2
    static let gradientBF16 = 6e-2
    static let lossBF16 = 2e-2
}

@Suite("GoldenModelTests")
struct GoldenModelTests {
    @Test("a case is committed, and a folder that XMODEL_GOLDEN names has some")
    func hasCases() {
        #expect(GoldenModel.names(in: GoldenModel.committed) == ["tiny"])
        let (folder, isExplicit) = GoldenModel.folder
        #expect(
            !isExplicit || !GoldenModel.names(in: folder).isEmpty, "no NAME.weights.safetensors in \(folder.path)")
    }

    private func load(
        _ name: String, compute: DType, on device: TestDevice = .cpu
    ) throws -> (GoldenModel, TinyTraining, TokenBatch) {
        let golden = try GoldenModel(named: name)
        let training = try TinyTraining(
            golden.config, B: golden.B, T: golden.T, on: try device.backend(compute: compute))
        try training.model.weights.read(WeightSource(golden.weights, config: golden.config))
        training.model.packWeights()
        return (golden, training, TokenBatch(try golden.inputs.int32s("input_ids"), batchSize: golden.B))
    }

    @Test("logits agree in f32", arguments: GoldenModel.names, TestDevice.allCases)
    func logits(name: String, device: TestDevice) throws {
        let (golden, training, batch) = try load(name, compute: .f32, on: device)
        let difference = relativeDifference(try training.logits(batch), try golden.inputs.floats("logits"))
        #expect(difference < Tolerance.logitsF32)
    }

    @Test("loss and every gradient agree in f32", arguments: GoldenModel.names, TestDevice.allCases)
    func gradients(name: String, device: TestDevice) throws {
        let (golden, training, batch) = try load(name, compute: .f32, on: device)
        let loss = training.lossAndGradients(batch)
        #expect(abs(loss - golden.expected.loss) < Tolerance.lossF32)
        for parameter in training.gradients.layout.parameters {
            let difference = relativeDifference(
                training.gradients.floats(of: parameter), try golden.gradients.floats(parameter.name))
            #expect(difference < Tolerance.gradientF32, "\(parameter.name): \(difference)")
        }
    }

    @Test("activation recomputation changes no bit", arguments: GoldenModel.names)
    func recomputation(name: String) throws {
        let (golden, training, batch) = try load(name, compute: .f32)
        let lean = try TinyTraining(golden.config, B: golden.B, T: golden.T, recompute: true)
        try lean.model.weights.read(WeightSource(golden.weights, config: golden.config))
        lean.model.packWeights()
        #expect(training.lossAndGradients(batch) == lean.lossAndGradients(batch))
        #expect(training.gradients.floats() == lean.gradients.floats())
    }

    @Test("five AdamW steps agree in f32", arguments: GoldenModel.names, TestDevice.allCases)
    func fiveSteps(name: String, device: TestDevice) throws {
        let golden = try GoldenModel(named: name)
        let backend = try device.backend()
        let arena = Arena(on: backend)
        let model = try Xmodel2Model(golden.config, backend: backend, positions: golden.T, training: true, in: arena)
        try model.weights.read(WeightSource(golden.weights, config: golden.config))
        model.packWeights()
        var optimizer = AdamWConfig()
        optimizer.decayEmbeddings = false
        let step = try TrainStep(
            model: model, groups: parameterGroups(model.weights.layout, config: golden.config, optimizer: optimizer),
            optimizer: optimizer, microBatchSize: golden.B, length: golden.T, recompute: false,
            communicator: SingleProcess(), in: arena)
        let batch = TokenBatch(try golden.inputs.int32s("input_ids"), batchSize: golden.B)
        let expected = golden.expected.adamw
        for (index, loss) in expected.losses.enumerated() {
            let gradient = try #require(try step.gradient(batch))
            #expect(abs(gradient.loss - loss) < Tolerance.lossF32, "step \(index)")
            #expect(abs(gradient.norm - expected.grad_norms[index]) < 1e-3, "step \(index)")
            step.update(learningRate: expected.lr, gradientNorm: gradient.norm, clip: 1, t: index + 1)
        }
        for parameter in model.weights.layout.parameters {
            let values = model.weights.floats(of: parameter)
            let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            let sum = values.reduce(0.0) { $0 + Double($1) }
            let wanted = try #require(expected.final_l2_and_sum[parameter.name])
            #expect(abs(norm - wanted[0]) < Tolerance.weightsF32 * wanted[0], "\(parameter.name)")
            // An error of the norm's size in every element would change the sum by sqrt(n) times as much.
            #expect(
                abs(sum - wanted[1]) < Tolerance.weightsF32 * wanted[0] * Double(values.count).squareRoot(),
                "\(parameter.name)")
            if let trained = golden.trained {
                let difference = relativeDifference(values, try trained.floats(parameter.name))
                #expect(difference < Tolerance.trainedF32, "\(parameter.name): \(difference)")
            }
        }
    }

    @Test(
        "bf16 stays within its rounding", .enabled(if: DType.withMatmul.contains(.bf16), "\(DType.noMatmul)"),
        arguments: GoldenModel.names)
    func bf16(name: String) throws {
        let (golden, training, batch) = try load(name, compute: .bf16)
        let difference = relativeDifference(try training.logits(batch), try golden.inputs.floats("logits"))
        #expect(difference < Tolerance.logitsBF16)
        #expect(abs(training.lossAndGradients(batch) - golden.expected.loss) < Tolerance.lossBF16)
        for parameter in training.gradients.layout.parameters {
            let difference = relativeDifference(
                training.gradients.floats(of: parameter), try golden.gradients.floats(parameter.name))
            #expect(difference < Tolerance.gradientBF16, "\(parameter.name): \(difference)")
        }
    }

    @Test("greedy continuation over the cache agrees", arguments: GoldenModel.names, TestDevice.allCases)
    func greedy(name: String, device: TestDevice) throws {
        let (golden, training, _) = try load(name, compute: .f32, on: device)
        let arena = Arena(on: training.model.backend)
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
