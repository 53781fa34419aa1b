// The recipe's `data` section: named sources of text and conversations, and how they are prepared.
// Next: Preparation/DataPreparation.swift.
// SPDX-License-Identifier: Apache-2.0

/// `data.sources[]`: one named source.
package struct SourceConfig: Codable, Sendable, Equatable {
    /// What each record of a source's files holds. The file format follows from the file name (.txt, .md, .jsonl,
    /// .json, .csv, .tsv, .parquet, compressed or not).
    package enum Format: String, Codable, Sendable, CaseIterable {
        /// One document: a whole text file, or the text in the record's field `field`.
        case text
        /// A conversation of two turns: fields `question`, `answer` and optionally `reasoning`.
        case qa
        /// Alpaca: `instruction`, `input`, `output`, or a list `instances` of inputs and outputs.
        case instruction
        /// OpenAI: a list `messages` of {role, content}.
        case messages
        /// ShareGPT: a list `conversations` of {from, value}.
        case sharegpt
        /// Token files of other programs (.bin): 16-bit ids, each document terminated by EOS.
        case tokens

        package var isConversation: Bool { self != .text && self != .tokens }
    }

    /// Name used by mixtures and reports, and of the source's folder of shards.
    package var name: String
    /// Files, folders or patterns, relative to the data root (or absolute).
    package var files: [String]
    /// Default text.
    package var format: Format
    /// The records' text field. Default "text".
    package var field: String?
    /// Conversations only: maps our field names to the records' own, {question: prompt}. Default none.
    package var fields: [String: String]?
    /// Conversations only: whether the loss covers only the answers. Default false, as in the paper's decay stage.
    package var maskPrompt: Bool?
    /// Conversations only: chat (the template) or plain ("Question: … Answer: …"). Default chat.
    package var render: ConversationEncoder.Rendering?
    /// One category for all records, or `rules` to classify each record by its wording. Default none.
    package var category: CategoryRule?
    /// Conversations only: the seed with which prompts are rephrased. Default none: prompts stay as they are.
    package var varyPrompts: UInt64?
    /// Text only: rules that change documents and thresholds that drop them. Default none.
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

/// `data`: everything that a run reads.
package struct DataConfig: Codable, Sendable, Equatable {
    /// 256 MiB of 16-bit ids.
    package static let defaultShardTokens = 1 << 27

    /// Folder that all paths of the section are relative to; itself relative to the recipe's folder, which is also the
    /// default. `--data-root` overrides it.
    package var root: String?
    /// SentencePiece file, tokenizer.json, or a folder that holds one of them.
    package var tokenizer: String
    package var sources: [SourceConfig]
    /// Named validation sets, described like sources: the loss is measured on them, they are never trained on. Default
    /// none.
    package var validation: [SourceConfig]?
    /// Removes documents that duplicate earlier ones, across all sources in their order. Default: none are removed.
    package var deduplicate: DeduplicationConfig?
    /// Removes documents that share a phrase with an evaluation set. Default: none are removed.
    package var decontaminate: DecontaminationConfig?
    /// Folder of the prepared shards, relative to the recipe's folder. Default: `shards` in the run folder.
    package var shards: String?
    /// A shard is closed once it has this many tokens. Default 134,217,728.
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
