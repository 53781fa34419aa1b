// The recipe's `data` section: named sources of text and conversations and what is made of them.
// Next: Preparation/DataPreparation.swift.
// SPDX-License-Identifier: Apache-2.0

/// `data.sources[]`: one named source.
package struct SourceConfig: Codable, Sendable, Equatable {
    /// What a row of its files is; the kind of a file is told by its name (.txt, .md, .jsonl, .json, .csv, .tsv,
    /// .parquet, compressed or not).
    package enum Format: String, Codable, Sendable, CaseIterable {
        /// A document: a text file, or the text field `field` of a row.
        case text
        /// Fields `question` and `answer`, and `reasoning` where there is one: a conversation of two turns.
        case qa
        /// Alpaca: `instruction`, `input`, `output`, or a list `instances` of the last two.
        case instruction
        /// OpenAI: a list `messages` of {role, content}.
        case messages
        /// ShareGPT: a list `conversations` of {from, value}.
        case sharegpt
        /// Plain files of 16-bit ids, documents ended by EOS: other programs' .bin files.
        case tokens

        package var isConversation: Bool { self != .text && self != .tokens }
    }

    /// The name that mixtures and reports use; also a folder's name.
    package var name: String
    /// Files, folders or patterns, relative to the data root (or absolute).
    package var files: [String]
    /// Default text.
    package var format: Format
    /// Text field of rows. Default "text".
    package var field: String?
    /// Conversations only: the record's own field names by ours, {question: prompt}. Default none.
    package var fields: [String: String]?
    /// Conversations only: whether only the answers are predicted. Default false, as the paper's decay stage.
    package var maskPrompt: Bool?
    /// Conversations only: chat (the template) or plain ("Question: … Answer: …"). Default chat.
    package var render: ConversationEncoder.Rendering?
    /// A category for all, or `rules`: each record by its words. Default none.
    package var category: CategoryRule?
    /// Conversations only: a seed, with which prompts are framed in other words. Default none.
    package var varyPrompts: UInt64?
    /// Text only: what is changed in a document and what drops it. Default: nothing.
    package var clean: CleaningConfig?

    package init(
        name: String, files: [String], format: Format, field: String? = nil, fields: [String: String]? = nil,
        maskPrompt: Bool? = nil, render: ConversationEncoder.Rendering? = nil, category: CategoryRule? = nil,
        varyPrompts: UInt64? = nil, clean: CleaningConfig? = nil
    ) {
        (self.name, self.files, self.format, self.field, self.fields) = (name, files, format, field, fields)
        (self.maskPrompt, self.render, self.category, self.varyPrompts) = (maskPrompt, render, category, varyPrompts)
        self.clean = clean
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        name = try keys.decode(String.self, forKey: .name)
        files = try keys.decode([String].self, forKey: .files)
        format = try keys.decodeIfPresent(Format.self, forKey: .format) ?? .text
        field = try keys.decodeIfPresent(String.self, forKey: .field)
        fields = try keys.decodeIfPresent([String: String].self, forKey: .fields)
        maskPrompt = try keys.decodeIfPresent(Bool.self, forKey: .maskPrompt)
        render = try keys.decodeIfPresent(ConversationEncoder.Rendering.self, forKey: .render)
        category = try keys.decodeIfPresent(CategoryRule.self, forKey: .category)
        varyPrompts = try keys.decodeIfPresent(UInt64.self, forKey: .varyPrompts)
        clean = try keys.decodeIfPresent(CleaningConfig.self, forKey: .clean)
    }

    enum CodingKeys: String, CodingKey {
        case name, files, format, field, fields, render, category, clean
        case maskPrompt = "mask_prompt"
        case varyPrompts = "vary_prompts"
    }

    var readerOptions: ReaderOptions { ReaderOptions(field: field ?? "text") }
}

/// `data`: everything a run reads.
package struct DataConfig: Codable, Sendable, Equatable {
    /// 256 MiB of 16-bit ids.
    package static let defaultShardTokens = 1 << 27

    /// Folder that all paths of the section are relative to; itself relative to the recipe's folder. Default: that
    /// folder. `--data-root` replaces it.
    package var root: String?
    /// SentencePiece file, tokenizer.json, or a folder that holds one of them.
    package var tokenizer: String
    package var sources: [SourceConfig]
    /// Text that is only measured, by name: the same forms as a source. Default none.
    package var validation: [SourceConfig]?
    /// Which documents repeat earlier ones and go, over all sources in their order. Default: none.
    package var deduplicate: DeduplicationConfig?
    /// Evaluation sets that no document may share a phrase with. Default: none.
    package var decontaminate: DecontaminationConfig?
    /// Folder of the prepared shards, relative to the recipe's folder. Default: `shards` in the run folder.
    package var shards: String?
    /// Tokens after which a shard is closed. Default 134,217,728.
    package var shardTokens: Int?

    package init(
        tokenizer: String, sources: [SourceConfig], validation: [SourceConfig]? = nil,
        deduplicate: DeduplicationConfig? = nil, decontaminate: DecontaminationConfig? = nil, shards: String? = nil,
        shardTokens: Int? = nil, root: String? = nil
    ) {
        self.root = root
        (self.tokenizer, self.sources, self.validation) = (tokenizer, sources, validation)
        (self.deduplicate, self.decontaminate) = (deduplicate, decontaminate)
        (self.shards, self.shardTokens) = (shards, shardTokens)
    }

    enum CodingKeys: String, CodingKey {
        case root, tokenizer, sources, validation, deduplicate, decontaminate, shards
        case shardTokens = "shard_tokens"
    }
}
