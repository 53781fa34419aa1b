// A run's scores and how they came about, as `results_<date>.json` in the schema of lm-evaluation-harness 0.4.13
// (`result_schema.py`, `evaluation_tracker.py`). What the harness has no member for stands under one key, `xmodel`.
// Next: ResultsFile+JSON.swift, TaskResult.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMSupport

package struct ResultsFile: Sendable, Equatable {
    /// Tasks and groups, in the order of a table: a group stands before its members.
    package var tasks: [TaskResult]
    /// The harness's "config": model, model_args, batch_size, limit, bootstrap_iters, the seeds, …
    package var configuration: JSONObject = [:]
    /// Commit of the program.
    package var gitHash: String?
    /// When the run began, in seconds since 1970.
    package var date: Double
    /// The kind of model: "xmodel", "hf".
    package var modelSource: String
    package var modelName: String
    package var systemInstruction: String?
    package var fewshotAsMultiturn = false
    package var chatTemplate: String?
    package var evaluationSeconds: Double
    /// The length of context, and the end token.
    package var contextLength: Int?
    package var endToken: Int?
    /// Mean loss after t = 1, 2, … tokens of context, in nats; empty where it was not measured.
    package var lossByToken: [Double] = []
    /// What only this program tells: digests, BOS, truncated prompts, answers in which nothing was found.
    package var facts: JSONObject = [:]

    package init(
        tasks: [TaskResult], date: Double, modelSource: String = "xmodel", modelName: String, evaluationSeconds: Double
    ) {
        (self.tasks, self.date) = (tasks, date)
        (self.modelSource, self.modelName, self.evaluationSeconds) = (modelSource, modelName, evaluationSeconds)
    }

    package func task(_ name: String) -> TaskResult? { tasks.first { $0.name == name } }

    /// The tasks inside a group, however deep; a task is its own.
    package func leaves(of name: String) -> [String] {
        guard let members = task(name)?.members else { return [name] }
        return members.flatMap(leaves)
    }

    /// How many groups a task stands in.
    package func depth(of name: String) -> Int {
        tasks.first { $0.members?.contains(name) == true }.map { depth(of: $0.name) + 1 } ?? 0
    }

    // MARK: - Names

    /// The harness's `sanitize_model_name`: a folder's name.
    package static func sanitized(_ modelName: String) -> String {
        let forbidden = Set("\"<>:/|\\?*[]".unicodeScalars)
        var result = String.UnicodeScalarView()
        var isInside = false
        for scalar in modelName.unicodeScalars {
            if !forbidden.contains(scalar) {
                result.append(scalar)
            } else if !isInside {
                result.append(contentsOf: "__".unicodeScalars)
            }
            isInside = forbidden.contains(scalar)
        }
        return String(result)
    }

    /// The date of file names: UTC, `2026-11-28T09-30-00.123456`.
    package static func fileDate(_ seconds: Double) -> String {
        let microseconds = Int((seconds * 1e6).rounded(.down))
        let whole = Date(timeIntervalSince1970: Double(microseconds / 1_000_000))
        let text = whole.formatted(.iso8601.dateTimeSeparator(.standard).timeSeparator(.omitted)).utf8.prefix(17)
        var digits = String(text) ?? ""
        for offset in [13, 16] { digits.insert("-", at: digits.utf8.index(digits.startIndex, offsetBy: offset)) }
        return digits + String(format: ".%06d", microseconds % 1_000_000)
    }

    /// `results_<date>.json`
    package static func name(date: String) -> String { "results_\(date).json" }

    // MARK: - Files

    /// Writes `results_<date>.json` and a samples file for each task, the results last: who finds them finds the
    /// samples too. The folder is `<output>/<model>`.
    /// - Returns: the results file.
    @discardableResult
    package func write(into output: URL, samples: [(task: String, samples: [Sample])] = []) throws -> URL {
        let folder = output.appending(path: Self.sanitized(modelName))
        try AtomicFolder.create(folder)
        let date = Self.fileDate(self.date)
        for entry in samples {
            try SampleFile.write(
                entry.samples, to: folder.appending(path: SampleFile.name(task: entry.task, date: date)))
        }
        let file = folder.appending(path: Self.name(date: date))
        try AtomicFile.write(Data((JSONValue.object(json).pythonIndentedText + "\n").utf8), to: file)
        return file
    }

    package static func read(_ file: URL) throws(ResultsError) -> ResultsFile {
        let data: Data
        do { data = try Data(contentsOf: file) } catch { throw .unreadable(file.path) }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue.parse(data)
        } catch {
            throw .malformed(file.path, line: nil, error.description)
        }
        do throws(MissingMember) {
            return try ResultsFile(json: value.object ?? [:])
        } catch {
            throw .malformed(file.path, line: nil, "no usable \"\(error.key)\"")
        }
    }
}
