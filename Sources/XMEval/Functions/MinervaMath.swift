// MATH's documents with their answer: the \boxed part of the solution in normal form. There are two normal forms, that
// of the paper (MathAnswer.swift) and that of lm-evaluation-harness's minerva_math 3.1, which leaves words and commands
// whole.
// SPDX-License-Identifier: Apache-2.0

import XMSupport
import XMTokenizer

enum MinervaMath {
    static func prepared(_ document: JSONObject, _ normalized: (String) -> String) throws -> JSONObject {
        guard let answer = MathAnswer.boxed(in: try document.text("solution")) else {
            throw TaskFunctionError.noAnswer
        }
        var result = document
        result.append("answer", .string(normalized(answer)))
        return result
    }
}

extension MathAnswer {
    /// The normal form of minerva_math 3.1. It differs from `normalized` in that units are deleted as words, and inside
    /// words only outside of commands; that `\sqrt[3]8` becomes `\sqrt[3]{8}`; and that commas go only from groups of
    /// three digits.
    static func currentNormalized(_ answer: String) -> String {
        var text = Scalars(answer).pieces("=").last ?? []
        for unit in units { text = withoutWord(unit, text) }
        for (old, new) in substitutions { text = text.replaced(old, by: new) }
        for removed in removals {
            text = units.contains(removed) ? outsideCommands(text, removed) : text.replaced(removed)
        }
        text = betweenDollars(text)
        for command in ["\\text{", "\\textbf{", "\\overline{"] { text = unwrapped(text, command) }
        text = unboxed(text)
        text = braced(text, "frac", arguments: 2)
        text = bracedRoots(bracedIndexedRoots(text)).replaced("$")
        return (isGrouped(text) ? text.replaced(",") : text).text
    }

    /// The removals that are words.
    private static let units = removals.filter { $0.unicodeScalars.allSatisfy(\.isASCIILetter) }

    /// `(?<!\\)\bWORD\b` → ∅
    private static func withoutWord(_ word: String, _ text: Scalars) -> Scalars {
        func isOfWord(_ index: Int) -> Bool {
            text.indices.contains(index) && (text[index] == "_" || text[index].isPythonAlphanumeric)
        }
        let count = word.unicodeScalars.count
        var result = Scalars()
        var index = 0
        while index < text.count {
            let isCommand = index > 0 && text[index - 1] == "\\"
            if !isCommand, text.matches(word, at: index), !isOfWord(index - 1), !isOfWord(index + count) {
                index += count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// Deletes a word everywhere but inside commands, `\\[a-zA-Z]+`.
    private static func outsideCommands(_ text: Scalars, _ word: String) -> Scalars {
        var result = Scalars()
        var index = 0
        while index < text.count {
            let start = index
            if text[index] == "\\", index + 1 < text.count, text[index + 1].isASCIILetter {
                index += 1
                while index < text.count, text[index].isASCIILetter { index += 1 }
                result += text[start..<index]
            } else {
                // Up to the next command.
                repeat {
                    index += 1
                } while index < text.count
                    && !(text[index] == "\\" && index + 1 < text.count && text[index + 1].isASCIILetter)
                result += Scalars(text[start..<index]).replaced(word)
            }
        }
        return result
    }

    /// `(sqrt)(\[[^\]]*\])(\w)` → `\1\2{\3}`
    private static func bracedIndexedRoots(_ text: Scalars) -> Scalars {
        var result = Scalars()
        var index = 0
        while index < text.count {
            if text.matches("sqrt[", at: index), let close = text[(index + 5)...].firstIndex(of: "]"),
                close + 1 < text.count, text[close + 1] == "_" || text[close + 1].isPythonAlphanumeric
            {
                result += text[index...close] + ["{", text[close + 1], "}"]
                index = close + 2
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// `(sqrt)(?!\[)([^{])` → `sqrt{\2}`
    private static func bracedRoots(_ text: Scalars) -> Scalars {
        var result = Scalars()
        var index = 0
        while index < text.count {
            if text.matches("sqrt", at: index), index + 4 < text.count, text[index + 4] != "[", text[index + 4] != "{" {
                result += Scalars("sqrt{") + [text[index + 4], "}"]
                index += 5
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// `-?\d{1,3}(,\d{3})+` and nothing else.
    private static func isGrouped(_ text: Scalars) -> Bool {
        let groups = Scalars(text.first == "-" ? text.dropFirst() : text[...]).pieces(",")
        return groups.count > 1 && (1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 }
            && groups.joined().allSatisfy { $0.properties.numericType == .decimal }
    }
}

extension Unicode.Scalar {
    /// `str.isalnum`
    fileprivate var isPythonAlphanumeric: Bool { PythonText.isAlphanumeric(self) }
}
