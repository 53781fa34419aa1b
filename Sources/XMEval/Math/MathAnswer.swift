// The answer of a MATH solution or generation, and its normal form: the rules of the Minerva protocol (Lewkowycz et
// al. 2022, appendix D) as lm-evaluation-harness minerva_math 1.0 applies them. Next: MathEquivalence.swift.
// SPDX-License-Identifier: Apache-2.0

package enum MathAnswer {
    package static let invalid = "[invalidanswer]"

    /// The text between "Final Answer: The final answer is" and ". I hope it is correct.", which is appended to the
    /// generation first. The rule is a regular expression with unescaped dots: any character but a newline may stand
    /// in place of the full stops, and none of the answer's own characters is a newline.
    package static func extracted(from generation: String) -> String {
        let opening = "Final Answer: The final answer is"
        let ending = " I hope it is correct"
        let text = Scalars(generation + "I hope it is correct.")
        var start = text.find(opening)
        while let begin = start {
            let answer = begin + opening.unicodeScalars.count
            let line = text[answer...].firstIndex(of: "\n") ?? text.count
            // The answer, one character, the ending, one character; all in one line.
            if let end = text.find(ending, from: answer + 1), end + ending.unicodeScalars.count < line {
                return Scalars(text[answer..<(end - 1)]).stripped().text
            }
            start = text.find(opening, from: begin + 1)
        }
        return invalid
    }

    /// The last boxed answer of a solution, without its wrapper. Nil where the solution has none, or where the
    /// reference would fail: an `\fbox`, and `\boxed ` in a text whose wrapper it cannot strip.
    package static func boxed(in solution: String) -> String? {
        let text = Scalars(solution)
        if text.has("\\boxed ") {
            // `\boxed 5$`: up to the next dollar sign.
            let rest = text.pieces("\\boxed ").last ?? []
            return rest.pieces("$")[0].text
        }
        guard let start = text.rfind("\\boxed"), text.matches("\\boxed{", at: start),
            let close = text.closingBrace(of: start + 6)
        else { return nil }
        return Scalars(text[(start + 7)..<close]).text
    }

    /// No answer of this length is compared.
    private static let maximumLength = 10_000

    /// The normal form in which answers are compared. An answer beyond all length stays as it is.
    package static func normalized(_ answer: String) -> String {
        guard answer.unicodeScalars.count <= maximumLength else { return answer }
        var text = Scalars(answer).pieces("=").last ?? []
        for (old, new) in substitutions { text = text.replaced(old, by: new) }
        for removed in removals { text = text.replaced(removed) }
        text = betweenDollars(text)
        for command in ["\\text{", "\\textbf{", "\\overline{"] { text = unwrapped(text, command) }
        text = unboxed(text)
        text = braced(text, "frac", arguments: 2)
        text = braced(text, "sqrt", arguments: 1)
        text = text.replaced("$")
        let digits = text.replaced(",")
        // Python's isdigit, for which digits of other scripts and superscripts count.
        let isNumber = !digits.isEmpty && digits.allSatisfy { $0.isPythonDigit }
        return (isNumber ? digits : text).text
    }

    static let substitutions = [
        ("an ", ""), ("a ", ""), (".$", "$"), ("\\$", ""), ("\\ ", ""), (" ", ""), ("mbox", "text"),
        (",\\text{and}", ","), ("\\text{and}", ","), ("\\text{m}", "\\text{}"),
    ]

    /// Deleted wherever they occur, also inside a command: "ft" makes `\le` of `\left`. The protocol is so.
    static let removals = [
        "square", "ways", "integers", "dollars", "mph", "inches", "ft", "hours", "km", "units", "\\ldots", "sue",
        "points", "feet", "minutes", "digits", "cents", "degrees", "cm", "gm", "pounds", "meters", "meals", "edges",
        "students", "childrentickets", "multiples", "\\text{s}", "\\text{.}", "\\text{\ns}", "\\text{}^2",
        "\\text{}^3", "\\text{\n}", "\\text{}", "\\mathrm{th}", "^\\circ", "^{\\circ}", "\\;", ",\\!", "{,}", "\"",
        "\\dots",
    ]

    /// `(.*?)(\$)(.*?)(\$)(.*)` → `$\3$`: of every line with two dollar signs, what stands between the first two.
    static func betweenDollars(_ text: Scalars) -> Scalars {
        let lines = text.pieces("\n").map { line -> Scalars in
            let parts = line.pieces("$")
            return parts.count < 3 ? line : ["$"] + parts[1] + ["$"]
        }
        return Scalars(lines.joined(separator: ["\n"]))
    }

    /// `(\command{)(.*?)(})` → the inner text, up to the first closing brace of the same line.
    static func unwrapped(_ text: Scalars, _ command: String) -> Scalars {
        var result = Scalars()
        var index = 0
        while index < text.count {
            if text.matches(command, at: index) {
                let start = index + command.unicodeScalars.count
                let close = text[start...].firstIndex { $0 == "}" || $0 == "\n" }
                if let close, text[close] == "}" {
                    result += text[start..<close]
                    index = close + 1
                    continue
                }
            }
            result.append(text[index])
            index += 1
        }
        return result
    }

    /// `(\boxed{)(.*)(})` → the inner text, up to the last closing brace of the same line.
    static func unboxed(_ text: Scalars) -> Scalars {
        let lines = text.pieces("\n").map { line -> Scalars in
            guard let start = line.find("\\boxed{"), let close = line.lastIndex(of: "}"), close >= start + 7 else {
                return line
            }
            return Scalars(line[..<start] + line[(start + 7)..<close] + line[(close + 1)...])
        }
        return Scalars(lines.joined(separator: ["\n"]))
    }

    /// Braces for shorthand: `\frac12` → `\frac{1}{2}`, `\sqrt3` → `\sqrt{3}`. The first argument is any character but
    /// an opening brace, the second any but a newline.
    static func braced(_ text: Scalars, _ command: String, arguments: Int) -> Scalars {
        var result = Scalars()
        var index = 0
        while index < text.count {
            let first = index + command.unicodeScalars.count
            let end = first + arguments
            let isShorthand =
                text.matches(command, at: index) && end <= text.count && text[first] != "{"
                && (arguments == 1 || text[first + 1] != "\n")
            if isShorthand {
                result += Scalars(command)
                for argument in text[first..<end] { result += ["{", argument, "}"] }
                index = end
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }
}

extension Unicode.Scalar {
    /// `str.isdigit`: decimal digits and digits in other forms, such as superscripts.
    fileprivate var isPythonDigit: Bool {
        isASCIIDigit || properties.numericType == .decimal || properties.numericType == .digit
    }
}
