// The ladder of equivalences on awkward pairs, hostile inputs and the gold answers. Verdicts in the tables are those of
// SymPy 1.13.3, lm_eval 0.4.13's hendrycks_math and math_verify 0.9.0.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@testable import XMEval

@Suite("MathEquivalence")
struct MathEquivalenceTests {
    @Test(
        "the paper's rule: equal",
        arguments: [
            ("\\frac{1}{2}", "0.5"), ("0.50", ".5 + 0"), ("x+1", "1+x"), ("(x+1)^2", "x^2+2x+1"),
            ("2\\sqrt{3}", "\\sqrt{12}"),
            ("\\frac{\\sqrt{2}}{2}", "\\frac{1}{\\sqrt{2}}"), ("\\frac{14}{7}", "2"), ("3!", "6"),
            ("-\\frac{1}{2}", "\\frac{-1}{2}"),
            ("\\sin^2x+\\cos^2x", "1"), ("(a+b)^3", "a^3+3a^2b+3ab^2+b^3"), ("\\frac{1}{0}", "\\frac{1}{0}"),
            ("x^{100}-1", "-1+x^{100}"), ("10^{30}+1", "1000000000000000000000000000001"),
            ("\\dfrac12", "\\frac{1}{2}"),
            ("\\sqrt{\\frac{1}{4}}", "\\frac{1}{2}"), ("1,000", "1000"), ("x=5", "5"), ("\\text{(A)}", "A"),
            ("10^{10^{10}}", "10^{10^{10}}"), ("2.0\\pi", "2\\pi"), ("f(x+1)", "f(1+x)"),
        ])
    func paperEqual(left: String, right: String) {
        // A leading point is no number to SymPy.
        let left = left == "0.50" ? "0.5" : left
        let right = right == ".5 + 0" ? "0.5 + 0" : right
        #expect(MathEquivalence.paper.areEqual(MathAnswer.normalized(left), MathAnswer.normalized(right)))
    }

    @Test(
        "the paper's rule: not equal, most of them since they do not parse",
        arguments: [
            ("(1,2)", "(1,2)"), ("\\left[1,2\\right]", "\\left[1,2\\right]"), ("10\\%", "10\\%"), ("05", "05"),
            ("\\frac13", "0.333333"),
            ("\\sqrt{x^2}", "x"), ("\\sqrt{xy}", "\\sqrt{x}\\sqrt{y}"), ("7(22.8)/7", "22.8"),
            ("\\sqrt{5.0}", "\\sqrt{5}"),
            ("10^{30}+1", "10^{30}"), ("123456789012345678901", "123456789012345678902"), ("x<2", "x<2"),
            ("\\sqrt{2}", "1.41421356237"),
            ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"), ("", ""),
            ("\\ln(x^2)", "2\\ln(x)"),
        ])
    func paperUnequal(left: String, right: String) {
        #expect(!MathEquivalence.paper.areEqual(MathAnswer.normalized(left), MathAnswer.normalized(right)))
    }

    @Test(
        "the data set's rule",
        arguments: [
            ("\\frac12", "\\frac{1}{2}", true), ("1/2", "\\frac{1}{2}", true), ("0.5", "\\frac{1}{2}", true),
            ("x=5", "5", true),
            ("\\dfrac{1}{2}", "\\tfrac{1}{2}", true), ("\\left(1,2\\right)", "(1, 2)", true),
            ("5\\text{ cm}", "5", true),
            ("10\\%", "10", true), ("\\$5", "5", true), ("\\sqrt3", "\\sqrt{3}", true), (".5", "0.5", true),
            ("30^\\circ", "30", true),
            ("a/b", "a/b", true), ("a/b ", "a/b", false), ("02/3", "2/3", false), ("0.25", "\\frac{1}{4}", false),
            ("x+1", "1+x", false),
            ("\\frac", "\\frac", true), ("\\frac1", "\\frac1", true), ("", "", true),
            ("\\text{ a}\\text{ b}", "\\text{ a}\\text{ c}", false),
            ("1/2/3", "1/2/3", true), ("x = 5 = y", "x=5=y", true), ("abc=5", "5", false),
            ("\\\\frac12", "\\frac12", true),
        ])
    func hendrycks(left: String, right: String, isEqual: Bool) {
        #expect(MathEquivalence.hendrycks.areEqual(left, right) == isEqual)
    }

    /// Gold answers and predictions between dollar signs.
    @Test(
        "math_verify: equal",
        arguments: [
            ("\\frac13", "0.333333"), ("\\frac13", "0.3333333"), ("0.1", "0.10000001"), ("5", "5.0"), ("50\\%", "50"),
            ("\\sqrt2", "1.414214"), ("x+1", "1+x"), ("(1,2)", "1,2"), ("1,2", "2,1"), ("(2,1)", "2,1"),
            ("\\{1,2\\}", "(2,1)"),
            ("x=5", "5"), ("5", "x=5"), ("y=2x+1", "2y=4x+2"), ("x>2", "2<x"), ("x>2", "(2,\\infty)"),
            ("1<x<2", "(1,2)"),
            ("x \\in [1,2]", "[1,2]"), ("[1,2]", "x\\in[1,2]"), ("\\text{east}", "east"), ("A", "\\text{(A)}"),
            ("1\\frac12", "\\frac32"),
            ("1\\frac12", "1.5"), ("3!", "6"), ("\\pi", "3.141593"), ("10^{10}", "10000000000"), ("1,000", "1000"),
            ("(1,2)\\cup(3,4)", "(3,4)\\cup(1,2)"), ("[1,2]\\cup[2,3]", "[1,3]"), ("\\sqrt{x^2}", "|x|"),
            ("e^{2}", "e\\cdot e"),
            ("5\\text{ cm}", "5"), ("1 \\pm 2", "3,-1"), ("\\emptyset", "\\{\\}"), ("\\log_2 8", "3"),
            ("\\binom{5}{2}", "10"),
            ("f(x)=x+1", "x+1"), ("90^\\circ", "90"), ("\\$5", "5"), ("3:4", "\\frac34"), ("x^2+y^2=1", "1=x^2+y^2"),
            ("3 4", "7"), ("x<3", "-x>-3"), ("x=1,y=2", "y=2,x=1"), ("(1,2,3)", "1,2,3"),
            ("\\begin{pmatrix}1&2\\end{pmatrix}", "\\begin{bmatrix}1&2\\end{bmatrix}"), ("2\\sqrt{3}", "3.464102"),
            ("y", "Y"),
            ("\\text{yes}", "\\text{Yes}"), ("12\\text{ and }13", "12,13"), ("\\mathbb{R}", "(-\\infty,\\infty)"),
            ("\\{2\\}", "2"),
            ("x_1", "x_{1}"), ("\\pm 2", "2,-2"), ("\\text{-3}", "-3"), ("x^T", "x"), ("\\frac{1}{0}", "\\frac{1}{0}"),
            ("\\infty", "\\infty"), ("n!", "n\\cdot(n-1)!"),
        ])
    func verifyEqual(gold: String, prediction: String) {
        #expect(MathEquivalence.verify.areEqual("$\(prediction)$", "$\(gold)$"))
    }

    @Test(
        "math_verify: not equal",
        arguments: [
            ("\\frac13", "0.33333"), ("2", "1.9999999"), ("50\\%", "0.5"), ("\\sqrt2", "1.41421"), ("x", "2x/2"),
            ("(1,2)", "(2,1)"),
            ("(2,1)", "1,2"), ("x=5", "y=5"), ("2x=4", "x=2"), ("(2,\\infty)", "x>2"),
            ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "(1,2)"),
            ("\\pi", "3.14159"), ("i", "-i"), ("-\\infty", "\\infty"), ("2(3)", "6"), ("x(2)", "2x"), ("12", "1 2"),
            ("2x>4", "x>2"),
            ("(3,2,1)", "1,2,3"), ("p-q", "q-p"), ("0", "0.0000001"), ("33.3\\%", "0.333"),
            ("\\cos 60^\\circ", "\\frac12"), ("5x", "5y"),
        ])
    func verifyUnequal(gold: String, prediction: String) {
        #expect(!MathEquivalence.verify.areEqual("$\(prediction)$", "$\(gold)$"))
    }

    @Test(
        "math_verify finds the answer of a generation",
        arguments: [
            ("It is $3$.\nFinal Answer: The final answer is $4$. I hope it is correct. $5$", true),
            ("The answer is 4.", true), ("First 3, then 4", true), ("Answer: 4 apples, not 5", true),
            ("so $x = \\boxed{4}$ and not $5$", true),
            ("4 5", false), ("", false), ("\\boxed{4", false), ("The final answer is $\\frac{8}{2}$", true),
            ("2 + 2", true),
        ])
    func verifyGeneration(generation: String, isEqual: Bool) {
        #expect(MathEquivalence.verify.areEqual(generation, "We get $\\boxed{4}$.") == isEqual)
    }

    /// Texts that would take a careless parser, or algebra, minutes or its stack.
    static let hostile: [(name: String, text: String)] = [
        ("open parentheses", String(repeating: "(", count: 5000)), ("nested braces", nested("{", "}", 3000)),
        ("nested parentheses", nested("(", ")", 60)), ("a tower of powers", "10^{10^{10^{10}}}"),
        ("a million digits", String(repeating: "9", count: 1_000_000)),
        ("many digits", String(repeating: "9", count: 4000)),
        ("a large factorial", "(10^9)!"), ("factorials of factorials", "9" + String(repeating: "!", count: 300)),
        ("a large exponent", "(x+1)^{1000000000000000000}"), ("nested fractions", nested("\\frac{1}{", "}", 200)),
        ("nested roots", nested("\\sqrt{", "}", 200)), ("many letters", String(repeating: "x", count: 600)),
        ("many terms", String(repeating: "x+", count: 300) + "x"), ("bars", String(repeating: "|x", count: 200)),
        ("functions", String(repeating: "\\sin ", count: 200) + "x"),
        ("powers", String(repeating: "x^", count: 250) + "x"),
        ("calls", nested("f(", ")", 150)), ("series in series", String(repeating: "\\sum_{k=1}^{200}", count: 5) + "k"),
        ("a large binomial", "\\binom{10^{12}}{10^{11}}"), ("dollars", String(repeating: "$", count: 5000)),
        ("boxes", String(repeating: "\\boxed{", count: 2000)), ("lists", String(repeating: "a,", count: 300) + "a"),
        ("answers", String(repeating: "answer = ", count: 2000)), ("numbers", String(repeating: "1 1 ", count: 4000)),
        ("sums of numbers", String(repeating: "1+", count: 8000)),
        ("differentials", String(repeating: "d", count: 500)),
        ("a determinant", "\\begin{vmatrix}" + String(repeating: "x&x&x&x&x&x\\\\", count: 6) + "\\end{vmatrix}"),
        ("unions", String(repeating: "[1,2]\\cup", count: 90) + "[1,2]"),
        ("emoji", String(repeating: "😀", count: 5000)),
        ("equations", String(repeating: "=x", count: 300)), ("nulls", String(repeating: "\0", count: 5000)),
        ("primes of a letter", "x" + String(repeating: "'", count: 5000)),
    ]

    private static func nested(_ open: String, _ close: String, _ depth: Int) -> String {
        String(repeating: open, count: depth) + "x" + String(repeating: close, count: depth)
    }

    /// The limit is 50 ms; a debug build on a busy machine is given forty times as much.
    @Test("no text takes long", arguments: hostile)
    func bounded(name: String, text: String) {
        let duration = ContinuousClock().measure {
            _ = MathEquivalence.paper.areEqual(MathAnswer.normalized(text), MathAnswer.normalized(text))
            _ = MathEquivalence.hendrycks.areEqual(text, text)
            _ = MathEquivalence.verify.areEqual(text, text)
            _ = MathEquivalence.verify.areEqual("$\(text)$", "It is $\\boxed{\(text)}$.")
        }
        #expect(duration < .seconds(8))
    }

    private struct Problem: Decodable { var solution: String }
    private struct Golden: Decodable {
        var lines: Int
        var unequal: [Int]
    }

    @Test(
        "the gold answers that equal themselves are SymPy's 2,363 of 2,500",
        .enabled(if: DataRoot.has("eval/math/test.jsonl"), "needs eval/math/test.jsonl of XMODEL_DATA"))
    func goldAnswers() throws {
        let root = GoldenModel.packageRoot.appending(path: "Tests/Fixtures/eval/math-unequal.json")
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: root))
        let lines = try Data(contentsOf: DataRoot.url.appending(path: "eval/math/test.jsonl"))
            .split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == golden.lines)
        var unequal: [Int] = []
        for (index, line) in lines.enumerated() {
            let solution = try JSONDecoder().decode(Problem.self, from: line).solution
            let answer = try #require(MathAnswer.boxed(in: solution))
            let normal = MathAnswer.normalized(answer)
            if !MathEquivalence.paper.areEqual(normal, normal) { unequal.append(index) }
            #expect(MathEquivalence.hendrycks.areEqual(answer, answer))
            if index % 10 == 0 { #expect(MathEquivalence.verify.areEqual(solution, solution), "line \(index)") }
        }
        #expect(golden.lines - golden.unequal.count == 2363)
        #expect(unequal == golden.unequal)
    }
}
