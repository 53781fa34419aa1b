// Which template a subcommand puts conversations into, and what the template reads besides them.
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

    /// The template that was asked for, else the model's; nil is no model, for templates that are looked at alone.
    func template(of model: ModelBundle?) throws -> ChatTemplate {
        var template = try chosen(model)
        template.options = try options()
        return template
    }

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
