// The results file as JSON: what a task knows is spread over the harness's tables, each keyed by task.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMSupport

extension ResultsFile {
    package var json: JSONObject {
        func table(_ value: (TaskResult) -> JSONValue?) -> JSONValue {
            .object(JSONObject(tasks.compactMap { task in value(task).map { (key: task.name, value: $0) } }))
        }
        let groups = tasks.filter { $0.members != nil && !$0.scores.isEmpty }
        var object: JSONObject = ["results": table { .object($0.metrics) }]
        if !groups.isEmpty {
            object.append("groups", .object(JSONObject(groups.map { (key: $0.name, value: .object($0.metrics)) })))
        }
        func text(_ string: String?) -> JSONValue { string.map { .string($0) } ?? .null }
        func hash(_ string: String?) -> JSONValue { string.map { .string(SHA256.hex(of: Data($0.utf8))) } ?? .null }
        let members: JSONObject = [
            "group_subtasks": table { $0.members.map { .array($0.map { .string($0) }) } },
            "configs": table { $0.configuration.map { .object($0) } },
            "versions": table(\.version),
            "n-shot": table { $0.shots.map { .integer($0) } },
            "higher_is_better": table { .object($0.directions) },
            "n-samples": table { task in
                guard let documents = task.documents, task.members == nil else { return nil }
                return .object(
                    ["original": .integer(documents.original), "effective": .integer(documents.effective)])
            },
            "config": .object(configuration), "git_hash": text(gitHash), "date": .double(date),
            "eot_token_id": endToken.map { .integer($0) } ?? .null,
            "max_length": contextLength.map { .integer($0) } ?? .null,
            "task_hashes": table { $0.hash.map { .string($0) } },
            "model_source": .string(modelSource), "model_name": .string(modelName),
            "model_name_sanitized": .string(Self.sanitized(modelName)),
            "system_instruction": text(systemInstruction), "system_instruction_sha": hash(systemInstruction),
            "fewshot_as_multiturn": .bool(fewshotAsMultiturn), "chat_template": text(chatTemplate),
            "chat_template_sha": hash(chatTemplate),
            "total_evaluation_time_seconds": .string(Sample.pythonText(evaluationSeconds)),
            "xmodel": .object(extras),
        ]
        return JSONObject(object.members + members.members)
    }

    /// Facts, then intervals and clustered errors by task and metric, then the loss by token.
    private var extras: JSONObject {
        var extras = facts
        let scores = tasks.compactMap { task -> (key: String, value: JSONValue)? in
            let scores = task.scores.compactMap { score in score.extras.map { (key: score.key, value: $0) } }
            return scores.isEmpty ? nil : (task.name, .object(JSONObject(scores)))
        }
        extras.append(Self.scoresKey, .object(JSONObject(scores)))
        if !lossByToken.isEmpty { extras.append(Self.lossKey, .array(lossByToken.map { .double($0) })) }
        return extras
    }

    private static let (scoresKey, lossKey) = ("scores", "loss_by_token")

    /// Throws the name of the member without which there is nothing to show. The harness leaves some members out and
    /// has more than these; neither is an error.
    init(json: JSONObject) throws(MissingMember) {
        guard let results = json["results"]?.object else { throw MissingMember(key: "results") }
        let extras = json["xmodel"]?.object ?? [:]
        var tasks: [TaskResult] = []
        for (name, value) in results {
            guard let metrics = value.object else { throw MissingMember(key: "results.\(name)") }
            let samples = json["n-samples"]?[name]
            let length = metrics["sample_len"]?.integer
            var task = TaskResult(name: name, alias: metrics["alias"]?.string, scores: [])
            task.members = json["group_subtasks"]?[name]?.array?.compactMap(\.string)
            task.documents = (samples?["effective"]?.integer ?? length).map {
                TaskResult.Documents(original: samples?["original"]?.integer ?? $0, effective: $0)
            }
            task.version = json["versions"]?[name] ?? .null
            task.shots = json["n-shot"]?[name]?.integer
            task.configuration = json["configs"]?[name]?.object
            task.hash = json["task_hashes"]?[name]?.string
            task.readScores(
                metrics, directions: json["higher_is_better"]?[name], extras: extras[Self.scoresKey]?[name])
            tasks.append(task)
        }
        guard !Self.isCircular(tasks) else { throw MissingMember(key: "group_subtasks") }
        self.init(
            tasks: Self.inTableOrder(tasks), date: json["date"]?.double ?? 0,
            modelSource: json["model_source"]?.string ?? "", modelName: json["model_name"]?.string ?? "",
            evaluationSeconds: (json["total_evaluation_time_seconds"]?.string).flatMap(Double.init) ?? 0)
        (configuration, gitHash) = (json["config"]?.object ?? [:], json["git_hash"]?.string)
        (systemInstruction, chatTemplate) = (json["system_instruction"]?.string, json["chat_template"]?.string)
        fewshotAsMultiturn = json["fewshot_as_multiturn"]?.bool ?? false
        (contextLength, endToken) = (json["max_length"]?.integer, json["eot_token_id"]?.integer)
        lossByToken = extras[Self.lossKey]?.array?.compactMap(\.double) ?? []
        facts = JSONObject(extras.filter { ![Self.scoresKey, Self.lossKey].contains($0.key) })
    }

    /// A group contains itself, perhaps through others: not what any program writes, but it would never end.
    private static func isCircular(_ tasks: [TaskResult]) -> Bool {
        var groups = tasks.filter { $0.members != nil }
        let isLowest = { (group: TaskResult) in
            !groups.contains { group.members?.contains($0.name) == true }
        }
        while let index = groups.firstIndex(where: isLowest) { groups.remove(at: index) }
        return !groups.isEmpty
    }

    /// Groups before their members, which the harness writes the other way round; else the order of the file.
    private static func inTableOrder(_ tasks: [TaskResult]) -> [TaskResult] {
        var rest = tasks
        var ordered: [TaskResult] = []
        func place(_ name: String) {
            guard let index = rest.firstIndex(where: { $0.name == name }) else { return }
            let task = rest.remove(at: index)
            // Its group, where that has not been placed, and its group's group, come first and bring it along.
            if let group = rest.first(where: { $0.members?.contains(name) == true }) {
                rest.append(task)
                return place(group.name)
            }
            ordered.append(task)
            for member in task.members ?? [] { place(member) }
        }
        for task in tasks { place(task.name) }
        return ordered
    }
}

extension TaskResult {
    private static let errorSuffix = "_stderr"

    /// `acc,none` and `acc_stderr,none` beside name, alias and sample_len. An error that is not known is "N/A".
    fileprivate var metrics: JSONObject {
        var object: JSONObject = ["name": .string(name), "alias": .string(alias)]
        if let documents { object.append("sample_len", .integer(documents.effective)) }
        for score in scores {
            object.append(score.key, .double(score.value))
            object.append(
                "\(score.metric)\(Self.errorSuffix),\(score.filter)",
                score.standardError.map { .double($0) } ?? .string("N/A"))
        }
        if members != nil, let documents, !scores.isEmpty {
            let counts = scores.map { (key: $0.key, value: JSONValue.integer(documents.effective)) }
            object.append("sample_count", .object(JSONObject(counts)))
        }
        return object
    }

    /// Metric by metric, whether higher is better.
    fileprivate var directions: JSONObject {
        var object = JSONObject()
        for score in scores where object[score.metric] == nil {
            object.append(score.metric, score.higherIsBetter.map { .bool($0) } ?? .null)
        }
        return object
    }

    fileprivate mutating func readScores(_ metrics: JSONObject, directions: JSONValue?, extras: JSONValue?) {
        for (key, value) in metrics {
            // A filter's name has no comma, a metric's may not have one either.
            guard let comma = key.utf8.firstIndex(of: UInt8(ascii: ",")) else { continue }
            let (metric, filter) = (String(key[..<comma]), String(key[key.utf8.index(after: comma)...]))
            guard !metric.utf8.reversed().starts(with: Self.errorSuffix.utf8.reversed()) else { continue }
            let error = metrics["\(metric)\(Self.errorSuffix),\(filter)"]?.double
            var score = Score(metric: metric, filter: filter, value: value.double ?? .nan, standardError: error)
            score.higherIsBetter = directions?[metric]?.bool
            score.clusteredError = extras?[key]?["clustered_stderr"]?.double
            if let low = extras?[key]?["low"]?.double, let high = extras?[key]?["high"]?.double, low <= high {
                score.interval = low...high
            } else {
                score.interval = Score.interval(
                    value: score.value, standardError: error, documents: documents?.effective)
            }
            scores.append(score)
        }
    }
}

extension TaskResult.Score {
    /// What the harness has no place for; nil where there is nothing.
    fileprivate var extras: JSONValue? {
        var object = JSONObject()
        if let interval, interval.lowerBound.isFinite, interval.upperBound.isFinite {
            object.append("low", .double(interval.lowerBound))
            object.append("high", .double(interval.upperBound))
        }
        if let clusteredError { object.append("clustered_stderr", .double(clusteredError)) }
        return object.isEmpty ? nil : .object(object)
    }
}
