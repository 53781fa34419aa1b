// The five categories of instruction data in the Xmodel-2 report (section 2.4), set by the recipe or assigned by
// rules. The rules look at words and signs only: fast and deterministic, and wrong in borderline cases, as such rules
// are.
// SPDX-License-Identifier: Apache-2.0

package enum InstructionCategory: String, Codable, Sendable, CaseIterable {
    case math, code, logic, knowledge, commonsense

    /// The document's byte in a shard's category file; 0 means none.
    package var code: UInt8 { UInt8(Self.allCases.firstIndex(of: self)! + 1) }

    package init?(code: UInt8) {
        guard (1...Self.allCases.count).contains(Int(code)) else { return nil }
        self = Self.allCases[Int(code) - 1]
    }

    /// The category of a conversation: code, math, logic and knowledge are tried in this order; the rest is
    /// commonsense. Only the beginnings of the texts are examined, which bounds the time.
    package static func ofText(prompt: String, answer: String) -> InstructionCategory {
        let (asked, said) = (ByteText(prompt, limit: 2048), ByteText(answer, limit: 4096))
        if asked.contains(anyOf: codeSigns) || said.contains(anyOf: codeSigns) || asked.contains(anyWordOf: codeWords) {
            return .code
        }
        if said.contains(anyOf: answerMark) || isFullOfSums(said) || asked.contains(anyWordOf: mathWords)
            || asked.contains(anyOf: mathPhrases)
        {
            return .math
        }
        if asked.contains(anyWordOf: logicWords) || asked.contains(anyOf: logicPhrases) { return .logic }
        if asked.begins(withAnyOf: knowledgeOpenings) || asked.contains(anyOf: chineseKnowledge) { return .knowledge }
        return .commonsense
    }

    private static func list(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }
    private static func words(_ text: String) -> [[UInt8]] { text.split(separator: " ").map { Array($0.utf8) } }

    private static let codeSigns = list(
        "```", "#include", "def ", "public static", "console.log", "<html", "select * from", "import java", "function(",
        "return ", "printf(", "print(", "</", "();")
    private static let codeWords = words(
        "python javascript java c++ c# sql html css regex algorithm program code function array compile debug script "
            + "api "
            + "json php rust swift bash")
    private static let answerMark = list("####")
    private static let mathWords = words(
        "calculate compute equation solve integral derivative fraction percentage polynomial probability triangle "
            + "perimeter multiply divide sum average median square prime")
    private static let mathPhrases = list("how many", "how much", "what is the value", "计算", "多少", "方程", "求解")
    private static let logicWords = words(
        "therefore deduce infer premise conclusion puzzle riddle syllogism contradiction entail hypothesis implies "
            + "true "
            + "false")
    private static let logicPhrases = list("if all", "which of the following must", "odd one out", "推理", "逻辑")
    private static let knowledgeOpenings = list(
        "what ", "who ", "when ", "where ", "which ", "explain ", "describe ", "define ", "name ", "list ", "tell me",
        "identify ", "classify ", "summarize ", "give me ")
    private static let chineseKnowledge = list("什么是", "介绍", "解释", "谁是", "哪")

    /// Worked calculations: at least two sums and one per 60 bytes, or one in a text of fewer than 60 bytes.
    private static func isFullOfSums(_ text: ByteText) -> Bool {
        let (sums, bytes) = text.sums
        return sums >= 2 && sums * 60 >= bytes || sums >= 1 && bytes < 60
    }
}

/// How a recipe assigns categories to a source's documents.
package enum CategoryRule: Codable, Sendable, Equatable {
    case fixed(InstructionCategory)
    /// Each record by the rules of `InstructionCategory.ofText`.
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
