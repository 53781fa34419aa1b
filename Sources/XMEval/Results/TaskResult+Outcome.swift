// Scores of tasks and groups from the metrics of their documents.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

extension TaskResult {
    package init(_ outcome: TaskOutcome) throws {
        let definition = outcome.task.definition
        self.init(
            name: definition.task, alias: definition.alias,
            scores: outcome.scores.flatMap { Self.scores(of: $0, outcome.task) },
            documents: Documents(original: outcome.task.documents.count, effective: outcome.instances.count),
            version: .string(definition.version), shots: outcome.task.shots,
            configuration: definition.configuration)
        calibration = CalibrationSummary((outcome.scores.first ?? []).compactMap(\.question))
    }

    /// One score for each metric that the documents have.
    private static func scores(of documents: [DocumentScore], _ task: EvalTask) -> [Score] {
        guard let first = documents.first else { return [] }
        let definition = task.definition
        let clusters = definition.clusterBy.map { task.clusters(of: documents.map(\.documentID), by: $0) }
        return first.metrics.indices.map { place in
            let name = first.metrics[place].name
            let values = documents.map { $0.metrics[place].value }
            let metric = definition.metrics.first { $0.name == name }?.metric ?? .passAtK
            if let weighted = metric.weighted {
                return Score(
                    weighted, documents: values.map { .init(logLikelihood: $0.value, weight: $0.weight) })
            }
            return Score(
                metric: name, filter: first.filter, values: values.map(\.value), clusters: clusters,
                higherIsBetter: metric.isHigherBetter)
        }
    }

    /// A group over those of its tasks that were evaluated.
    package init(_ resolved: ResolvedGroup, _ tasks: [TaskResult]) {
        let group = resolved.group
        let own = tasks.filter { resolved.tasks.contains($0.name) }
        self.init(
            name: group.group, alias: group.alias,
            scores: group.aggregates.flatMap { Self.scores(of: $0, own) }, version: .string(group.version),
            members: resolved.members)
    }

    /// The aggregate for each filter that tasks have it under, in their order.
    private static func scores(of aggregate: AggregateMetric, _ tasks: [TaskResult]) -> [Score] {
        let found = tasks.flatMap { task in
            task.scores.filter { score in
                score.metric == aggregate.metric
                    && (aggregate.filters.isEmpty || aggregate.filters.contains(score.filter))
            }.map { (score: $0, count: task.documents?.effective ?? 0) }
        }
        var filters: [String] = []
        for (score, _) in found where !filters.contains(score.filter) { filters.append(score.filter) }
        return filters.map { filter in
            let parts = found.filter { $0.score.filter == filter }
            let estimates = parts.map {
                MeanEstimate(mean: $0.score.value, standardError: $0.score.standardError, count: $0.count)
            }
            let whole = aggregate.weightBySize ? MeanEstimate(pooling: estimates) : MeanEstimate(averaging: estimates)
            return Score(
                metric: aggregate.metric, filter: filter, value: whole.mean, standardError: whole.standardError,
                interval: whole.interval(), higherIsBetter: parts[0].score.higherIsBetter)
        }
    }
}

extension EvalTask {
    /// A number for each document; documents with the same value of `field` have the same one.
    fileprivate func clusters(of rows: [Int], by field: String) -> [Int] {
        var numbers: [[UInt8]: Int] = [:]
        return rows.map { row in
            let value = Array((documents[row][field] ?? .null).text.utf8)
            let number = numbers[value] ?? numbers.count
            numbers[value] = number
            return number
        }
    }
}

extension TaskDefinition {
    /// What results files say about the task.
    fileprivate var configuration: JSONObject {
        var object: JSONObject = [
            "task": .string(task), "dataset_path": .string(dataset), "output_type": .string(outputType.rawValue),
            "num_fewshot": .integer(numFewshot), "description": .string(description),
            "target_delimiter": .string(targetDelimiter), "fewshot_delimiter": .string(fewshotDelimiter),
            "repeats": .integer(repeats), "metadata": .object(["version": .string(version)]),
        ]
        let optional = [
            ("dataset_name", datasetName), ("training_split", trainingSplit), ("validation_split", validationSplit),
            ("test_split", testSplit), ("fewshot_split", fewshotSplit), ("process_docs", processDocs),
        ]
        for case (let key, let value?) in optional { object.append(key, .string(value)) }
        return object
    }
}
