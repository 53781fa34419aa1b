// Every key of a recipe: it comes back from config.yaml with the same bits, and the table says what it decides.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMModel
import XMSupport
import XMTensor
import XMTrain

@Suite("RecipeKeyTests")
struct RecipeKeyTests {
    /// A recipe in which every section is there, with values that are easily lost: off in place of a default, numbers
    /// of 17 digits, texts that look like numbers.
    static let full = """
        name: "1e3"
        seed: 18446744073709551615
        model: {preset: nano, vocab_size: 1000, hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2,
          num_attention_heads: 4, num_key_value_heads: 2, rope_theta: 12345.678901234567, use_mup: false,
          scale_emb: 0.30000000000000004, scale_depth: 1.3999999999999999, dim_model_base: 64, attention_scale: 1/d,
          initializer_range: 0.012345678901234567}
        data:
          root: "1"
          tokenizer: "null"
          shards: "~"
          shard_tokens: 12345
          deduplicate: {exact: false, memory_bytes: 65536, simhash: {rounds: 3}, minhash: {similarity: 0.7000000000000001}}
          decontaminate: {words: 9, minimum_words: 4, sets: [{name: "true", files: ["a b: #c", "é'\\"\\n\\t"]}]}
          sources:
          - {name: text, files: [a], format: text, field: "2", clean: {rules: {controls: false, maximum_empty_lines: 2},
              thresholds: {minimum_words: 5, maximum_symbol_share: 0.1234567890123456, scripts: [latin, han]}}}
          - {name: chat, files: [b], format: qa, fields: {question: z, answer: a}, mask_prompt: true, render: plain,
              category: rules, vary_prompts: 7}
          validation:
          - {name: seen, files: [c], format: text, clean: {rules: {}, thresholds: {}}}
        mixtures: {stable: {text: 0.1, chat: 0.7000000000000001}, decay: {chat: 1}}
        train: {steps: 20, batch_size: 4, batch_growth: [{from_step: 3, batch_size: 8}], sequence_length: 32, micro_batch_size: 2,
          reduction_leaves: 2, compute: f32, recompute: true, sampling: random_offset, document_mask: true, grad_clip: 0, log_every: 0, eval_every: 3, save_every: 4,
          keep_last: 1}
        optimizer: {beta1: 0.8999999999999999, beta2: 0.9500000000000001, eps: 1.2345678901234567e-11, weight_decay: 0,
          decay_embeddings: false, compensate_mup_decay: true}
        schedule: {kind: wsd, learning_rate: 0.0012345678901234567, min_learning_rate: 1.0e-300,
          initial_learning_rate: 5.0e-324, warmup_steps: 0, decay: half_life, decay_steps: 7, half_life_steps: 1.5,
          half_life_tokens: null, period_steps: 5}
        guard: {spike_factor: null, window: 7, max_skips: 3}
        """

    private func recipe(_ overrides: String...) throws -> TrainConfig {
        try Recipe.decode(TrainConfig.self, yaml: Self.full, file: "full.yaml", overrides: overrides)
    }

    @Test("every key of a recipe has its row in the table of influences")
    func classified() throws {
        let keys = try Recipe.keys(of: recipe())
        #expect(keys.count > 90)
        for key in keys { #expect(KeyInfluence.knows(key), "\(key) is not in KeyInfluence.swift") }
        #expect(!KeyInfluence.knows("train.new_key") && KeyInfluence.of("train.new_key") == .run)
        #expect(KeyInfluence.of("train") == .run && KeyInfluence.of("data.sources.3") == .stage)
        #expect(KeyInfluence.of("train.micro_batch_size") == .none && KeyInfluence.isPath("data.sources.12.files.0"))
        #expect(!KeyInfluence.isPath("data.sources.12"))
        #expect(KeyInfluence.knows("schedule") && !KeyInfluence.knows("schedul") && !KeyInfluence.knows(""))
    }

    @Test("a recipe comes back from its YAML with every value, null included")
    func roundTrip() throws {
        let config = try recipe()
        #expect(config.guard?.spikeFactor == nil && config.schedule.learningRate == 0.0012345678901234567)
        let text = try Recipe.yaml(config)
        #expect(text.contains("spike_factor: null") && text.contains("learning_rate: 0.0012345678901234567"))
        let again = try Recipe.decode(TrainConfig.self, yaml: text, file: "config.yaml")
        #expect(again == config)
        #expect(try Recipe.yaml(again) == text)
        #expect(try Recipe.differences(from: config, to: again).isEmpty)
        // Every key that can be off is written as off.
        let off = try recipe(
            "guard.spike_factor=null", "data.sources.0.clean=null", "data.deduplicate=null", "data.shards=null",
            "mixtures.decay=null", "schedule.decay_steps=null", "schedule.half_life_steps=null")
        #expect(try Recipe.decode(TrainConfig.self, yaml: Recipe.yaml(off), file: "config.yaml") == off)
    }

    @Test("a resolved recipe has every default and resolves to itself")
    func resolved() throws {
        let small = try Recipe.decode(
            TrainConfig.self,
            yaml: """
                name: a
                seed: 1
                model: {preset: tiny}
                data: {tokenizer: t.model, sources: [{name: s, files: [f], format: text}]}
                mixtures: {stable: {s: 1}}
                train: {steps: 40, batch_size: 6, sequence_length: 32}
                optimizer: {}
                schedule: {warmup_steps: 2}
                """, file: "a.yaml")
        let network = try small.model.resolved(vocabulary: 777, length: 32)
        let full = small.resolved(network, compute: .bf16)
        // The preset's shape: 18 layers of 8 heads of 64, 4 of them for keys and values, f = 2.5 d.
        #expect(full.model.hiddenSize == 512 && full.model.intermediateSize == 1280)
        #expect((full.model.numHiddenLayers, full.model.numAttentionHeads, full.model.numKeyValueHeads) == (18, 8, 4))
        #expect(full.model.vocabSize == 777 && full.model.scaleDepth == 1.4 && full.model.dimModelBase == 256)
        #expect(full.train.compute == "bf16" && full.train.microBatchSize == 6 && full.guard == GuardConfig())
        #expect(full.schedule.halfLifeTokens == 19_660_800_000 && full.data.sources[0].field == "text")
        // Rules that follow another key stay rules.
        #expect(full.schedule.decaySteps == nil && full.mixtures.decay == nil)
        try full.validate()
        let again = try Recipe.decode(TrainConfig.self, yaml: Recipe.yaml(full), file: "config.yaml")
        #expect(again == full)
        let sameNetwork = try again.model.resolved(vocabulary: 777, length: 32)
        #expect(sameNetwork == network && again.resolved(sameNetwork, compute: .bf16) == full)
    }
}
