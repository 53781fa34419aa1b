// The file tokenizer_config.json of Hugging Face models: special tokens and the chat template; keys keep their
// spelling there. HuggingFaceTokenizer.swift reads it beside tokenizer.json.
// SPDX-License-Identifier: Apache-2.0

package struct TokenizerConfigJSON: Decodable, Sendable {
    /// A token is a string, or an object whose `content` is the string.
    struct Token: Decodable, Sendable {
        let content: String

        private enum CodingKeys: String, CodingKey { case content }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                content = text
            } else {
                content = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .content)
            }
        }
    }

    /// A chat template is a string, or a list of named ones.
    struct Template: Decodable, Sendable {
        struct Named: Decodable {
            let name: String
            let template: String
        }

        /// The only one, or the one named "default".
        let source: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                source = text
                return
            }
            let named = try container.decode([Named].self)
            guard let chosen = named.first(where: { $0.name == "default" }) else {
                let names = named.map(\.name).joined(separator: ", ")
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "no template is named 'default' among: \(names)")
            }
            source = chosen.template
        }
    }

    let bos_token: Token?
    let eos_token: Token?
    let unk_token: Token?
    let pad_token: Token?
    let chat_template: Template?
    let add_bos_token: Bool?
}
