// Shapes, parameter counts and both dialects of config.json against the published figures (model.md 2, 3).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMModel

@Suite("Xmodel2ConfigTests")
struct Xmodel2ConfigTests {
    @Test(
        "parameter counts of the presets at 65,280 pieces",
        arguments: [
            (Preset.nano, 21_958_912), (.micro, 42_476_928), (.tiny, 82_987_520), (.small, 138_828_096),
            (.medium, 362_558_400), (.xl, 1_251_755_520), (.b2, 2_238_568_704), (.b4, 4_190_036_480),
        ])
    func counts(preset: Preset, parameters: Int) {
        #expect(ParameterLayout(preset.config()).count == parameters)
    }

    @Test("constants of the 1.2B model")
    func constants() {
        let config = Preset.xl.config()
        #expect(config.widthMultiplier == 6)
        #expect(abs(config.attentionResidualScale - 0.202073) < 1e-6)
        #expect(abs(config.hiddenInitStd - 0.0408248) < 1e-7)
        #expect(abs(config.logitScale - 0.1666667) < 1e-7)
        #expect(config.softmaxScale == 0.125)
        #expect(ParameterLayout(config).parameters.count == 434)
    }

    @Test("config.json round trip in both dialects")
    func roundTrip() throws {
        var older = Preset.nano.config(vocabularySize: 100)
        older.mup?.embeddingScale = 7
        #expect(try Xmodel2Config(json: older.json()) == older)
        var newer = older
        newer.dialect = .xmodel25
        newer.attentionScale = .inverse
        newer.mup?.feedForwardDepthScale = 2
        #expect(try Xmodel2Config(json: newer.json()) == newer)
        var plain = older
        plain.dialect = .xmodel25
        plain.mup = nil
        #expect(try Xmodel2Config(json: plain.json()) == plain)
    }

    @Test(
        "features the network does not have are refused by name",
        arguments: [
            (#""attention_bias": true"#, "attention_bias"), (#""tie_word_embeddings": false"#, "tie_word_embeddings"),
            (#""hidden_act": "gelu""#, "hidden_act"), (#""model_type": "gpt2""#, "model_type"),
            (#""rope_scaling": {"rope_type": "yarn"}"#, "rope_scaling"),
            (#""num_key_value_heads": 3"#, "num_key_value_heads"),
        ])
    func refused(extra: String, key: String) {
        let json = """
            {"vocab_size": 10, "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, \(extra)}
            """
        #expect { try Xmodel2Config(json: Data(json.utf8)) } throws: { "\($0)".contains(key) }
    }

    @Test("intermediate_size null rounds 8/3 of the width up to 256")
    func intermediate() throws {
        let json = #"{"vocab_size": 10, "hidden_size": 1536, "num_hidden_layers": 1, "num_attention_heads": 24}"#
        #expect(try Xmodel2Config(json: Data(json.utf8)).intermediateSize == 4096)
    }
}
