// A task as its YAML file describes it, with the keys of lm-evaluation-harness (docs/adding-a-task.md lists them). A
// file may define one task for each subject of a dataset, or a group of tasks. Unknown keys are errors.
// Next: TaskLibrary.swift finds the files, EvalTask.swift joins a definition with its documents.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// What a file of `Resources/tasks` holds.
enum TaskFile: Decodable {
    case task(TaskDefinition)
    case group(TaskGroup)

    private enum CodingKeys: String, CodingKey { case group }

    init(from decoder: any Decoder) throws {
        if try decoder.container(keyedBy: CodingKeys.self).contains(.group) {
            self = .group(try TaskGroup(from: decoder))
        } else {
            self = .task(try TaskDefinition(from: decoder))
        }
    }
}

/// What the model is asked for.
package enum OutputType: String, Decodable, Sendable, CaseIterable {
    /// The log probability of every choice behind the prompt.
    case multipleChoice = "multiple_choice"
    /// The log probability of the target behind the prompt.
    case loglikelihood
    /// The log probability of a whole text.
    case rolling = "loglikelihood_rolling"
    case generate = "generate_until"
}

package struct TaskDefinition: Decodable, Sendable {
    /// The name by which a user asks for it.
    package var task: String
    /// A short name for tables.
    package var alias: String?
    /// Groups that list this task by a tag.
    package var tag: [String] = []
    /// A dataset of `DatasetTable`, or the path of a file of the user's.
    package var dataset: String
    /// The subset of the dataset, such as a subject of MMLU.
    package var datasetName: String?
    /// One task for each subject of the dataset: in every text of the file, `{{subject}}` stands for its name and
    /// `{{subject_text}}` for the text beside it.
    package var subjects: Subjects?
    package var outputType: OutputType
    package var trainingSplit: String?
    package var validationSplit: String?
    package var testSplit: String?
    package var fewshotSplit: String?
    /// A named function that is applied to every document before anything else.
    package var processDocs: String?
    package var docToText: TaskField
    package var docToTarget: TaskField
    package var docToChoice: TaskField?
    package var description = ""
    package var targetDelimiter = " "
    package var fewshotDelimiter = "\n\n"
    /// Text that begins the answer; only prompts have it.
    package var genPrefix: String?
    package var numFewshot = 0
    package var fewshotConfig = FewshotConfig()
    package var generation = GenerationSettings()
    package var repeats = 1
    package var filters = [FilterPipeline(name: "none", steps: [FilterStep(function: .takeFirst)])]
    package var metrics: [MetricEntry]
    /// Field of a document that names what it belongs to, such as a passage with several questions: documents of one
    /// cluster are not independent, and the clustered error counts them together.
    package var clusterBy: String?
    /// Whether answers are programs that are run.
    package var runsCode: Bool { metrics.contains { $0.metric.runsCode } }
    package var version = "0"

    private enum CodingKeys: String, CodingKey {
        case task, alias = "task_alias", tag, dataset, datasetName = "dataset_name", subjects
        case outputType = "output_type", trainingSplit = "training_split", validationSplit = "validation_split"
        case testSplit = "test_split", fewshotSplit = "fewshot_split", processDocs = "process_docs"
        case docToText = "doc_to_text", docToTarget = "doc_to_target", docToChoice = "doc_to_choice", description
        case targetDelimiter = "target_delimiter", fewshotDelimiter = "fewshot_delimiter", genPrefix = "gen_prefix"
        case numFewshot = "num_fewshot", fewshotConfig = "fewshot_config", generation = "generation_kwargs", repeats
        case filters = "filter_list", metrics = "metric_list"
        case clusterBy = "cluster_by", metadata
    }

    private struct Metadata: Decodable { let version: String }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        task = try keys.decode(String.self, forKey: .task)
        dataset = try keys.decode(String.self, forKey: .dataset)
        outputType = try keys.decode(OutputType.self, forKey: .outputType)
        docToText = try keys.decode(TaskField.self, forKey: .docToText)
        docToTarget = try keys.decode(TaskField.self, forKey: .docToTarget)
        metrics = try keys.decode([MetricEntry].self, forKey: .metrics)
        try keys.read(&alias, .alias)
        var tags = TextOrList([])
        try keys.read(&tags, .tag)
        tag = tags.values
        try keys.read(&datasetName, .datasetName)
        try keys.read(&subjects, .subjects)
        try keys.read(&trainingSplit, .trainingSplit)
        try keys.read(&validationSplit, .validationSplit)
        try keys.read(&testSplit, .testSplit)
        try keys.read(&fewshotSplit, .fewshotSplit)
        try keys.read(&processDocs, .processDocs)
        try keys.read(&docToChoice, .docToChoice)
        try keys.read(&description, .description)
        try keys.read(&targetDelimiter, .targetDelimiter)
        try keys.read(&fewshotDelimiter, .fewshotDelimiter)
        try keys.read(&genPrefix, .genPrefix)
        try keys.read(&numFewshot, .numFewshot)
        try keys.read(&fewshotConfig, .fewshotConfig)
        try keys.read(&generation, .generation)
        try keys.read(&repeats, .repeats)
        try keys.read(&filters, .filters)
        try keys.read(&clusterBy, .clusterBy)
        if let metadata = try keys.decodeIfPresent(Metadata.self, forKey: .metadata) { version = metadata.version }
    }

    /// The split that is evaluated.
    package var evaluatedSplit: String? { testSplit ?? validationSplit }

    /// The split that examples are taken from.
    package var examplesSplit: String? { fewshotSplit ?? trainingSplit ?? validationSplit }
}

/// A YAML value that is one text or a list of texts.
struct TextOrList: Decodable {
    let values: [String]

    init(_ values: [String]) { self.values = values }

    init(from decoder: any Decoder) throws {
        if let list = try? [String](from: decoder) {
            values = list
        } else {
            values = [try String(from: decoder)]
        }
    }
}

/// Subjects of a dataset: a list of names, or a mapping from names to texts.
package struct Subjects: Decodable, Sendable {
    package let entries: [(name: String, text: String)]

    package init(from decoder: any Decoder) throws {
        if let names = try? [String](from: decoder) {
            entries = names.map { ($0, $0.replacing("_", with: " ")) }
        } else {
            entries = try [String: String](from: decoder).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
    }
}

extension TaskDefinition {
    /// The tasks of the file: one, or one for each subject.
    var expanded: [TaskDefinition] {
        guard let subjects else { return [self] }
        return subjects.entries.map { name, text in
            func filled(_ source: String) -> String {
                source.replacing("{{subject}}", with: name).replacing("{{subject_text}}", with: text)
            }
            var result = self
            result.subjects = nil
            result.task = filled(task)
            result.alias = alias.map(filled) ?? name
            result.tag = tag.map(filled)
            result.dataset = filled(dataset)
            result.datasetName = datasetName.map(filled)
            result.description = filled(description)
            result.docToText = docToText.mapped(filled)
            result.docToTarget = docToTarget.mapped(filled)
            result.docToChoice = docToChoice?.mapped(filled)
            result.fewshotConfig.docToText = fewshotConfig.docToText?.mapped(filled)
            result.fewshotConfig.docToTarget = fewshotConfig.docToTarget?.mapped(filled)
            result.fewshotConfig.docToChoice = fewshotConfig.docToChoice?.mapped(filled)
            return result
        }
    }
}

/// A field of a task: a constant, a list, a template over the document, or a named function of it. A template that is
/// exactly the name of a field means that field's value, whatever its type.
package enum TaskField: Decodable, Sendable {
    case number(Int)
    case template(String)
    case list([String])
    /// `{function: NAME}`
    case function(String)

    private enum CodingKeys: String, CodingKey { case function }

    package init(from decoder: any Decoder) throws {
        if let keys = try? decoder.container(keyedBy: CodingKeys.self) {
            self = .function(try keys.decode(String.self, forKey: .function))
            return
        }
        if let list = try? [String](from: decoder) {
            self = .list(list)
        } else if let number = try? Int(from: decoder) {
            self = .number(number)
        } else {
            self = .template(try String(from: decoder))
        }
    }

    func mapped(_ change: (String) -> String) -> TaskField {
        switch self {
        case .number, .function: self
        case .template(let source): .template(change(source))
        case .list(let values): .list(values.map(change))
        }
    }
}

/// Where examples come from and in which order.
package struct FewshotConfig: Decodable, Sendable {
    package enum Sampler: String, Decodable, Sendable, CaseIterable {
        /// Drawn anew for each document, as Python's `random.Random(1234).sample` does.
        case random = "default"
        case firstN = "first_n"
    }

    package var sampler = Sampler.random
    /// Places in the split of the documents to use; nil: all.
    package var indices: [Int]?
    package var docToText: TaskField?
    package var docToTarget: TaskField?
    package var docToChoice: TaskField?
    package var targetDelimiter: String?
    package var fewshotDelimiter: String?

    private enum CodingKeys: String, CodingKey {
        case sampler, indices = "fewshot_indices", docToText = "doc_to_text", docToTarget = "doc_to_target",
            docToChoice = "doc_to_choice"
        case targetDelimiter = "target_delimiter", fewshotDelimiter = "fewshot_delimiter"
    }

    init() {}

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&sampler, .sampler)
        try keys.read(&indices, .indices)
        try keys.read(&docToText, .docToText)
        try keys.read(&docToTarget, .docToTarget)
        try keys.read(&docToChoice, .docToChoice)
        try keys.read(&targetDelimiter, .targetDelimiter)
        try keys.read(&fewshotDelimiter, .fewshotDelimiter)
    }
}

/// How an answer is generated.
package struct GenerationSettings: Codable, Sendable, Equatable {
    /// The answer ends before the first of these.
    package var until: [String] = []
    package var maxTokens = 256
    /// A limit on prompt and answer together, as bigcode-evaluation-harness counts; nil: `maxTokens` alone counts.
    package var maxLength: Int?
    package var isSampled = false
    /// These count only where answers are sampled; nil: 1, the model's own distribution, and no restriction.
    package var temperature: Double?
    package var topP: Double?
    package var topK: Int?

    enum CodingKeys: String, CodingKey {
        case until, maxTokens = "max_gen_toks", maxLength = "max_length", isSampled = "do_sample"
        case temperature, topP = "top_p", topK = "top_k"
    }

    init() {}

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        var texts = TextOrList([])
        try keys.read(&texts, .until)
        until = texts.values
        try keys.read(&maxTokens, .maxTokens)
        try keys.read(&maxLength, .maxLength)
        try keys.read(&isSampled, .isSampled)
        try keys.read(&temperature, .temperature)
        try keys.read(&topP, .topP)
        try keys.read(&topK, .topK)
    }
}

/// Tasks that are reported together.
package struct TaskGroup: Decodable, Sendable {
    package var group: String
    package var alias: String?
    /// Names of tasks and groups, and tags of tasks.
    package var task: [String]
    package var aggregates: [AggregateMetric] = []
    package var version = "0"

    private enum CodingKeys: String, CodingKey {
        case group, alias = "group_alias", task, aggregates = "aggregate_metric_list", metadata
    }

    private struct Metadata: Decodable { let version: String }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        group = try keys.decode(String.self, forKey: .group)
        task = try keys.decode(TextOrList.self, forKey: .task).values
        try keys.read(&alias, .alias)
        try keys.read(&aggregates, .aggregates)
        if let metadata = try keys.decodeIfPresent(Metadata.self, forKey: .metadata) { version = metadata.version }
    }
}

/// One value for a whole group.
package struct AggregateMetric: Decodable, Sendable {
    package var metric: String
    /// Of which filters; all where it is empty.
    package var filters: [String] = []
    /// Tasks count by their number of documents, or each the same.
    package var weightBySize = true

    private enum CodingKeys: String, CodingKey { case metric, filters = "filter_list", weightBySize = "weight_by_size" }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        metric = try keys.decode(String.self, forKey: .metric)
        var names = TextOrList([])
        try keys.read(&names, .filters)
        filters = names.values
        try keys.read(&weightBySize, .weightBySize)
    }
}
