// Units at the end of an answer, which math_verify drops: a last `\text{…}`, then words and letters that it takes for
// units behind a digit, a brace or a space. It takes `3m` for 3, and `2t` for 2.
// SPDX-License-Identifier: Apache-2.0

enum VerifyUnits {
    /// Each may have a plural ending. Names with a space begin or go on behind one.
    private static let names: Set<String> = [
        "integerpoint", "feet", "sue", "digit", "pound", "meal", "edge", "student", "children ticket", "multiple",
        "east", "degree", "mph", "kmph", "ft", "m square", " m east", "sq m", "deg", "mile", "q .", "monkey", "prime",
        "ratio", "profit of rs", "rd", "o", "gm", "p . m", "lb", "tile", "per", "dm", "lt", "gain", "ab", "way", "west",
        "a .", "b .", "c .", "d .", "e .", "f .", "g .", "h .", "t", "h", "no change", "men", "soldier", "pie", "bc",
        "excess", "st", "inches", "noon", "cent", "by", "gal", "kmh", "c", "acre", "rise", "a . m", "th", "sq", "mark",
        "l", "toy", "coin", "sq . m", "gallon", "profit", "minw", "yr", "women", "am", "pm", "hr", "cu cm", "square",
        "are", "rupee", "rounds", "cubic", "cc", "mtr", "s", "ohm", "number", "day", "hour", "minute", "min", "second",
        "man", "woman", "sec", "cube", "mt", "sq inch", "mp", "hectare", "more", "unit", "cu . m", "cm 2", "rs .", "rs",
        "kg", "g", "month", "km", "m", "cm", "mm", "apple", "liter", "loss", "yard", "pure", "year", "increase",
        "decrease", "d", "less", "Surface", "litre", "pi sq m", "s .", "metre", "meter", "inch",
    ]
    private static let longestName = 20

    static func removed(from text: Scalars) -> Scalars {
        var result = text
        let withoutText = withoutLastText(text).stripped()
        if !withoutText.isEmpty { result = withoutText }
        for _ in 0..<2 {
            let shorter = withoutLastUnit(result)
            if !shorter.isEmpty { result = shorter }
        }
        return result
    }

    /// Without a `\text{…}` or `\mbox{…}` that ends the text, with a power of one digit behind it or not.
    private static func withoutLastText(_ text: Scalars) -> Scalars {
        var end = text.count
        let isDigit = { (index: Int) in index >= 0 && text[index].isASCIIDigit }
        if end >= 2, isDigit(end - 1), text[end - 2] == "^" {
            end -= 2
        } else if end >= 4, text[end - 1] == "}", isDigit(end - 2), text.matches("{^", at: end - 4) {
            end -= 4
        }
        for end in Set([end, text.count]).sorted() where end > 0 && text[end - 1] == "}" {
            let starts = [text.find("\\text{"), text.find("\\mbox{")].compactMap { $0 }
            if let start = starts.min(), start + 6 < end { return Scalars(text[..<start]) }
        }
        return text
    }

    private static func withoutLastUnit(_ text: Scalars) -> Scalars {
        let last = text.lastIndex { !$0.isPythonSpace } ?? -1
        guard last >= 1 else { return text }
        for start in max(0, last - longestName - 3)..<last {
            let mark = text[start]
            guard mark.isASCIIDigit || mark == "}" || mark.isPythonSpace else { continue }
            var word = start + 1
            while word <= last {
                if isUnit(Scalars(text[word...last])) { return Scalars(text[...start]) }
                guard text[word].isPythonSpace else { break }
                word += 1
            }
        }
        return text
    }

    private static func isUnit(_ word: Scalars) -> Bool {
        let text = word.text
        if names.contains(text) { return true }
        for ending in ["s", "es"] {
            let stem = word.count - ending.unicodeScalars.count
            if stem > 0, word.matches(ending, at: stem), names.contains(Scalars(word[..<stem]).text) { return true }
        }
        return false
    }
}
