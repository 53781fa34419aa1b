// Every scale from its parametrisation: the numbers of the papers, the f32 that the network computes with, and the
// configuration files that say them.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMModel
import XMTrain

@Suite("ScalesTests")
struct ScalesTests {
    private static func config(headSize: Int = 48) -> Xmodel2Config {
        Xmodel2Config(
            vocabularySize: 100, hiddenSize: 4 * headSize, intermediateSize: 96, layers: 9, heads: 4, keyValueHeads: 2)
    }

    @Test("muP: m = width / base width scales logits, initial values and rates of hidden matrices")
    func muP() {
        var config = Self.config(headSize: 128)
        config.mup?.outputScale = 0.5
        let scales = Scales(config, decaysEmbedding: false, compensatesDecay: true)
        #expect(scales.widthMultiplier == 2 && scales.embedding == 12 && scales.logits == 0.25)
        #expect(scales.attentionResidual == 1.4 / 3 && scales.logitsDivisor == 4)
        #expect(scales.hidden == .init(initStd: 0.1 / 2.0.squareRoot(), learningRate: 0.5, weightDecay: 2))
        #expect(scales.table == .init(initStd: 0.1, learningRate: 1, weightDecay: 0))
        #expect(scales.norm == .init(initStd: nil, learningRate: 1, weightDecay: 0))
        #expect(config.scales.hidden.weightDecay == 1 && config.scales.table.weightDecay == 1)
        config.mup = nil
        let plain = config.scales
        #expect(config.parametrization == .standard && plain.embedding == 1 && plain.logits == 1)
        #expect(plain.hidden == .init(initStd: 0.1, learningRate: 1, weightDecay: 1))
    }

    @Test("the parameter groups have the rates and decays of the scales")
    func groups() throws {
        var optimizer = AdamWConfig()
        (optimizer.weightDecay, optimizer.decayEmbeddings, optimizer.compensateMuPDecay) = (0.3, false, true)
        let config = Self.config(headSize: 128)
        let groups = parameterGroups(ParameterLayout(config), config: config, optimizer: optimizer)
        #expect(groups.map(\.role) == [.hidden, .embedding, .norm])
        #expect(groups.map(\.learningRateFactor) == [0.5, 1, 1] && groups.map(\.weightDecay) == [0.6, 0, 0])
        #expect(groups.map(\.initStd) == [0.1 / 2.0.squareRoot(), 0.1, nil])
    }

    @Test("1/sqrt(d) and 1/d are recognised in every head width, from f32 and from f64")
    func attentionScales() {
        for d in stride(from: 4, through: 512, by: 2) {
            for scale in AttentionScale.allCases {
                let exact = scale == .inverse ? 1 / Double(d) : 1 / Double(d).squareRoot()
                #expect(AttentionScale(exact, headSize: d) == scale, "\(d)")
                #expect(AttentionScale(Double(scale.factor(headSize: d)), headSize: d) == scale, "\(d)")
            }
            #expect(AttentionScale(1.01 / Double(d).squareRoot(), headSize: d) == nil)
        }
    }

    @Test("a recipe's attention scale reaches config.json, Granite and the network, and Llama and the like refuse it")
    func attentionInverse() throws {
        var section = ModelConfig()
        (section.hiddenSize, section.numAttentionHeads, section.numKeyValueHeads) = (192, 4, 2)
        let usual = try section.resolved(vocabulary: 100, length: 32)
        #expect(usual.softmaxScale == 1 / Float(48).squareRoot() && usual.dialect == .xmodel2)
        section.attentionScale = .inverse
        let config = try section.resolved(vocabulary: 100, length: 32)
        #expect(config.softmaxScale == 1 / Float(48))
        let read = try Xmodel2Config(json: config.json())
        #expect(read == config && read.scales == config.scales)
        let granite = try Xmodel2Config(json: config.graniteJSON())
        #expect(granite.softmaxScale == config.softmaxScale && granite.withMuP() == config)
        section.useMup = false
        #expect { try section.resolved(vocabulary: 100, length: 32) } throws: {
            "\($0)".contains("model.attention_scale is 1/d, but") && "\($0)".contains("set model.use_mup to true")
        }
        var plain = config
        plain.parametrization = .standard
        #expect(throws: ModelConfigError.self) { try plain.llamaJSON() }
        #expect(throws: ModelConfigError.self) { try plain.json() }
    }

    @Test(
        "a Granite file gives the bits of the model that it was written from, in every head width",
        arguments: [16, 24, 72, 96])
    func granite(headSize: Int) throws {
        let config = Self.config(headSize: headSize)
        let granite = try Xmodel2Config(json: config.graniteJSON())
        #expect(granite.softmaxScale == config.softmaxScale && granite.logitScale == config.logitScale)
        #expect(granite.embeddingScale == config.embeddingScale)
        #expect(granite.attentionResidualScale == config.attentionResidualScale)
        #expect(granite.withMuP().mup == config.mup && granite.withMuP().softmaxScale == config.softmaxScale)
    }
}
