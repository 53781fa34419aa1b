// The options that select a chat template, and the variables it reads besides the conversation.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMTokenizer

struct ChatTemplateOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A chat template in Jinja, in place of the model's own.", valueName: "file"))
    var chatTemplate: String?

    @Option(
        help: ArgumentHelp(
            #"What the template reads besides the conversation, such as {"enable_thinking": false}."#, valueName: "json"
        ))
    var templateOptions: String?

    var isEmpty: Bool { chatTemplate == nil && templateOptions == nil }

    func validate() throws { _ = try options() }

    /// The template given by option, else the model's own. `model` is nil for commands that need only a template.
    /// Throws `CommandError.noTemplate` if there is neither.
    func template(of model: ModelBundle?) throws -> ChatTemplate {
        var template = try chosen(model)
        template.options = try options()
        return template
    }

    // Without a model there are no special tokens, and BOS and EOS are empty.
    private func chosen(_ model: ModelBundle?) throws -> ChatTemplate {
        if let chatTemplate {
            let source = try InputFile.text(chatTemplate)
            guard let model else { return try ChatTemplate(source: source, bos: "", eos: "") }
            return try ChatTemplate(source: source, tokenizer: model.tokenizer)
        }
        guard let template = model?.chatTemplate else {
            throw CommandError.noTemplate(model: model?.url.path ?? "the model")
        }
        return template
    }

    private func options() throws -> [String: JinjaValue] {
        guard let templateOptions else { return [:] }
        guard case .dict(let dict)? = try? JinjaValue(json: templateOptions) else {
            throw ValidationError(
                "--template-options is \(templateOptions); give a JSON object, such as {\"enable_thinking\": false}")
        }
        return Dictionary(dict.named.map { ($0.key, $0.value) }) { $1 }
    }
}
