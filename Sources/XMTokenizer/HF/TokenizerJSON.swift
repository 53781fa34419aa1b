// Parses tokenizer.json of Hugging Face tokenizers, with tables of the supported components and their options.
// TokenizerJSON+Vocabulary.swift converts it to a vocabulary; components, options and values outside the known families
// are rejected by name.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

struct TokenizerJSON {
    /// A normalizer, pre-tokeniser, post-processor or decoder.
    struct Component {
        let type: String
        let fields: JSONFields
    }

    static let topKeys: Set<ExactText> = [
        // Truncation and padding are ignored, as in transformers, which disables both before encoding.
        "version", "truncation", "padding",
        "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model",
    ]

    private static let byteLevel: Set<ExactText> = ["add_prefix_space", "trim_offsets", "use_regex"]
    private static let metaspace: Set<ExactText> = [
        "replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep",
    ]

    /// The options of every type, by kind of component.
    static let options: [ExactText: [ExactText: Set<ExactText>]] = [
        "normalizer": [
            "Sequence": ["normalizers"], "NFC": [], "Prepend": ["prepend"], "Replace": ["pattern", "content"],
        ],
        "pre_tokenizer": [
            "Sequence": ["pretokenizers"], "ByteLevel": byteLevel, "Digits": ["individual_digits"],
            "Split": ["pattern", "behavior", "invert"], "Metaspace": metaspace,
        ],
        "post_processor": [
            "Sequence": ["processors"], "ByteLevel": byteLevel,
            "TemplateProcessing": ["single", "pair", "special_tokens"],
        ],
        "decoder": [
            "Sequence": ["decoders"], "ByteLevel": byteLevel, "Replace": ["pattern", "content"], "ByteFallback": [],
            "Fuse": [], "Strip": ["content", "start", "stop"], "Metaspace": metaspace,
        ],
    ]

    static let modelKeys: [ExactText: Set<ExactText>] = [
        "BPE": [
            "vocab", "merges", "unk_token", "dropout", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
            "byte_fallback", "ignore_merges",
        ],
        "Unigram": ["vocab", "unk_id", "byte_fallback"],
    ]

    let file: String
    let addedTokens: [(id: Int32, token: AddedToken)]
    /// The steps of each kind, with sequences flattened.
    let normalizers: [Component]
    let preTokenizers: [Component]
    let postProcessors: [Component]
    let decoders: [Component]
    let modelType: String
    let model: JSONFields

    /// Parses a file's contents. Throws `VocabularyError`.
    init(_ data: Data, file: String) throws {
        self.file = file
        let fields = try JSONFields(data, file: file)
        try fields.check(Self.topKeys)
        guard let model = try fields.fields("model") else { throw fields.malformed("model", "missing") }
        modelType = try model.string("type") ?? "BPE"
        guard let known = Self.modelKeys[ExactText(modelType)] else {
            throw model.unsupported("type", modelType, Self.modelKeys.keys.list)
        }
        try model.check(known.union(["type"]))
        self.model = model
        addedTokens = try fields.list("added_tokens").map { token in
            guard let id = try token.integer("id").flatMap({ Int32(exactly: $0) }) else {
                throw token.malformed("id", "not a token id")
            }
            return (id, try AddedToken(token))
        }
        normalizers = try Self.steps("normalizer", "normalizers", in: fields)
        preTokenizers = try Self.steps("pre_tokenizer", "pretokenizers", in: fields)
        postProcessors = try Self.steps("post_processor", "processors", in: fields)
        decoders = try Self.steps("decoder", "decoders", in: fields)
    }

    private static func steps(_ kind: String, _ list: String, in fields: JSONFields) throws -> [Component] {
        try fields.fields(kind).map { try steps(of: $0, kind, list, depth: 0) } ?? []
    }

    private static func steps(of fields: JSONFields, _ kind: String, _ list: String, depth: Int) throws -> [Component] {
        guard let type = try fields.string("type") else { throw fields.malformed("type", "missing") }
        guard depth < 8, let known = options[ExactText(kind)]?[ExactText(type)] else {
            let types = (options[ExactText(kind)] ?? [:]).keys.list
            throw VocabularyError.unsupported(file: fields.file, key: "\(kind).type", found: type, wanted: types)
        }
        try fields.check(known.union(["type"]))
        guard type == "Sequence" else { return [Component(type: type, fields: fields)] }
        return try fields.list(list).flatMap { try steps(of: $0, kind, list, depth: depth + 1) }
    }
}
