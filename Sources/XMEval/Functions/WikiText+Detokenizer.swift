// WikiText's text as it was before its tokeniser: blanks around punctuation and the marks " @-@ " are taken back. The
// rules, their order and their slips are those of lm-evaluation-harness's task wikitext 2.0.
// SPDX-License-Identifier: Apache-2.0

extension WikiText {
    static func detokenized(_ page: String) -> String {
        var text = Scalars(page)
        text = text.replaced("s '", by: "s'")
        text = withoutSlashedDigits(text)
        let rules = [
            (" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", "."), (" : ", ": "), (" ; ", "; "), (" . ", ". "),
            (" ! ", "! "), (" ? ", "? "), (" , ", ", "),
        ]
        for (old, new) in rules { text = text.replaced(old, by: new) }
        for (open, close) in [("(", ")"), ("[", "]"), ("{", "}"), ("\"", "\""), ("'", "'")] as [Pair] {
            text = closed(text, open, close)
        }
        let last = [
            ("= = = =", "===="), ("= = =", "==="), ("= =", "=="), (" \u{B0} ", "\u{B0}"), (" \n", "\n"), ("\n ", "\n"),
            (" N ", " 1 "), (" 's", "'s"),
        ]
        for (old, new) in last { text = text.replaced(old, by: new) }
        return text.text
    }

    private typealias Pair = (Unicode.Scalar, Unicode.Scalar)

    /// `/' [0-9]/` → the literal text `/'[0-9]/`. The slashes are a slip, so that this hardly ever happens.
    private static func withoutSlashedDigits(_ text: Scalars) -> Scalars {
        var result = Scalars()
        var index = 0
        while index < text.count {
            if text.matches("/' ", at: index), index + 4 < text.count, text[index + 3].isASCIIDigit,
                text[index + 4] == "/"
            {
                result += Scalars("/'[0-9]/")
                index += 5
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// `OPEN\s*([^CLOSE]*?)\s*CLOSE` → the same without white space inside the pair.
    private static func closed(_ text: Scalars, _ open: Unicode.Scalar, _ close: Unicode.Scalar) -> Scalars {
        var result = Scalars()
        var index = 0
        while index < text.count {
            if text[index] == open, let end = text[(index + 1)...].firstIndex(of: close) {
                result += [open] + Scalars(text[(index + 1)..<end]).stripped() + [close]
                index = end + 1
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }
}
