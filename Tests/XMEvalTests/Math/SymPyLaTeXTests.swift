// What SymPy's parse_latex takes and refuses. Expectations are outcomes of SymPy 1.13.3 with ANTLR 4.11.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XMEval

@Suite("SymPyLaTeX")
struct SymPyLaTeXTests {
    /// Whether two texts are the same expression to us.
    private func same(_ left: String, _ right: String) throws -> Bool {
        ExpressionEvaluator.areEqual(try SymPyLaTeX.expression(left), try SymPyLaTeX.expression(right))
    }

    @Test(
        "texts that SymPy refuses",
        arguments: [
            "", "+", "(1,2)", "5.", "5.)", "5,\\%", "5\\%", "50%", ".5", "05", "\\frac{9}{{}19}", "\\dbinom52",
            "\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\le(1,2\\right)", "1+7.", "2/7.", "(12.", "x&y", "\\frac{1}{2",
            "\\sqrt3", "x<", "\\frac{12.}{2}", "1+-7.",
        ])
    func refused(text: String) {
        #expect(throws: SymPyLaTeX.Failure.self) { try SymPyLaTeX.expression(text) }
    }

    @Test(
        "what stands behind the longest expression is ignored",
        arguments: [
            ("1,2", "1"), ("1,23", "1"), ("1,234", "1234"), ("5)", "5"), ("x,", "x"), ("a,;0.5", "a"), ("2(1,2)", "2"),
            ("x(1,2", "x"),
            ("x+)", "x"), ("5.5.5", "5.5"), ("2\\sqrt3", "2"), ("10.", "1"), ("1234.", "1\\cdot2\\cdot3"),
            ("0.123.", "0.12"), ("x^12.", "x^1"), ("1,000.", "1"), ("1+\\sqrt3", "1"), ("2^\\sqrt3", "2"),
            ("A,B", "A"), ("x+17.", "x+1"),
        ])
    func prefixes(text: String, prefix: String) throws {
        #expect(try same(text, prefix))
    }

    @Test(
        "ambiguous texts",
        arguments: [
            ("\\log_23", "\\log_{2}{3}"), ("\\log_210", "\\log_{21}{0}"), ("x^23", "x^{23}"), ("2^3^2", "64"),
            ("\\frac{1}23", "\\frac{3}{2}"), ("2x3", "6"), ("1\\frac{1}{2}", "\\frac{1}{2}"), ("a:b", "\\frac{a}{b}"),
            ("\\sin^{-1}x", "\\arcsin{x}"), ("\\sin x\\cos y", "\\sin{(x)}\\cos{(y)}"), ("\\{1\\}", "1"),
            ("|x|y|z|", "|x|y|z|"), ("\\ln e", "\\log e"), ("\\lg 100", "2"), ("2^{3}!", "40320"),
            ("\\lfloor2.5\\rfloor", "2"), ("\\binom{5}{2}", "10"), ("\\sqrt[3]{8}", "2"), ("1,000,000", "1000000"),
            ("x^2_3", "x^2"), ("-2^2", "-4"), ("\\sum_{k=1}^{3}k", "6"), ("\\prod_{k=1}^4 k", "24"),
            ("\\overline{2}", "2"), ("|-3|", "3"), ("\\lceil\\frac{7}{2}\\rceil", "4"), ("00", "0"),
        ])
    func ambiguous(text: String, meaning: String) throws {
        #expect(try same(text, meaning))
    }

    @Test(
        "expressions that differ",
        arguments: [
            ("x(2)", "2x"), ("\\pi", "3.14159"), ("2\\cdotx", "2x"), ("i^2", "-1"), ("e", "\\exp{1}"), ("AB", "BC"),
            ("x_1", "x_2"), ("dx", "d\\cdot x"), ("f'", "f"), ("x", "X"), ("\\infty", "\\infty"),
        ])
    func different(left: String, right: String) throws {
        #expect(try !same(left, right))
    }
}
