// Small tasks over files that tests write, and models that answer their questions.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMEval
import XMInference
import XMSupport
import XMTensor
import XMTestSupport
import XMTokenizer

/// A folder with task files and data, which goes with the value.
struct TaskFixture {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Four questions with two choices.
    static let rows = """
        {"question": "Is ice cold", "choices": ["no", "yes"], "answer": 1}
        {"question": "Do stones swim", "choices": ["no", "yes"], "answer": 0}
        {"question": "Is 7 odd", "choices": ["no", "yes"], "answer": 1}
        {"question": "Does rain burn", "choices": ["no", "yes"], "answer": 0}

        """

    static let choiceTask = """
        task: pairs
        dataset: pairs.jsonl
        output_type: multiple_choice
        test_split: test
        doc_to_text: "Question: {{question}}?\\nAnswer:"
        doc_to_target: answer
        doc_to_choice: choices
        metric_list:
          - metric: acc
          - metric: acc_norm

        """

    static let generationTask = """
        task: words
        dataset: pairs.jsonl
        output_type: generate_until
        test_split: test
        doc_to_text: "{{question}}:"
        doc_to_target: "{{choices[answer]}}"
        generation_kwargs:
          until: ["\\n"]
          max_gen_toks: 6
        metric_list:
          - metric: exact_match
            ignore_case: true

        """

    /// Writes a task's file and its data; loads the task.
    func task(_ yaml: String, rows: String = TaskFixture.rows, shots: Int? = nil) throws -> EvalTask {
        let table = try DatasetTable(TaskLibrary.bundledFolder().appending(path: "datasets"))
        return try TaskLoader(table, roots: []).load(try definition(yaml, rows: rows), shots: shots)
    }

    func definition(_ yaml: String, rows: String = TaskFixture.rows) throws -> TaskDefinition {
        _ = try folder.file("pairs.jsonl", rows)
        let file = try folder.file("task-\(UUID().uuidString).yaml", yaml)
        var library = try TaskLibrary(folder.url)
        return try library.resolve([file.path]).tasks[0]
    }

    /// A small model with random weights, run by `slots` sequences at once.
    func model(slots: Int, context: Int = 256) throws -> EngineModel {
        let place = folder.url.appending(path: "model")
        if !FileManager.default.fileExists(atPath: place.path) {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try TinyModelFolder.write(to: place)
        }
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        return EngineModel(
            try LoadedModel(
                ModelBundle(place.path), backend: backend, shape: EngineShape(slots: slots, capacity: context)))
    }
}

extension RequestEncoder {
    /// For a model in a test.
    init(_ model: any LanguageModel, withBOS: Bool = false) {
        self.init(
            model.tokenizer, contextLength: model.contextLength, withBOS: withBOS, stopIDs: model.stopIDs,
            weightsDigest: model.identity.weightsDigest, numerics: "f32")
    }
}
