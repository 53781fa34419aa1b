// Sampling options of every subcommand that generates. All are optional, since each command has its own defaults.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import XMInference

struct SamplingArguments: ParsableArguments {
    @Option(help: "Sampling temperature; 0 is greedy (default: 0, in chat 0.7).")
    var temperature: Double?

    @Option(help: "Top-k sampling: sample from the k most probable tokens.")
    var topK: Int?

    @Option(
        help:
            "Nucleus sampling: the smallest set of tokens whose cumulative probability reaches p (default: all, in chat 0.95)."
    )
    var topP: Double?

    @Option(help: "Min-p sampling: drop tokens whose probability is below this fraction of the most probable one's.")
    var minP: Double?

    @Option(help: "Repetition penalty: divide the logits of tokens already seen by this (1.1 is mild).")
    var repetitionPenalty: Double?

    // These two may be negative, so "-1" after the option is a value and not another option.
    @Option(parsing: .unconditional, help: "Subtract this from the logits of tokens that already occur in the answer.")
    var presencePenalty: Double?

    @Option(
        parsing: .unconditional,
        help: "Subtract this from the logits of tokens in the answer, for every earlier occurrence.")
    var frequencyPenalty: Double?

    @Option(help: "Random seed (default: 1; chat picks a new one each time).")
    var seed: UInt64?

    // Over greedy decoding, the default of all commands but chat.
    var options: SamplingOptions { options(over: .greedy) }

    /// `base`, overridden by the options that were given.
    func options(over base: SamplingOptions) -> SamplingOptions {
        var options = base
        if let temperature { options.temperature = temperature == 0 ? nil : temperature }
        options.topK = topK ?? base.topK
        options.topP = topP ?? base.topP
        options.minP = minP ?? base.minP
        options.repetitionPenalty = repetitionPenalty ?? base.repetitionPenalty
        options.presencePenalty = presencePenalty ?? base.presencePenalty
        options.frequencyPenalty = frequencyPenalty ?? base.frequencyPenalty
        options.seed = seed ?? base.seed
        return options
    }

    func validate() throws {
        do {
            try options.validate()
        } catch let error as SamplingError {
            // The library's errors start with the option's name.
            throw ValidationError("--\(error)")
        }
    }

    /// For commands that are greedy by default.
    func requireTemperature() throws {
        guard options.temperature == nil, topK != nil || topP != nil || minP != nil else { return }
        throw ValidationError("--top-k, --top-p and --min-p restrict sampling; give a --temperature as well")
    }
}
