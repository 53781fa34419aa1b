// Shapes, parameter counts and both dialects of config.json against the published figures (Xmodel-2 report,
// tables 1 and 5).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMModel
import XMTestSupport

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
        #expect(config.scales.widthMultiplier == 6)
        #expect(abs(config.attentionResidualScale - 0.202073) < 1e-6)
        #expect(abs(config.scales.hidden.initStd! - 0.0408248) < 1e-7)
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
        "numbers that no network computes with are refused by key",
        arguments: [
            (#""rms_norm_eps": -1e-5"#, "rms_norm_eps"), (#""rms_norm_eps": 0"#, "rms_norm_eps"),
            (#""rms_norm_eps": 1e300"#, "rms_norm_eps"), (#""rope_theta": -1"#, "rope_theta"),
            (#""rope_theta": 1e300"#, "rope_theta"), (#""initializer_range": -0.1"#, "initializer_range"),
            (#""scale_emb": 0"#, "scale_emb"), (#""scale_emb": 1e300"#, "scale_emb"),
            (#""scale_depth": -1.4"#, "scale_depth"), (#""dim_model_base": 0"#, "dim_model_base"),
            (#""use_mup": true, "mup_output_scale": 0"#, "mup_output_scale"),
            (#""model_type": "granite", "embedding_multiplier": -12"#, "embedding_multiplier"),
            (#""model_type": "granite", "residual_multiplier": 1e-60"#, "residual_multiplier"),
            (#""model_type": "granite", "logits_scaling": 0"#, "logits_scaling"),
            (#""model_type": "granite", "attention_multiplier": -1"#, "attention_multiplier"),
            (#""max_position_embeddings": 0"#, "max_position_embeddings"),
            (#""max_position_embeddings": 9000000000000000000"#, "max_position_embeddings"),
            (#""rope_scaling": {"rope_type": "linear", "factor": 1e300}"#, "rope factor"),
            (#""num_hidden_layers": 9000000000000000000"#, "num_hidden_layers"),
            (#""vocab_size": -9000000000000000000"#, "vocab_size"),
            (#""hidden_size": 9000000000000000000"#, "hidden_size"),
            (#""hidden_size": -9000000000000000000"#, "hidden_size"),
            (#""num_attention_heads": 0"#, "num_attention_heads"),
        ])
    func badNumbers(extra: String, key: String) throws {
        var keys =
            #"{"vocab_size": 10, "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4}"#
        let name = extra.prefix { $0 != ":" }
        keys = String(keys.replacing(try Regex("\(name): [0-9]+"), with: "\"other\": 1").dropLast()) + ", \(extra)}"
        #expect { try Xmodel2Config(json: Data(keys.utf8)) } throws: {
            #expect("\($0)".contains(key), "\(extra): \($0)")
            return $0 is ModelConfigError
        }
    }

    @Test("the file is named with the key: what is not supported, missing, or of the wrong type")
    func fileNamed() throws {
        let folder = try TemporaryFolder()
        let shape = #""hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4"#
        for (text, part) in [
            (#"{"vocab_size": 10, "model_type": "gpt2", \#(shape)}"#, "model_type is gpt2"),
            (#"{"vocab_size": 0, \#(shape)}"#, "vocab_size is 0"), ("{\(shape)}", "'vocab_size' is missing"),
            (#"{"vocab_size": "ten", \#(shape)}"#, "'vocab_size' has a value of the wrong type"),
            ("[", "not a readable model configuration"),
        ] {
            let file = try folder.file("config.json", text)
            #expect { try Xmodel2Config(folder: folder.url) } throws: {
                #expect("\($0)".contains(part), "\($0)")
                return "\($0)".hasPrefix(file.path)
            }
        }
    }

    @Test(
        "features the network does not have are refused by name",
        arguments: [
            (#""model_type": "gpt2""#, "model_type"), (#""num_key_value_heads": 3"#, "num_key_value_heads"),
        ])
    func refused(extra: String, key: String) {
        let json = """
            {"vocab_size": 10, "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, \(extra)}
            """
        #expect { try Xmodel2Config(json: Data(json.utf8)) } throws: { "\($0)".contains(key) }
    }

    @Test("Granite's multipliers and Llama's absence of them are read")
    func dialects() throws {
        func config(_ extra: String) throws -> Xmodel2Config {
            let shape = #""vocab_size": 10, "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 4,"#
            return try Xmodel2Config(json: Data(#"{\#(shape) "num_attention_heads": 4, \#(extra)}"#.utf8))
        }
        let granite = try config(
            #""model_type": "granite", "embedding_multiplier": 12, "residual_multiplier": 0.22, "#
                + #""attention_multiplier": 0.0625, "logits_scaling": 6, "tie_word_embeddings": true"#)
        #expect(granite.embeddingScale == 12 && granite.softmaxScale == 0.0625 && granite.logitScale == 1 / 6)
        #expect(granite.attentionResidualScale == 0.22 && granite.feedForwardResidualScale == 0.22)
        #expect(!granite.hasOwnHead)
        let llama = try config(
            #""model_type": "llama", "eos_token_id": [7, 8], "rope_parameters": {"rope_theta": 5e5}"#)
        #expect(llama.embeddingScale == 1 && llama.attentionResidualScale == 1 && llama.logitScale == 1)
        #expect(llama.softmaxScale == 0.25 && llama.hasOwnHead && llama.eosID == 7 && llama.ropeTheta == 500_000)
        // A head of its own can be run and not trained.
        #expect { _ = try TinyTraining(llama, B: 1, T: 8) } throws: { "\($0)".contains("tie_word_embeddings") }
    }

    @Test("Llama 3's rotary rule keeps high frequencies and divides low ones")
    func llama3() throws {
        let json = """
            {"model_type": "llama", "vocab_size": 10, "hidden_size": 512, "intermediate_size": 8, "num_hidden_layers": 1,
             "num_attention_heads": 4, "rope_theta": 500000, "rope_scaling": {"rope_type": "llama3", "factor": 8,
             "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 8192}}
            """
        let factors = try #require(try Xmodel2Config(json: Data(json.utf8)).ropeFactors)
        #expect(factors.count == 64 && factors[0] == 1 && factors[20] == 1 && factors[63] == 8)
        // i = 31: wavelength 2 pi 500000^(62/128) = 3619.25, 2.26345 turns, (2.26345 - 1) / 3 kept.
        let kept = 0.421151
        #expect(abs(Double(factors[31]) - 1 / ((1 - kept) / 8 + kept)) < 1e-3)
    }

    @Test("intermediate_size null rounds 8/3 of the width up to 256")
    func intermediate() throws {
        let json = #"{"vocab_size": 10, "hidden_size": 1536, "num_hidden_layers": 1, "num_attention_heads": 24}"#
        #expect(try Xmodel2Config(json: Data(json.utf8)).intermediateSize == 4096)
    }
}
