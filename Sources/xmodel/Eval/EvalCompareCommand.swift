// `xmodel eval compare`: is B better than A, on the same questions?
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMEval
import XMSupport

struct EvalCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare two models' answers to the same questions.",
        discussion: """
            Both folders need samples. For each score: the paired difference with its standard error, the exact McNemar \
            test, a 95 % bootstrap interval, and the smallest difference that so many documents would have shown in four \
            of five cases. Results of lm-evaluation-harness can be compared as well.

              xmodel eval compare evals/a evals/b
              xmodel eval compare evals/a evals/b --different-prompts
            """)

    @Argument(help: "A folder of results.")
    var a: String

    @Argument(help: "Another.")
    var b: String

    @Flag(help: "Compare documents also where the two were asked differently.")
    var differentPrompts = false

    func run() throws {
        let comparison = try Comparison(
            ResultsFolder(UserPath.url(a)), ResultsFolder(UserPath.url(b)),
            allowsDifferentPrompts: differentPrompts)
        try Output.line(comparison.text)
    }
}
