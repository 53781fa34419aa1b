// Added tokens, which are matched in text before all other processing, as described by tokenizer.json,
// tokenizer_config.json and special_tokens_map.json; and how they are added to a vocabulary.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct AddedToken: Sendable {
    let content: String
    var isSpecial: Bool
    /// nil for a token given by its text alone.
    var rule: SymbolRule?

    static let keys: Set<ExactText> = [
        "content", "single_word", "lstrip", "rstrip", "normalized", "special", "id", "__type",
    ]

    init(_ content: String, isSpecial: Bool, rule: SymbolRule? = nil) {
        (self.content, self.isSpecial, self.rule) = (content, isSpecial, rule)
    }

    /// An object with `content` and flags.
    init(_ fields: JSONFields, isSpecial: Bool? = nil) throws {
        try fields.check(Self.keys)
        guard let content = try fields.string("content") else { throw fields.malformed("content", "missing") }
        let special = try fields.bool("special") ?? false
        self.content = content
        self.isSpecial = isSpecial ?? special
        rule = SymbolRule(
            lstrip: try fields.bool("lstrip") ?? false, rstrip: try fields.bool("rstrip") ?? false,
            singleWord: try fields.bool("single_word") ?? false,
            normalized: try fields.bool("normalized") ?? !self.isSpecial)
    }

    /// A special token of a configuration: its text alone, or an object.
    init(special value: JSONValue, path: String, file: String) throws {
        if let text = value.string {
            self.init(text, isSpecial: true)
        } else {
            try self.init(try JSONFields(value, path: path, file: file), isSpecial: true)
        }
    }
}

/// Adds tokens to a vocabulary; tokens are identified by their bytes.
struct VocabularyBuilder {
    private(set) var vocabulary: TokenizerVocabulary
    private var ids: [[UInt8]: Int32]

    init(_ vocabulary: TokenizerVocabulary) {
        self.vocabulary = vocabulary
        ids = [:]
        ids.reserveCapacity(vocabulary.tokens.count)
        for (id, token) in vocabulary.tokens.enumerated() { ids[Array(token.utf8)] = Int32(id) }
    }

    func id(of content: String) -> Int32? { ids[Array(content.utf8)] }

    /// The id that a token has, or will be assigned when it is added.
    func futureID(of content: String) -> Int32 { id(of: content) ?? Int32(vocabulary.tokens.count) }

    /// Turns an entry into an added token, or appends one. Special tokens stay special; a token given by its text alone
    /// does not change the rule of an existing one.
    mutating func add(_ token: AddedToken) {
        guard !token.content.isEmpty else { return }
        let id = futureID(of: token.content)
        if vocabulary.tokens.count == Int(id) {
            ids[Array(token.content.utf8)] = id
            vocabulary.tokens.append(token.content)
            vocabulary.kinds.append(.normal)
            if !vocabulary.scores.isEmpty { vocabulary.scores.append(TokenizerVocabulary.unusedScore) }
        }
        let wasSpecial = vocabulary.kinds[Int(id)] == .control
        vocabulary.kinds[Int(id)] = token.isSpecial || wasSpecial ? .control : .userDefined
        if let rule = token.rule { vocabulary.symbolRules[id] = rule == SymbolRule() ? nil : rule }
    }

    /// Adds a token that a configuration names as special. An existing added token keeps its rule.
    mutating func addNamed(_ token: AddedToken) {
        add(AddedToken(token.content, isSpecial: true, rule: isAdded(token.content) ? nil : token.rule))
    }

    /// Adds a special token without a name. An existing added token is unchanged.
    mutating func addExtra(_ token: AddedToken) {
        if !isAdded(token.content) { add(token) }
    }

    private func isAdded(_ content: String) -> Bool {
        id(of: content).map { [.control, .userDefined].contains(vocabulary.kinds[Int($0)]) } ?? false
    }
}
