// A task that is ready to be asked: its definition with compiled templates, its documents and its examples. It turns
// each document into questions and knows the gold answers. Scoring is in Scoring/.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport
package import XMTokenizer

package struct EvalTask: Sendable {
    package let definition: TaskDefinition
    package let documents: [JSONObject]
    /// Number of examples in front of each question.
    package let shots: Int
    /// The files that documents and examples came from.
    package let files: [DatasetTable.KnownFile]
    private let examples: [JSONObject]
    private let text: TaskTemplate
    private let target: TaskTemplate
    private let choices: TaskTemplate?
    private let description: TaskTemplate
    private let genPrefix: TaskTemplate?
    private let exampleText: TaskTemplate
    private let exampleTarget: TaskTemplate
    private let exampleChoices: TaskTemplate?
    /// `doc_to_text` names a choice: the choices are contexts and the target is the continuation.
    package let hasSeveralContexts: Bool

    /// - Parameter examples: the documents that examples are taken from; empty where none are needed.
    /// - Throws: `EvalTaskError`, naming the task.
    package init(
        _ definition: TaskDefinition, documents: [JSONObject], examples: [JSONObject], shots: Int,
        files: [DatasetTable.KnownFile] = []
    ) throws {
        (self.definition, self.files) = (definition, files)
        (self.documents, self.examples, self.shots) = (documents, examples, shots)
        do {
            let fewshot = definition.fewshotConfig
            text = try TaskTemplate(definition.docToText, key: "doc_to_text")
            target = try TaskTemplate(definition.docToTarget, key: "doc_to_target")
            choices = try definition.docToChoice.map { try TaskTemplate($0, key: "doc_to_choice") }
            description = try TaskTemplate(definition.description, key: "description")
            genPrefix = try definition.genPrefix.map { try TaskTemplate($0, key: "gen_prefix") }
            exampleText = try fewshot.docToText.map { try TaskTemplate($0, key: "doc_to_text") } ?? text
            exampleTarget = try fewshot.docToTarget.map { try TaskTemplate($0, key: "doc_to_target") } ?? target
            exampleChoices = try fewshot.docToChoice.map { try TaskTemplate($0, key: "doc_to_choice") } ?? choices
        } catch { throw EvalTaskError.failed(task: definition.task, row: nil, reason: "\(error)") }
        guard let first = documents.first else { throw EvalTaskError.noDocuments(task: definition.task) }
        do {
            let question = try text.literal(TemplateDocument(first), readsDigits: choices != nil)
            if definition.outputType == .multipleChoice, case .int = question {
                hasSeveralContexts = true
            } else {
                hasSeveralContexts = false
            }
        } catch { throw EvalTaskError.failed(task: definition.task, row: 0, reason: "\(error)") }
    }

    /// Calls `body`; what it throws names the task and the row.
    private func asking<R>(_ row: Int, _ body: (Self) throws -> R) throws -> R {
        do {
            return try body(self)
        } catch let error as EvalTaskError {
            throw error
        } catch { throw EvalTaskError.failed(task: definition.task, row: row, reason: "\(error)") }
    }

    private func document(_ row: Int) throws -> TemplateDocument { try TemplateDocument(documents[row]) }

    // MARK: - Gold

    /// The target as the task writes it: a text, the number of a choice, or a list of either.
    package func target(of row: Int) throws -> JinjaValue {
        try asking(row) { try $0.target.literal($0.document(row), readsDigits: $0.choices != nil) }
    }

    /// Texts of the choices.
    package func choices(of row: Int) throws -> [String] {
        try asking(row) { try $0.texts(of: $0.choices, $0.document(row)) }
    }

    /// Numbers of the right choices.
    package func gold(of row: Int) throws -> [Int] {
        try asking(row) { task in
            let document = try task.document(row)
            let choices = try task.texts(of: task.choices, document)
            let value = try (task.hasSeveralContexts ? task.text : task.target).literal(document, readsDigits: true)
            let values: [JinjaValue] = if case .list(let list) = value { list.items } else { [value] }
            let gold = values.compactMap { value -> Int? in
                if case .int(let number) = value { return number }
                return choices.firstIndex { $0.utf8.elementsEqual(value.pythonText.string.utf8) }
            }
            guard gold.count == values.count, !gold.isEmpty, gold.allSatisfy(choices.indices.contains) else {
                throw EvalTaskError.noGold(
                    task: task.definition.task, row: row, found: value.pythonText.string, choices: choices.count)
            }
            return gold
        }
    }

    /// Texts that count as the right answer.
    package func goldTexts(of row: Int) throws -> [String] {
        let target = try target(of: row)
        if case .list(let list) = target { return list.items.map(\.pythonText.string) }
        if case .int(let number) = target, choices != nil {
            let choices = try choices(of: row)
            guard choices.indices.contains(number) else {
                throw EvalTaskError.noGold(
                    task: definition.task, row: row, found: "\(number)", choices: choices.count)
            }
            return [choices[number]]
        }
        return [target.pythonText.string]
    }

    /// The document's `doc_to_text`, without description and examples.
    package func question(of row: Int) throws -> String {
        try asking(row) { try $0.text.text($0.document(row)) }
    }

    /// The text by whose words and bytes a perplexity is measured: a field, or the text that is scored.
    package func countedText(of row: Int, field: String?) throws -> String {
        try asking(row) { task in
            guard let field else { return try task.target.text(task.document(row)) }
            guard let text = task.documents[row][field]?.string else {
                throw TemplateError(key: "counted_field", reason: "the document has no text '\(field)'")
            }
            return text
        }
    }

    private func texts(of template: TaskTemplate?, _ document: TemplateDocument) throws -> [String] {
        guard let template else { throw TemplateError(key: "doc_to_choice", reason: "is missing; add it") }
        guard case .list(let list) = try template.literal(document, readsDigits: false), !list.items.isEmpty else {
            throw TemplateError(key: "doc_to_choice", reason: "gives no list of choices")
        }
        return list.items.map(\.pythonText.string)
    }

    // MARK: - Questions

    /// How prompts are written for the model.
    package enum PromptStyle: Sendable {
        case plain
        /// As a dialogue; `multiturn`: examples are turns of their own.
        case chat(ChatTemplate, multiturn: Bool)
    }

    /// The questions about each of the first `limit` documents, in the documents' order.
    package func instances(limit: Int?, style: PromptStyle) throws -> [[Instance]] {
        var sampler = FewshotSampler(examples, definition.fewshotConfig.sampler)
        // lm-evaluation-harness compares the keys as they are written, so that tasks with neither draw one more, too.
        let excludesItself =
            shots > 0
            && (definition.fewshotSplit == definition.testSplit
                || definition.examplesSplit == definition.evaluatedSplit)
        return try documents.prefix(limit ?? documents.count).indices.map { row in
            try asking(row) { task in
                let drawn = try sampler.next(task.shots, excluding: excludesItself ? task.documents[row] : nil)
                let questions = try task.questions(row, examples: drawn, style)
                let repeats = definition.outputType == .generate ? definition.repeats : 1
                return questions.flatMap { question in
                    (0..<repeats).map { Instance(documentID: row, question: question, repetition: $0) }
                }
            }
        }
    }

    private func questions(_ row: Int, examples: [JSONObject], _ style: PromptStyle) throws -> [Question] {
        let document = try document(row)
        if definition.outputType == .rolling { return [.rolling(text: try target.text(document))] }
        let messages = try opening(document, examples)
        let prefix = try genPrefix?.text(document) ?? ""
        func context(_ question: String) throws -> String {
            var all = messages
            let delimiter = question.needsDelimiter(before: prefix) ? definition.targetDelimiter : ""
            all.append(PromptMessage(role: "user", content: question, delimiter: delimiter))
            if !prefix.isEmpty { all.append(PromptMessage(role: "assistant", content: prefix)) }
            return try written(all, style, hasPrefix: !prefix.isEmpty)
        }
        switch definition.outputType {
        case .generate:
            return [.generate(context: try context(text.text(document)), settings: definition.generation)]
        case .loglikelihood:
            return [
                .loglikelihood(context: try context(text.text(document)), continuation: try target.text(document))
            ]
        case .multipleChoice:
            let choices = try texts(of: choices, document)
            let delimiter = delimiter(style, prefix)
            if hasSeveralContexts {
                let continuation = delimiter + (try target.text(document))
                return try choices.map { .loglikelihood(context: try context($0), continuation: continuation) }
            }
            let context = try context(text.text(document))
            return choices.map { .loglikelihood(context: context, continuation: delimiter + $0) }
        case .rolling: preconditionFailure("handled above")
        }
    }

    /// Between the prompt and a choice. A chat template has separated them already.
    private func delimiter(_ style: PromptStyle, _ prefix: String) -> String {
        guard case .chat = style else { return definition.targetDelimiter }
        guard let last = prefix.unicodeScalars.last, !PythonText.isBlank(last) else { return "" }
        return definition.targetDelimiter
    }

    /// Description and examples.
    private func opening(_ document: TemplateDocument, _ examples: [JSONObject]) throws -> [PromptMessage] {
        let fewshot = definition.fewshotConfig
        var messages: [PromptMessage] = []
        let description = try description.text(document)
        if !description.isEmpty { messages.append(PromptMessage(role: "system", content: description)) }
        for example in examples {
            let shown = try TemplateDocument(example)
            var question = try exampleText.literal(shown, readsDigits: exampleChoices != nil)
            if hasSeveralContexts, case .int(let number) = question {
                question = .string(try texts(of: exampleChoices, shown)[number])
            }
            let answer = try answer(of: shown)
            messages.append(
                PromptMessage(
                    role: "user", content: question.pythonText.string,
                    delimiter: answer.isEmpty ? "" : fewshot.targetDelimiter ?? definition.targetDelimiter))
            guard !answer.isEmpty else { continue }
            messages.append(
                PromptMessage(
                    role: "assistant", content: answer,
                    delimiter: fewshot.fewshotDelimiter ?? definition.fewshotDelimiter))
        }
        return messages
    }

    /// The answer of an example; of several the first.
    private func answer(of document: TemplateDocument) throws -> String {
        let value = try exampleTarget.literal(document, readsDigits: exampleChoices != nil)
        switch value {
        case .int(let number) where exampleChoices != nil && !hasSeveralContexts:
            let choices = try texts(of: exampleChoices, document)
            guard choices.indices.contains(number) else {
                throw TemplateError(key: "doc_to_target", reason: "gives choice \(number) of \(choices.count)")
            }
            return choices[number]
        case .list(let list): return list.items.first?.pythonText.string ?? ""
        default: return value.pythonText.string
        }
    }

    private func written(_ messages: [PromptMessage], _ style: PromptStyle, hasPrefix: Bool) throws -> String {
        switch style {
        case .plain: return messages.plainText
        case .chat(let template, let multiturn):
            let dialogue = messages.chatMessages(multiturn: multiturn)
            return try template.render(dialogue, addGenerationPrompt: !hasPrefix)
        }
    }
}

extension String {
    /// Whether neither of the two has white space where they meet.
    fileprivate func needsDelimiter(before suffix: String) -> Bool {
        guard let last = unicodeScalars.last, let first = suffix.unicodeScalars.first else { return false }
        return !PythonText.isBlank(last) && !PythonText.isBlank(first)
    }
}

package enum EvalTaskError: Error, CustomStringConvertible, Equatable {
    /// `row` counts from 0, as `doc_id` does.
    case failed(task: String, row: Int?, reason: String)
    case noDocuments(task: String)
    case noGold(task: String, row: Int, found: String, choices: Int)

    package var description: String {
        switch self {
        case .failed(let task, let row, let reason):
            "\(task)\(row.map { ", document \($0)" } ?? ""): \(reason)"
        case .noDocuments(let task): "\(task): its split has no documents; check the data file"
        case .noGold(let task, let row, let found, let choices):
            "\(task), document \(row): the gold answer is '\(found)' and there are \(choices) choices; correct the row"
        }
    }
}
