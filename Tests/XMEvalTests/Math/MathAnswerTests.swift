// Extraction and the normal form of MATH answers.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XMEval

@Suite("MathAnswer")
struct MathAnswerTests {
    @Test(
        "the normal form of the protocol",
        arguments: [
            ("\\frac12", "\\frac{1}{2}"), ("100,000", "100000"), ("\\text{(E)}", "(E)"), ("x=5", "5"),
            ("10\\%", "10\\%"), ("10 \\%", "10\\%"), ("\\$3.50", "3.50"), ("a=b= c", "c"), ("\\sqrt3", "\\sqrt{3}"),
            ("\\left(1,2\\right)", "\\le(1,2\\right)"), ("\\infty", "\\iny"), ("5\\text{ cm}", "5"),
            ("x $y$ z", "y"), ("\\boxed{\\frac{1}{2}} }", "\\frac{1}{2}}"), ("", ""), ("90^\\circ", "90"),
            ("1,2", "12"), ("1{,}000", "1000"), ("\\mbox{east}", "east"), ("\\frac\n12", "\\frac{\n}{1}2"),
        ])
    func normalized(answer: String, expected: String) {
        #expect(MathAnswer.normalized(answer) == expected)
    }

    @Test("the answer of a generation stands between two fixed texts of one line")
    func extracted() {
        let opening = "so.\nFinal Answer: The final answer is"
        #expect(MathAnswer.extracted(from: "\(opening) $16$. I hope it is correct.") == "$16$")
        #expect(MathAnswer.extracted(from: "\(opening) 5. ") == "5")
        #expect(MathAnswer.extracted(from: "\(opening) 5! I hope it is correct? No.") == "5")
        #expect(MathAnswer.extracted(from: "\(opening) 5\n. I hope it is correct.") == MathAnswer.invalid)
        #expect(MathAnswer.extracted(from: "\(opening) $5$") == MathAnswer.invalid)
        #expect(MathAnswer.extracted(from: "\(opening) a\n\(opening) b. I hope it is correct.") == "b")
        #expect(MathAnswer.extracted(from: "") == MathAnswer.invalid)
    }

    @Test("the last box of a solution")
    func boxed() {
        #expect(MathAnswer.boxed(in: "$\\boxed{1}$, no: $\\boxed{\\frac{1}{2}}$.") == "\\frac{1}{2}")
        #expect(MathAnswer.boxed(in: "$\\boxed 5$ apples") == "5")
        #expect(MathAnswer.boxed(in: "$\\boxed{5$") == nil)
        #expect(MathAnswer.boxed(in: "$\\fbox{5}$") == nil)
        #expect(MathAnswer.boxed(in: "none") == nil)
    }
}
