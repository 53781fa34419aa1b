// A token that is found in text before anything else looks at it, as tokenizer.json, tokenizer_config.json and
// special_tokens_map.json spell it, and what becomes of a vocabulary to which such tokens are added.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct AddedToken: Sendable {
    let content: String
    var isSpecial: Bool
    /// nil for a token that is given by its text alone.
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

    /// The text alone, or an object: a special token of a configuration.
    init(special value: JSONValue, path: String, file: String) throws {
        if let text = value.string {
            self.init(text, isSpecial: true)
        } else {
            try self.init(try JSONFields(value, path: path, file: file), isSpecial: true)
        }
    }
}

/// A vocabulary while added tokens join it: pieces are found by their bytes.
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

    /// The id that a token has, or will have when it is added.
    func futureID(of content: String) -> Int32 { id(of: content) ?? Int32(vocabulary.tokens.count) }

    /// Makes a piece an added token, or appends one. What is special stays special; a token that is given by its text
    /// alone leaves the rule of one that is there.
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

    /// A token that a configuration names as special. One that is an added token already keeps its rule.
    mutating func addNamed(_ token: AddedToken) {
        add(AddedToken(token.content, isSpecial: true, rule: isAdded(token.content) ? nil : token.rule))
    }

    /// A special token without a name. One that is an added token already stays what it is.
    mutating func addExtra(_ token: AddedToken) {
        if !isAdded(token.content) { add(token) }
    }

    private func isAdded(_ content: String) -> Bool {
        id(of: content).map { [.control, .userDefined].contains(vocabulary.kinds[Int($0)]) } ?? false
    }
}
