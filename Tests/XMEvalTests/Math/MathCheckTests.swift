// The filter of JSON lines.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XMEval

@Suite("MathCheck")
struct MathCheckTests {
    @Test("a pair gives three verdicts; verify reads whole texts where they are given")
    func verdicts() throws {
        #expect(
            try MathCheck.line(#"{"prediction": "(1, 2)", "gold": "(1,2)"}"#)
                == #"{"hendrycks":true,"paper":false,"verify":false}"#)
        #expect(
            try MathCheck.line(#"{"prediction": "1/2", "gold": "0.5", "generation": "$1/2$", "solution": "$0.5$"}"#)
                == #"{"hendrycks":true,"paper":true,"verify":true}"#)
    }

    @Test("a line that is no pair is named")
    func notAPair() {
        #expect(throws: MathCheck.Failure.self) { try MathCheck.line(#"{"gold": "1"}"#) }
        #expect(MathCheck.Failure.notAPair(line: "x").description.utf8.starts(with: "\"x\" is no pair".utf8))
    }
}
