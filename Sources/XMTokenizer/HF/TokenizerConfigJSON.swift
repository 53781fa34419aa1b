// The files that accompany tokenizer.json: tokenizer_config.json with special tokens, added tokens and the chat
// template, and the older special_tokens_map.json and added_tokens.json, which are only read if the former has no list
// of added tokens. Precedence is that of transformers 5. HuggingFaceTokenizer.swift combines them.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package struct TokenizerConfigJSON: Sendable {
    /// The name of tokenizer_config.json, for errors.
    let file: String
    /// Special tokens by key (`bos_token`, …, also `image_token` and the like), in the order in which missing ones are
    /// added to a vocabulary.
    private(set) var named = TokensByKey()
    /// Unnamed special tokens.
    private(set) var extra: [AddedToken] = []
    /// `added_tokens_decoder`, or added_tokens.json, by id.
    private(set) var added: [(id: Int, token: AddedToken)] = []
    let addsBOS: Bool?
    let chatTemplate: String?

    // MARK: - Known keys

    static let standardTokens = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]
    static let readKeys: Set<ExactText> = Set(standardTokens.map { ExactText($0) }).union([
        "additional_special_tokens", "extra_special_tokens", "added_tokens_decoder", "chat_template", "add_bos_token",
        "model_specific_special_tokens",
    ])
    /// Keys with the only supported value, and what this program does.
    static let requiredKeys: [(key: String, value: JSONValue, why: String)] = [
        ("add_eos_token", .bool(false), "EOS is never appended to a text"),
        ("add_prefix_space", .bool(false), "only tokenizer.json determines what is prepended to a text"),
        ("split_special_tokens", .bool(false), "special tokens are always matched in text"),
        ("do_lower_case", .bool(false), "text is never lower-cased"),
        ("clean_up_tokenization_spaces", .bool(false), "decoded text is never changed"),
        (
            "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output", .bool(false),
            "decoded text is never changed"
        ), ("errors", .string("replace"), "malformed characters become U+FFFD"),
        ("sp_model_kwargs", .object([:]), "SentencePiece always follows its file"),
    ]
    /// Keys without effect here: names and classes, settings of padding and truncation, leftovers of transformers' slow
    /// tokenizers and of conversions, and settings of other modalities.
    static let harmlessKeys: Set<ExactText> = [
        "__type", "add_dummy_prefix_space", "auto_map", "backend", "chat_template_file", "cls_token_box", "device_map",
        "fix_mistral_regex", "from_slow", "gguf_file", "image_processor", "init_inputs", "is_fast", "is_local",
        "keep_accents", "language", "legacy", "local_files_only", "max_length", "max_seq_length", "merges_file",
        "model_input_names", "model_max_length", "name_or_path", "never_split", "pad_prompt", "pad_to_multiple_of",
        "pad_token_type_id", "padding", "padding_side", "processor_class", "remove_space", "response_schema",
        "return_tensors", "return_token_type_ids", "sp_model_file", "spaces_between_special_tokens",
        "special_tokens_map_file", "stride", "strip_accents", "task", "tokenizer_class", "tokenizer_file",
        "tokenizer_type", "tokenize_chinese_chars", "truncation", "truncation_side", "truncation_strategy",
        "trust_remote_code", "use_default_system_prompt", "use_fast", "verbose", "vocab_file", "vocab_size",
    ]

    private static func isToken(_ key: String) -> Bool { key.utf8.reversed().starts(with: "_token".utf8.reversed()) }

    // MARK: - Reading

    /// From the files' contents; `name` prefixes the file names in errors. `isBPE`: transformers never cleans up spaces
    /// of BPE, whatever the key says; `addsBlank`: whether the tokenizer prepends a space to a text.
    init(
        config: Data?, specialTokens: Data? = nil, addedTokens: Data? = nil, name: String, isBPE: Bool, addsBlank: Bool
    ) throws {
        file = name + "tokenizer_config.json"
        let fields = try config.map { try JSONFields($0, file: name + "tokenizer_config.json") }
        if let fields { try Self.check(fields, isBPE: isBPE, addsBlank: addsBlank) }
        addsBOS = try fields?.bool("add_bos_token")
        chatTemplate = try fields.flatMap { try Self.chatTemplate($0) }
        if let fields { try readTokens(fields) }
        if let list = try fields?.fields("added_tokens_decoder") {
            added = try list.object.members.map { key, value in
                guard let id = Int(key) else { throw list.malformed(key, "not the id of a token") }
                return (id, try AddedToken(try JSONFields(value, path: list.path(key), file: list.file)))
            }
        } else {
            // The older files' tokens override those of a newer file without a list of added tokens. The map's
            // `additional_special_tokens` are applied too late to make tokens of added_tokens.json special.
            let known = extra
            if let specialTokens {
                let map = try JSONFields(specialTokens, file: name + "special_tokens_map.json")
                let lists = ["additional_special_tokens", "extra_special_tokens"]
                if let key = map.object.keys.first(where: { !lists.contains($0) && !Self.isToken($0) }) {
                    throw map.unsupported(key, "an unknown key", "special tokens")
                }
                try readTokens(map)
            }
            if let addedTokens {
                try readAddedTokens(try JSONFields(addedTokens, file: name + "added_tokens.json"), special: known)
            }
        }
        added.sort { $0.id < $1.id }
    }

    private static func check(_ fields: JSONFields, isBPE: Bool, addsBlank: Bool) throws {
        for (key, wanted, why) in requiredKeys {
            guard let found = fields.value(key), found != wanted else { continue }
            if key == "clean_up_tokenization_spaces", isBPE { continue }
            if key == "add_prefix_space", addsBlank { continue }
            throw fields.unsupported(key, "set", "\(text(wanted)): \(why)")
        }
        let known = readKeys.union(harmlessKeys).union(requiredKeys.map { ExactText($0.key) })
        // An unknown switch that is on may change results; other unknown keys are taken for notes.
        for (key, value) in fields.object.members
        where value == .bool(true) && !known.contains(ExactText(key)) && !isToken(key) {
            throw fields.unsupported(key, "true, and the key is unknown", "false, or no such key")
        }
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .bool(let flag): "\(flag)"
        case .string(let text): "'\(text)'"
        default: "empty"
        }
    }

    private mutating func readTokens(_ fields: JSONFields) throws {
        for (key, value) in fields.object.members
        where Self.isToken(key) && key != "add_bos_token" && key != "add_eos_token" {
            // Model-specific keys may have any value; only strings and token objects are tokens.
            guard Self.standardTokens.contains(key) || value.string != nil || value["content"] != nil || value == .null
            else { continue }
            named[key] =
                try value == .null ? nil : AddedToken(special: value, path: fields.path(key), file: fields.file)
        }
        for key in ["model_specific_special_tokens", "extra_special_tokens"] {
            guard let named = fields.value(key)?.object else { continue }
            for (name, value) in named.members {
                self.named[name] = try AddedToken(
                    special: value, path: fields.path("\(key).\(name)"), file: fields.file)
            }
        }
        for key in ["extra_special_tokens", "additional_special_tokens"] where fields.value(key)?.object == nil {
            for (index, value) in (try fields.array(key) ?? []).enumerated() {
                let token = try AddedToken(special: value, path: fields.path("\(key).\(index)"), file: fields.file)
                if !extra.contains(where: { PieceText.isSame($0.content, token.content) }) { extra.append(token) }
            }
        }
    }

    private mutating func readAddedTokens(_ fields: JSONFields, special extra: [AddedToken]) throws {
        let special = named.tokens.map(\.content) + extra.map(\.content)
        for (content, value) in fields.object.members {
            guard let id = value.integer else { throw fields.malformed(content, "not the id of a token") }
            let isSpecial = special.contains { PieceText.isSame($0, content) }
            added.append((id, AddedToken(content, isSpecial: isSpecial, rule: SymbolRule(normalized: !isSpecial))))
        }
    }

    /// A chat template is a string, or a list of named ones, of which "default" is used.
    private static func chatTemplate(_ fields: JSONFields) throws -> String? {
        guard let value = fields.value("chat_template") else { return nil }
        if let text = value.string { return text }
        let named = try fields.list("chat_template").map { item in
            try item.check(["name", "template"])
            guard let name = try item.string("name"), let template = try item.string("template") else {
                throw item.malformed("name", "a template without a name or text")
            }
            return (name: name, template: template)
        }
        guard let chosen = named.first(where: { $0.name == "default" }) else {
            let names = named.map(\.name).joined(separator: ", ")
            throw fields.malformed("chat_template", "no template is named 'default'; there are: \(names)")
        }
        return chosen.template
    }
}

/// Tokens by key; standard keys first, then the others in file order.
struct TokensByKey: Sendable {
    private var entries: [(key: String, token: AddedToken)] = []

    var tokens: [AddedToken] { inOrder.map(\.token) }

    var inOrder: [(key: String, token: AddedToken)] {
        let standard = TokenizerConfigJSON.standardTokens
        return standard.compactMap { key in self[key].map { (key, $0) } }
            + entries.filter { !standard.contains($0.key) }
    }

    subscript(_ key: String) -> AddedToken? {
        get { entries.first { PieceText.isSame($0.key, key) }?.token }
        set {
            let index = entries.firstIndex { PieceText.isSame($0.key, key) }
            switch (index, newValue) {
            case (let index?, let token?): entries[index].token = token
            case (let index?, nil): entries.remove(at: index)
            case (nil, let token?): entries.append((key, token))
            case (nil, nil): break
            }
        }
    }
}
