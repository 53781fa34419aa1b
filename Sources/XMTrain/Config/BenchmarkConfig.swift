// `benchmarks`: tasks that are evaluated during training. The trainer knows them as `Evaluator`s; the program that
// starts the run makes these from the names here.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct BenchmarkConfig: Codable, Sendable, Equatable {
    /// Names as `xmodel eval --tasks` takes them: tasks, groups, files.
    package var tasks: [String]
    /// Documents of each task; null takes all. Default 100.
    package var limit: Int? = 100
    /// Steps between evaluations; the last step always has one. 0 = at the end only. Default 0.
    package var every = 0
    /// TASK/METRIC, such as arc_easy/acc: the score that decides which checkpoint is the best. null: the loss on the
    /// first set of data.validation. Default null.
    package var best: String?

    package init(tasks: [String], limit: Int? = 100, every: Int = 0, best: String? = nil) {
        (self.tasks, self.limit, self.every, self.best) = (tasks, limit, every, best)
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        tasks = try keys.decode([String].self, forKey: .tasks)
        try keys.read(&limit, .limit)
        try keys.read(&every, .every)
        try keys.read(&best, .best)
    }

    package func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(tasks, forKey: .tasks)
        try keys.encode(limit, forKey: .limit)
        try keys.encode(every, forKey: .every)
        try keys.encode(best, forKey: .best)
    }

    private enum CodingKeys: String, CodingKey { case tasks, limit, every, best }

    /// The evaluator and the field that `best` names.
    package var bestField: (evaluator: String, field: String)? {
        guard let parts = best?.split(separator: "/"), parts.count == 2 else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    package func validate() throws {
        try ConfigError.require(
            !tasks.isEmpty, key: "benchmarks.tasks", found: "an empty list", wanted: "it must name tasks",
            fix: "'xmodel eval --list' shows them; benchmarks: null turns them off")
        try ConfigError.require(
            limit ?? 1 > 0, key: "benchmarks.limit", found: limit ?? 1, wanted: "it must be at least 1",
            fix: "null takes all documents")
        try ConfigError.require(
            every >= 0, key: "benchmarks.every", found: every, wanted: "it must be 0 or more",
            fix: "0 evaluates at the end only")
        try ConfigError.require(
            best == nil || bestField != nil, key: "benchmarks.best", found: best ?? "",
            wanted: "it must be TASK/METRIC", fix: "write it as in arc_easy/acc")
    }
}
