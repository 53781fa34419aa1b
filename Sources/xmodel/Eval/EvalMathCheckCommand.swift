// `xmodel eval math-check`: the checker of MATH answers on its own, for tools/oracles/check_math_equivalence.py. It is
// not in the help.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import XMEval

struct EvalMathCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "math-check",
        abstract: "Compare answers to MATH problems by all three rules.",
        discussion: """
            Reads JSON lines {"prediction": "…", "gold": "…"} on standard input and writes a line of verdicts for each.

              echo '{"prediction": "2/4", "gold": "1/2"}' | xmodel eval math-check
              echo '{"prediction": "x+1", "gold": "1+x"}' | xmodel eval math-check
            """,
        shouldDisplay: false)

    func run() throws {
        while let line = readLine() { try Output.line(MathCheck.line(line)) }
    }
}
