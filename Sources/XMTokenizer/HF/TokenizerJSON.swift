// The file tokenizer.json of Hugging Face tokenizers, as far as BPE models need it; keys keep their spelling there.
// TokenizerJSON+Vocabulary.swift checks what these values say and turns them into a vocabulary.
// SPDX-License-Identifier: Apache-2.0

struct TokenizerJSON: Decodable {
    struct AddedToken: Decodable {
        let id: Int32
        let content: String
        let special: Bool
        let single_word: Bool?
        let lstrip: Bool?
        let rstrip: Bool?
    }

    /// `{"Regex": "…"}` or `{"String": "…"}`.
    struct Pattern: Decodable {
        let Regex: String?
        let String: String?
    }

    /// A normalizer, pre-tokenizer or post-processor: the fields of all kinds, those of its `type` are there.
    struct Component: Decodable {
        let type: String
        let normalizers: [Component]?
        let pretokenizers: [Component]?
        let processors: [Component]?
        let pattern: Pattern?
        let content: String?
        let prepend: String?
        let behavior: String?
        let invert: Bool?
        let add_prefix_space: Bool?
        let use_regex: Bool?
        let individual_digits: Bool?
        let replacement: String?
        let prepend_scheme: String?
        let split: Bool?
        let single: [TemplateItem]?
    }

    /// One item of a `TemplateProcessing`: a special token or the text.
    struct TemplateItem: Decodable {
        struct Special: Decodable { let id: String }
        let SpecialToken: Special?
    }

    struct Model: Decodable {
        let type: String?
        let vocab: [String: Int32]
        let merges: [TokenizerVocabulary.Merge]
        let unk_token: String?
        let dropout: Double?
        let continuing_subword_prefix: String?
        let end_of_word_suffix: String?
        let fuse_unk: Bool?
        let byte_fallback: Bool?
        let ignore_merges: Bool?

        private enum CodingKeys: String, CodingKey {
            case type, vocab, merges, unk_token, dropout, continuing_subword_prefix, end_of_word_suffix, fuse_unk
            case byte_fallback, ignore_merges
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decodeIfPresent(String.self, forKey: .type)
            if let type, type != "BPE" {
                throw UnsupportedModel(type: type)
            }
            vocab = try container.decode([String: Int32].self, forKey: .vocab)
            unk_token = try container.decodeIfPresent(String.self, forKey: .unk_token)
            dropout = try container.decodeIfPresent(Double.self, forKey: .dropout)
            continuing_subword_prefix = try container.decodeIfPresent(String.self, forKey: .continuing_subword_prefix)
            end_of_word_suffix = try container.decodeIfPresent(String.self, forKey: .end_of_word_suffix)
            fuse_unk = try container.decodeIfPresent(Bool.self, forKey: .fuse_unk)
            byte_fallback = try container.decodeIfPresent(Bool.self, forKey: .byte_fallback)
            ignore_merges = try container.decodeIfPresent(Bool.self, forKey: .ignore_merges)
            merges = try Self.merges(in: container)
        }

        /// Old files write "a b", new ones ["a", "b"].
        private static func merges(
            in container: KeyedDecodingContainer<CodingKeys>
        ) throws -> [TokenizerVocabulary.Merge] {
            func wrong(_ index: Int) -> DecodingError {
                .dataCorruptedError(
                    forKey: .merges, in: container, debugDescription: "merge \(index) is not a pair of pieces")
            }
            if let texts = try? container.decode([String].self, forKey: .merges) {
                return try texts.enumerated().map { index, text in
                    guard let merge = TokenizerVocabulary.Merge(text) else { throw wrong(index) }
                    return merge
                }
            }
            return try container.decode([[String]].self, forKey: .merges).enumerated().map { index, pair in
                guard pair.count == 2 else { throw wrong(index) }
                return TokenizerVocabulary.Merge(left: pair[0], right: pair[1])
            }
        }
    }

    /// Thrown while decoding, where the file's name is not known yet.
    struct UnsupportedModel: Error { let type: String }

    let added_tokens: [AddedToken]?
    let normalizer: Component?
    let pre_tokenizer: Component?
    let post_processor: Component?
    let model: Model
    /// `model.vocab` with every piece, where `read` found that Foundation's dictionary may have merged some.
    var exactVocabulary: [(piece: String, id: Int32)]?

    private enum CodingKeys: String, CodingKey {
        case added_tokens, normalizer, pre_tokenizer, post_processor, model
    }
}
