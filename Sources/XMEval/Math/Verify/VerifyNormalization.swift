// math_verify's cleaning of a LaTeX answer before it is parsed: boxes, delimiters, synonyms, units, shorthand. The
// order of the steps is part of the rule. Next: VerifyGrammar.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum VerifyNormalization {
    /// Boxes that math_verify joins: all, or the last ones that stand together.
    enum Boxes {
        case all
        case last
    }

    /// Patterns take quadratic time.
    private static let maximumLength = 1000

    static func normalized(_ answer: Scalars, boxes: Boxes) -> Scalars {
        var text = boxed(answer, boxes)
        guard text.count <= maximumLength else { return text }
        text = text.replaced("\\mathrm{T}", by: "T").replaced("\\mathrm{d}", by: "d").replaced("{\\rm d}", by: "d")
        text = text.replaced("\\left[\\begin{matrix}", by: "\\begin{bmatrix}")
        text = text.replaced("\\end{matrix}\\right]", by: "\\end{bmatrix}")
        for step in basic { text = step.applied(to: text) }
        text = Synonyms.replaced(in: text)
        text = text.replaced("\n", by: " ").replaced("\t", by: " ")
        if !text.has("matrix") { text = doubledBackslash.applied(to: text) }
        text = VerifyUnits.removed(from: text)
        if text.first == "." { text.insert("0", at: 0) }
        if text.text == "0.5" { text = Scalars("\\frac{1}{2}") }
        for step in shorthand { text = step.applied(to: text) }
        text = text.replaced(" sqrt", by: "\\sqrt")
        return slash(fractions(roots(text))).stripped()
    }

    /// A substitution of every match.
    struct Step: Sendable {
        private let expression: NSRegularExpression
        private let template: String

        init(_ pattern: String, _ template: String) {
            do { expression = try NSRegularExpression(pattern: pattern) } catch {
                preconditionFailure("pattern \(pattern): \(error)")
            }
            self.template = template
        }

        func applied(to text: Scalars) -> Scalars {
            let string = text.text
            let range = NSRange(location: 0, length: string.utf16.count)
            return Scalars(expression.stringByReplacingMatches(in: string, range: range, withTemplate: template))
        }
    }

    private static let opening =
        #"\\\{|\{|\\\||\||\[|\(|\\lgroup|\\lbrace|\\lbrack|\\vert|\\lvert|\\lceil|\\lfloor|\\langle|\\[lu]lcorner"#
    private static let closing =
        #"\\\}|\}|\\\||\||\]|\)|\\rgroup|\\rbrace|\\rbrack|\\vert|\\rvert|\\rceil|\\rfloor|\\rangle|\\[lu]rcorner"#

    private static let basic = [
        Step(#"\\m?left("# + opening + ")", "$1"),
        Step(#"\\m?right("# + closing + ")", "$1"),
        // Falling factorials: (n)_{k} is n! / (n − k)!.
        Step(#"\(([-a-zA-Z0-9+*/\\ ]+?)\)_\{([-a-zA-Z0-9+*/\\ ]+?)\}"#, #"\\frac{($1)!}{(($1)-($2))!}"#),
        Step(#"\\mathrm\{th\}|\\!\s*|\\text\s*\{\s*\}|\\?\$|(?<!\\)["']|\\displaystyle"#, ""),
    ]

    private static let doubledBackslash = Step(#"\\\\(?=[a-zA-Z])"#, #"\\"#)

    private static let shorthand = [
        Step(#"\^\s?\((.*?)\)"#, "^{$1}"),
        Step(#"sqrt\s?\((.*?)\)"#, #"\\sqrt{$1}"#),
        Step(#"\\frac\s?(\d)\s?(\d+)"#, #"\\frac{$1}{$2}"#),
        Step(#"\\log_\s?(\d)\s?(\d+)"#, #"\\log_{$1}{$2}"#),
        Step(#"\\frac\s?\{(.*?)\}\s?(\d)"#, #"\\frac{$1}{$2}"#),
        Step(#"\\frac\s?(\d)\s?\{(.*?)\}"#, #"\\frac{$1}{$2}"#),
        Step(#"\\sqrt\s?(\d)"#, #"\\sqrt{$1}"#),
    ]

    /// One pass over the text in which the first synonym that matches at a place replaces it.
    private enum Synonyms {
        private static let list: [(pattern: String, replacement: String)] = [
            (#"\\math(?:rm|it|bf)"#, "\\text"), (#"\\text(?:normal|bf|it|rm)"#, "\\text"),
            (#"\\[dtc]frac"#, "\\frac"), (#"\s\."#, " 0."), (#"\{\."#, "{0."), ("~=", "\\approx"),
            (#"\s*\{\s*,\s*\}"#, ","), (#"(?<![a-zA-Z]),?\s*(?:and|or)(?![a-zA-Z])"#, ","),
            (#",?\s*\\text\{\s*(?:and|or)\s*\}"#, ","), (#"(?<!\\)\\\s"#, " "), ("infinity", "\\infty"),
            (#",?\\ldots"#, " "), (#"\s*\bpercentage\b"#, "\\%"), (#"\\text\{(?:percent|percentage|pct)\}"#, "%"),
            (#"\s*\b(?:percent|pct)\b"#, "\\%"), (#"(?<!\\)inf(?!inity)"#, "\\infty"), (" sqrt", "\\sqrt"),
        ]
        private static let pattern: NSRegularExpression = {
            let groups = list.map { "(" + $0.pattern + ")" }.joined(separator: "|")
            do { return try NSRegularExpression(pattern: groups) } catch { preconditionFailure("\(error)") }
        }()

        static func replaced(in text: Scalars) -> Scalars {
            let string = text.text as NSString
            var result = ""
            var done = 0
            for match in pattern.matches(in: text.text, range: NSRange(location: 0, length: string.length)) {
                let group = (1...list.count).first { match.range(at: $0).location != NSNotFound } ?? 1
                result += string.substring(with: NSRange(location: done, length: match.range.location - done))
                result += list[group - 1].replacement
                done = match.range.location + match.range.length
            }
            return Scalars(result + string.substring(from: done))
        }
    }

    /// The contents of `\boxed{…}` and `\fbox{…}` joined by commas; the text itself where there is none.
    private static func boxed(_ text: Scalars, _ boxes: Boxes) -> Scalars {
        var found: [Scalars] = []
        var before = text.count
        var lastStart: Int?
        while let start = [text.rfind("\\boxed", before: before), text.rfind("\\fbox", before: before)]
            .compactMap({ $0 }).max()
        {
            let command = text.matches("\\boxed", at: start) ? 6 : 5
            guard
                let open = text[(start + command)..<max(start + command, before)].firstIndex(where: {
                    !$0.isPythonSpace
                })
            else { break }
            guard text[open] == "{", let close = Scalars(text[..<before]).closingBrace(of: open) else {
                // An open box takes the rest of the text, if it is the last.
                if found.isEmpty { found.append(Scalars(text[open...])) }
                break
            }
            let content = Scalars(text[(open + 1)..<close]).stripped()
            if boxes == .last, let lastStart, !standTogether(text[(close + 1)..<lastStart], content, found.last ?? []) {
                break
            }
            if found.last != content { found.append(content) }
            lastStart = start
            before = start
        }
        return found.isEmpty ? text : Scalars(found.reversed().joined(separator: [","]))
    }

    private static func standTogether(
        _ between: ArraySlice<Unicode.Scalar>, _ content: Scalars, _ next: Scalars
    ) -> Bool {
        if between.count < 10 { return true }
        guard next != content, between.count < 70 else { return false }
        if between.contains(",") || between.contains(";") { return true }
        let words = between.split { !($0.isASCIILetter || $0.isASCIIDigit || $0 == "_") }
        return words.contains { ["and", "or"].contains(Scalars($0).text) }
    }

    /// `\sqrt3` → `\sqrt{3}`.
    private static func roots(_ text: Scalars) -> Scalars {
        let parts = text.pieces("\\sqrt")
        var result = parts[0]
        for part in parts.dropFirst() {
            let rest = part.firstIndex { !$0.isPythonSpace }.map { part[$0...] } ?? []
            result += Scalars("\\sqrt")
            if let first = rest.first, first != "{", first != "[" {
                result += ["{", first, "}"] + rest.dropFirst()
            } else {
                result += rest
            }
        }
        return result
    }

    /// `\frac12` → `\frac{1}{2}`; a text that ends too early stays as it is.
    private static func fractions(_ text: Scalars) -> Scalars {
        let parts = text.pieces("\\frac")
        var result = parts[0]
        for part in parts.dropFirst() {
            let rest = Scalars(part.firstIndex { !$0.isPythonSpace }.map { part[$0...] } ?? [])
            result += Scalars("\\frac")
            if rest.first == "{" {
                result += rest
            } else if rest.count < 2 {
                return text
            } else {
                result += ["{", rest[0], "}"]
                result += rest[1] == "{" ? rest[1...] : ["{", rest[1], "}"] + rest[2...]
            }
        }
        return result
    }

    /// `3/4` → `\frac{3}{4}` for two integers as Python prints them.
    private static func slash(_ text: Scalars) -> Scalars {
        let sides = text.pieces("/")
        func isPrinted(_ side: Scalars) -> Bool {
            let digits = side.first == "-" ? side.dropFirst() : side[...]
            return !digits.isEmpty && digits.allSatisfy(\.isASCIIDigit) && (digits.first != "0" || side == ["0"])
        }
        guard sides.count == 2, sides.allSatisfy(isPrinted) else { return text }
        return Scalars("\\frac{") + sides[0] + Scalars("}{") + sides[1] + ["}"]
    }
}
