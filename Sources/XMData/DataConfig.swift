// The recipe's `data` section: named sources of text and conversations, and how they are mixed.
// SPDX-License-Identifier: Apache-2.0

/// `data.sources[]`: one named source.
package struct SourceConfig: Codable, Sendable, Equatable {
    package enum Format: String, Codable, Sendable, CaseIterable {
        /// Each file is one document (.txt, .md); UTF-8 or ISO-8859-1, CRLF becomes LF.
        case text
        /// JSON Lines: the text field `field` of each line is a document.
        case jsonl
        /// JSON Lines or a JSON list of question/answer records (fields `question`, `answer`), as conversations.
        case qa
        /// JSON Lines or a JSON list of instruction/input/output records, as conversations.
        case instruction
        /// JSON Lines or a JSON list of records with a list `messages` of {role, content}.
        case messages
    }

    /// The name that mixtures and reports use.
    package var name: String
    /// Files or folders, relative to the data root (or absolute). A folder means its .txt, .md and .jsonl files.
    package var files: [String]
    package var format: Format
    /// Text field of `jsonl`. Default "text".
    package var field: String?
    /// Conversations only: whether only the answers are predicted. Default false, as the paper's decay stage.
    package var maskPrompt: Bool?

    package init(name: String, files: [String], format: Format, field: String? = nil, maskPrompt: Bool? = nil) {
        (self.name, self.files, self.format, self.field, self.maskPrompt) = (name, files, format, field, maskPrompt)
    }

    enum CodingKeys: String, CodingKey {
        case name, files, format, field
        case maskPrompt = "mask_prompt"
    }
}

/// `data`: everything a run reads.
package struct DataConfig: Codable, Sendable, Equatable {
    /// SentencePiece model file, relative to the data root (or absolute).
    package var tokenizer: String
    package var sources: [SourceConfig]
    /// Text that is only measured, by name: the same forms as a source. Default none.
    package var validation: [SourceConfig]?

    package init(tokenizer: String, sources: [SourceConfig], validation: [SourceConfig]? = nil) {
        (self.tokenizer, self.sources, self.validation) = (tokenizer, sources, validation)
    }
}
