// The five categories of the report's instruction data (training.md 4.4), given by the recipe or found by rules. The
// rules look at words and signs only: quick, the same everywhere, and wrong at the borders, as any such rules are.
// SPDX-License-Identifier: Apache-2.0

package enum InstructionCategory: String, Codable, Sendable, CaseIterable {
    case math, code, logic, knowledge, commonsense

    /// The byte of a document in a shard's category file; 0 means none.
    package var code: UInt8 { UInt8(Self.allCases.firstIndex(of: self)! + 1) }

    package init?(code: UInt8) {
        guard (1...Self.allCases.count).contains(Int(code)) else { return nil }
        self = Self.allCases[Int(code) - 1]
    }

    /// The category of a conversation: code before math before logic before knowledge, commonsense for the rest.
    package static func ofText(prompt: String, answer: String) -> InstructionCategory {
        let both = (prompt + "\n" + answer).lowercased()
        let asked = prompt.lowercased()
        let words = Set(asked.split { !$0.isLetter && !$0.isNumber && $0 != "+" && $0 != "#" }.map(String.init))
        if codeSigns.contains(where: both.contains) || !words.isDisjoint(with: codeWords) { return .code }
        if answer.contains("####") || isFullOfSums(answer) || !words.isDisjoint(with: mathWords)
            || mathPhrases.contains(where: asked.contains)
        {
            return .math
        }
        if !words.isDisjoint(with: logicWords) || logicPhrases.contains(where: asked.contains) { return .logic }
        if knowledgePhrases.contains(where: asked.hasPrefix) || chineseKnowledge.contains(where: asked.contains) {
            return .knowledge
        }
        return .commonsense
    }

    private static let codeSigns = [
        "```", "#include", "def ", "public static", "console.log", "<html", "select * from", "import java",
        "function(", "return ", "printf(", "print(", "</", "();",
    ]
    private static let codeWords: Set<String> = [
        "python", "javascript", "java", "c++", "c#", "sql", "html", "css", "regex", "algorithm", "program", "code",
        "function", "array", "compile", "debug", "script", "api", "json", "php", "rust", "swift", "bash",
    ]
    private static let mathWords: Set<String> = [
        "calculate", "compute", "equation", "solve", "integral", "derivative", "fraction", "percentage", "polynomial",
        "probability", "triangle", "perimeter", "multiply", "divide", "sum", "average", "median", "square", "prime",
    ]
    private static let mathPhrases = ["how many", "how much", "what is the value", "计算", "多少", "方程", "求解"]
    private static let logicWords: Set<String> = [
        "therefore", "deduce", "infer", "premise", "conclusion", "puzzle", "riddle", "syllogism", "contradiction",
        "entail", "hypothesis", "implies", "true", "false",
    ]
    private static let logicPhrases = ["if all", "which of the following must", "odd one out", "推理", "逻辑"]
    private static let knowledgePhrases = [
        "what ", "who ", "when ", "where ", "which ", "explain ", "describe ", "define ", "name ", "list ", "tell me",
        "identify ", "classify ", "summarize ", "give me ",
    ]
    private static let chineseKnowledge = ["什么是", "介绍", "解释", "谁是", "哪"]

    /// At least two "digit operator digit" in a text, or one every 60 bytes: a worked calculation.
    private static func isFullOfSums(_ text: String) -> Bool {
        let bytes = Array(text.utf8).filter { $0 != 0x20 }
        guard bytes.count > 2 else { return false }
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        let signs = Set("+*/=".utf8)
        var sums = 0
        for at in 1..<bytes.count - 1
        where signs.contains(bytes[at]) && isDigit(bytes[at - 1]) && isDigit(bytes[at + 1]) { sums += 1 }
        return sums >= 2 && sums * 60 >= bytes.count || sums >= 1 && bytes.count < 60
    }
}

/// How a recipe gives a source its categories.
package enum CategoryRule: Codable, Sendable, Equatable {
    case fixed(InstructionCategory)
    /// By the rules of `InstructionCategory.ofText`, each record its own.
    case byRules

    package init(from decoder: any Decoder) throws {
        let name = try decoder.singleValueContainer().decode(String.self)
        if name == "rules" {
            self = .byRules
        } else if let category = InstructionCategory(rawValue: name) {
            self = .fixed(category)
        } else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "one of rules, "
                        + InstructionCategory.allCases.map(\.rawValue).joined(separator: ", ")))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .fixed(let category): try container.encode(category.rawValue)
        case .byRules: try container.encode("rules")
        }
    }
}
