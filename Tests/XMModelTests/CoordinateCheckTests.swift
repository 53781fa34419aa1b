// The coordinate check of muP (Yang et al. 2022, appendix D): after a few Adam steps the size of the logits'
// coordinates does not depend on the width; under the standard parametrisation it grows.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMModel
import XMTensor
import XMTestSupport

@Suite("CoordinateCheckTests")
struct CoordinateCheckTests {
    /// Mean |change of a logit| after four AdamW steps from the same seed, at one width.
    private func movement(width: Int, mup: Bool) throws -> Double {
        var config = Xmodel2Config(
            vocabularySize: 64, hiddenSize: width, intermediateSize: width * 5 / 2, layers: 2, heads: width / 16,
            keyValueHeads: width / 16)
        config.mup = mup ? MuP() : nil
        config.mup?.baseWidth = 64
        config.initializerRange = mup ? 0.1 : 0.02
        let training = try TinyTraining(config, B: 4, T: 32)
        training.model.initialize(seed: 11)
        let batch = ModelInvariantTests.batch(B: 4, T: 32, V: 64)
        let before = try training.logits(batch)
        let (m, v) = (
            try ParameterStore(training.model.weights.layout, in: training.arena, group: "m"),
            try ParameterStore(training.model.weights.layout, in: training.arena, group: "v")
        )
        for t in 1...4 {
            _ = training.lossAndGradients(batch)
            for parameter in training.model.weights.layout.parameters {
                let factor = config.scales[parameter.role].learningRate
                let step = AdamWStep(
                    learningRate: Float(0.005 * factor), beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0,
                    gradientScale: 1, t: t)
                training.model.backend.adamW(
                    weights: training.model.weights.flat, gradients: training.gradients.flat, m: m.flat, v: v.flat,
                    range: parameter.range, step: step)
            }
            training.model.packWeights()
        }
        let after = try training.logits(batch)
        return zip(after, before).reduce(0.0) { $0 + Double(abs($1.0 - $1.1)) } / Double(after.count)
    }

    @Test("muP is flat from width 64 to 512, the standard parametrisation is not")
    func flat() throws {
        let widths = [64, 128, 256, 512]
        let mup = try widths.map { try movement(width: $0, mup: true) }
        let standard = try widths.map { try movement(width: $0, mup: false) }
        #expect(mup.max()! / mup.min()! < 2, "muP: \(mup)")
        #expect(standard.last! / standard.first! > 3, "standard: \(standard)")
        #expect(standard.last! / standard.first! > 2 * mup.last! / mup.first!)
    }
}
