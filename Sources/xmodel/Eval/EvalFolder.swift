// The output folder of an evaluation: `responses.sqlite` with all answers, and for each model a folder of results and
// samples in the harness's layout. One program at a time writes into it.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMEval
import XMInference
import XMModel
import XMSupport
import XMTokenizer

struct EvalFolder {
    let url: URL
    /// When this run began.
    let began = Date()
    private let lock: FolderLock

    /// Throws `FolderLockError` if another program is writing there.
    init(_ url: URL) throws {
        try AtomicFolder.create(url)
        (self.url, lock) = (url, try FolderLock(url))
    }

    static let reportName = "report.html"

    var responses: URL { url.appending(path: "responses.sqlite") }

    /// The time in the names of this run's files.
    var date: String { ResultsFile.fileDate(began.timeIntervalSince1970) }

    /// Writes results and, if wanted, samples; returns what was written.
    func write(
        _ outcomes: [TaskOutcome], _ groups: [ResolvedGroup], _ facts: EvalFacts, lossByToken: [Double],
        withSamples: Bool
    ) throws -> ResultsFile {
        let tasks = try outcomes.map { try TaskResult($0) }
        var results = ResultsFile(
            tasks: groups.map { TaskResult($0, tasks) } + tasks, date: began.timeIntervalSince1970,
            modelName: facts.modelName, evaluationSeconds: Date().timeIntervalSince(began))
        results.gitHash = ProgramCommit.find()
        results.configuration = facts.configuration
        results.chatTemplate = facts.chatTemplate
        results.fewshotAsMultiturn = facts.isMultiturn
        results.contextLength = facts.contextLength
        results.facts = facts.json(outcomes)
        results.lossByToken = lossByToken
        let samples = try outcomes.map { (task: $0.task.definition.task, samples: try $0.samples()) }
        let file = try results.write(into: url, samples: withSamples ? samples : [])
        try EvaluationReport(results: results, samples: samples)
            .write(to: file.deletingLastPathComponent().appending(path: Self.reportName))
        return results
    }
}

/// How an evaluation was made, for its results file.
struct EvalFacts {
    var modelName: String
    /// nil: prompts are plain text.
    var chatTemplate: String?
    var isMultiturn = false
    var contextLength: Int
    var withBOS: Bool
    var weightsDigest: String
    var numerics: String
    var limit: Int?
    var seed: UInt64
    var sandbox: String?

    /// The harness's "config".
    var configuration: JSONObject {
        var object: JSONObject = [
            "model": .string("xmodel"), "model_args": .string("pretrained=\(modelName)"),
            "batch_size": .string("1"),
            "bootstrap_iters": .integer(Bootstrap().resamples), "fewshot_seed": .integer(1234),
            "random_seed": .integer(Int(clamping: seed)),
        ]
        object.append("limit", limit.map { .integer($0) } ?? .null)
        return object
    }

    /// What only this program tells.
    func json(_ outcomes: [TaskOutcome]) -> JSONObject {
        var object: JSONObject = [
            "version": .string(Xmodel.version), "weights_digest": .string(weightsDigest),
            "numerics": .string(numerics), "bos": .bool(withBOS),
        ]
        if let sandbox { object.append("sandbox", .string(sandbox)) }
        let truncated = outcomes.filter { $0.truncatedRequests > 0 }
        object.append(
            "truncated_requests",
            .object(JSONObject(truncated.map { ($0.task.definition.task, .integer($0.truncatedRequests)) })))
        object.append(
            "unanswered",
            .object(
                JSONObject(
                    outcomes.flatMap { outcome in
                        outcome.scores.compactMap { scores in
                            let count = scores.count(where: \.isUnanswered)
                            return count == 0
                                ? nil : ("\(outcome.task.definition.task),\(scores[0].filter)", .integer(count))
                        }
                    })))
        return object
    }
}
