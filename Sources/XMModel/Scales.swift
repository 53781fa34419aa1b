// Every number by which a network or its training is scaled, resolved from the parametrisation in one place: the model,
// its initialisation, the optimizer's parameter groups and the exports read these.
// Xmodel-2 report, Table 6 (muP); Yang et al. 2022, arXiv 2203.03466. Next: Parametrization.swift.
// SPDX-License-Identifier: Apache-2.0

package struct Scales: Sendable, Equatable {
    /// m = width / base width; 1 without muP.
    package let widthMultiplier: Double
    /// Factor on the embedding's output.
    package let embedding: Double
    /// Factors on the attention and feed-forward branches before the residual addition.
    package let attentionResidual: Double
    package let feedForwardResidual: Double
    /// Factor on the attention scores, in f32 as the network computes with it.
    package let softmax: Float
    /// The logits are divided by this, which is how Granite and GGUF files have it.
    package let logitsDivisor: Double
    /// Factor on the logits.
    package let logits: Double

    /// How one kind of parameter starts and learns.
    package struct Role: Sendable, Equatable {
        /// Standard deviation of the initial values; nil: all start at 1.
        package var initStd: Double?
        /// Factor on the schedule's learning rate.
        package var learningRate: Double
        /// Factor on the optimizer's weight decay; 0 = never decayed.
        package var weightDecay: Double

        package init(initStd: Double?, learningRate: Double, weightDecay: Double) {
            (self.initStd, self.learningRate, self.weightDecay) = (initStd, learningRate, weightDecay)
        }
    }

    /// q, k, v, o, gate, up and down.
    package let hidden: Role
    /// The embedding, which is the output head too.
    package let table: Role
    package let norm: Role

    package subscript(role: ParameterRole) -> Role {
        switch role {
        case .hidden: hidden
        case .embedding: table
        case .norm: norm
        }
    }

    /// - Parameters:
    ///   - decaysEmbedding: whether weight decay applies to the embedding.
    ///   - compensatesDecay: multiply the hidden matrices' weight decay by m, so that learning rate times decay does
    ///     not shrink with the width.
    package init(_ config: Xmodel2Config, decaysEmbedding: Bool = true, compensatesDecay: Bool = false) {
        let depth = Double(config.layers).squareRoot()
        var softmax = config.attentionScale.factor(headSize: config.headSize)
        var m = 1.0
        switch config.parametrization {
        case .standard:
            (embedding, attentionResidual, feedForwardResidual, logitsDivisor, logits) = (1, 1, 1, 1, 1)
        case .muP(let mup):
            m = Double(config.hiddenSize) / Double(mup.baseWidth)
            embedding = mup.embeddingScale
            attentionResidual = mup.attentionDepthScale / depth
            feedForwardResidual = mup.feedForwardDepthScale / depth
            logitsDivisor = m / mup.outputScale
            logits = mup.outputScale / m
        case .multipliers(let given):
            embedding = given.embedding
            (attentionResidual, feedForwardResidual) = (given.residual, given.residual)
            logitsDivisor = given.logitsDivisor
            logits = 1 / given.logitsDivisor
            if let factor = given.softmax { softmax = Float(factor) }
        }
        self.softmax = softmax
        widthMultiplier = m
        hidden = Role(
            initStd: config.initializerRange / m.squareRoot(), learningRate: 1 / m,
            weightDecay: compensatesDecay ? m : 1)
        table = Role(initStd: config.initializerRange, learningRate: 1, weightDecay: decaysEmbedding ? 1 : 0)
        norm = Role(initStd: nil, learningRate: 1, weightDecay: 0)
    }
}
