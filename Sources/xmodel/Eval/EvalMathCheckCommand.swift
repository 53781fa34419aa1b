// `xmodel eval math-check`: the checker of MATH answers on its own, for tools/oracles/check_math_equivalence.py. It is
// not in the help.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import XMEval

struct EvalMathCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "math-check",
        abstract: "Compare answers: JSON lines on standard input, one line of verdicts for each.",
        shouldDisplay: false)

    func run() throws {
        while let line = readLine() { try Output.line(MathCheck.line(line)) }
    }
}
