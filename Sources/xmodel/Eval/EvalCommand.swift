// `xmodel eval`: benchmarks. The subcommand without a name runs them; the others look at what came of it.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Evaluate a model on benchmarks, and look at and compare results.",
        discussion: """
            Tasks, prompts and metrics are those of lm-evaluation-harness, and so are the files of results. Data is read \
            from the data folder; nothing is downloaded.

              xmodel eval --list
              xmodel eval --model model.gguf --tasks arc_easy,gsm8k --output evals/a \\
                  --samples --limit 100
              xmodel eval --model runs/nano --tasks arc_easy,gsm8k --output evals/b \\
                  --samples --limit 100
              xmodel eval show evals/a --task gsm8k --wrong
              xmodel eval compare evals/a evals/b
            """,
        subcommands: [
            EvalRunCommand.self, EvalShowCommand.self, EvalCompareCommand.self, EvalReportCommand.self,
            EvalDataCommand.self, EvalMathCheckCommand.self,
        ],
        defaultSubcommand: EvalRunCommand.self)
}
