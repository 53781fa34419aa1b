// Options of every subcommand that chooses tokens.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import XMInference

struct SamplingArguments: ParsableArguments {
    @Option(help: "Draw tokens at this temperature; without it the likeliest one is taken.")
    var temperature: Double?

    @Option(help: "Draw among the k likeliest tokens.")
    var topK: Int?

    @Option(help: "Draw among the likeliest tokens that hold this share of the probability.")
    var topP: Double?

    @Option(help: "Draw among tokens at least this likely, relative to the likeliest.")
    var minP: Double?

    @Option(help: "Divide the logits of tokens already seen by this (1.1 is mild).")
    var repetitionPenalty: Double?

    @Option(help: "Take this from the logits of tokens already in the answer.")
    var presencePenalty: Double?

    @Option(help: "Take this from the logits of tokens in the answer for each time they stand there.")
    var frequencyPenalty: Double?

    @Option(help: "Seed of the draws.")
    var seed: UInt64 = 1

    var options: SamplingOptions {
        var options = SamplingOptions()
        options.temperature = temperature
        options.topK = topK
        options.topP = topP
        options.minP = minP
        options.repetitionPenalty = repetitionPenalty
        options.presencePenalty = presencePenalty
        options.frequencyPenalty = frequencyPenalty
        options.seed = seed
        return options
    }

    func validate() throws {
        do {
            try options.validate()
        } catch let error as SamplingError {
            throw ValidationError("--\(error)")
        }
        guard temperature == nil, topK != nil || topP != nil || minP != nil else { return }
        throw ValidationError("--top-k, --top-p and --min-p choose among drawn tokens; give a --temperature as well")
    }
}
