// The recipe as a run uses it: every default, the preset's shape and the machine's choices written out, so that
// config.yaml gives the same run whatever the defaults of a later version are. `null` is left where it has a meaning of
// its own: a rule that follows another key (schedule.decay_steps, mixtures.decay), or off.
// Next: KeyInfluence.swift, RunOrigin.swift.
// SPDX-License-Identifier: Apache-2.0

import XMData
package import XMModel
package import XMTensor

extension TrainConfig {
    /// - Parameters:
    ///   - network: what `model` resolves to with the tokenizer's vocabulary.
    ///   - compute: what `train.compute` is on this machine.
    package func resolved(_ network: Xmodel2Config, compute: DType) -> TrainConfig {
        var full = self
        full.model = model.resolved(network)
        full.data = data.resolved
        full.train.microBatchSize = microBatchSize
        full.train.compute = compute.rawValue
        full.guard = `guard` ?? GuardConfig()
        if schedule.decay == .halfLife, schedule.halfLifeSteps == nil {
            full.schedule.halfLifeTokens = schedule.halfLifeTokens ?? ScheduleConfig.publishedHalfLifeTokens
        }
        return full
    }
}

extension ModelConfig {
    fileprivate func resolved(_ network: Xmodel2Config) -> ModelConfig {
        let mup = network.mup ?? MuP()
        var full = self
        full.preset = preset ?? "nano"
        full.vocabSize = network.vocabularySize
        full.hiddenSize = network.hiddenSize
        full.intermediateSize = network.intermediateSize
        full.numHiddenLayers = network.layers
        full.numAttentionHeads = network.heads
        full.numKeyValueHeads = network.keyValueHeads
        full.ropeTheta = network.ropeTheta
        full.useMup = network.mup != nil
        full.scaleEmb = scaleEmb ?? mup.embeddingScale
        full.scaleDepth = scaleDepth ?? mup.attentionDepthScale
        full.dimModelBase = dimModelBase ?? mup.baseWidth
        full.attentionScale = network.attentionScale
        full.initializerRange = network.initializerRange
        return full
    }
}
