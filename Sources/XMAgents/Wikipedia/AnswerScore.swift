// Exact match and F1 of a short answer, after HotpotQA's evaluation script (Yang et al. 2018): lower case, without
// ASCII punctuation and articles, white space collapsed. FEVER's labels are compared in the same way.
// SPDX-License-Identifier: Apache-2.0

package enum AnswerScore {
    package static func exactMatch(_ answer: String, _ gold: String) -> Bool {
        normalized(answer).utf8.elementsEqual(normalized(gold).utf8)
    }

    /// F1 over the tokens that both have, counted with their multiplicity. yes, no and noanswer match whole or not.
    package static func f1(_ answer: String, _ gold: String) -> Double {
        let (answer, gold) = (normalized(answer), normalized(gold))
        if !answer.utf8.elementsEqual(gold.utf8), whole.contains(answer) || whole.contains(gold) { return 0 }
        let (answered, wanted) = (answer.pythonWords, gold.pythonWords)
        var left: [[UInt8]: Int] = [:]
        for word in wanted { left[Array(word.utf8), default: 0] += 1 }
        var common = 0
        for word in answered.map({ Array($0.utf8) }) where left[word, default: 0] > 0 {
            left[word]! -= 1
            common += 1
        }
        guard common > 0 else { return 0 }
        let precision = Double(common) / Double(answered.count)
        let recall = Double(common) / Double(wanted.count)
        return 2 * precision * recall / (precision + recall)
    }

    private static let whole: Set = ["yes", "no", "noanswer"]
    private static let articles: Set = ["a", "an", "the"]

    static func normalized(_ text: String) -> String {
        let kept = text.lowercased().unicodeScalars.filter { !isPunctuation($0) }
        // The regular expression \b(a|an|the)\b: articles are replaced where no word character touches them.
        var result = String.UnicodeScalarView()
        var word = String.UnicodeScalarView()
        func close() {
            if !articles.contains(String(word)) { result += word } else { result.append(" ") }
            word = String.UnicodeScalarView()
        }
        for scalar in kept {
            if scalar.isPythonWord {
                word.append(scalar)
            } else {
                close()
                result.append(scalar)
            }
        }
        close()
        return String(result).pythonWords.joined(separator: " ")
    }

    /// Python's `string.punctuation`.
    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }
}
