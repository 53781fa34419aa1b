// Runs the programs of a task and turns their outcomes into pass@k.
// SPDX-License-Identifier: Apache-2.0

import Foundation

struct ProgramScorer {
    private let task: EvalTask
    private let sandbox: CodeSandbox
    /// Of one program, as human-eval has it.
    private static let timeoutSeconds = 3.0

    init(_ task: EvalTask, _ sandbox: CodeSandbox) { (self.task, self.sandbox) = (task, sandbox) }

    /// The scores with `pass@k` for every k for which each document has k programs.
    func scored(_ scores: [DocumentScore]) async throws -> [DocumentScore] {
        let programs = scores.flatMap(\.programs)
        let outcomes = try await sandbox.run(
            programs, timeoutSeconds: Self.timeoutSeconds, workers: ProcessInfo.processInfo.activeProcessorCount)
        var rest = outcomes[...]
        return scores.map { score in
            var score = score
            let own = Array(rest.prefix(score.programs.count))
            rest = rest.dropFirst(score.programs.count)
            let passed = own.count { $0 == .passed }
            for entry in task.definition.metrics where entry.metric == .passAtK {
                for k in entry.k where k <= own.count {
                    score.metrics.append(
                        ("pass@\(k)", MetricValue(passAtK(samples: own.count, correct: passed, k: k))))
                }
            }
            score.outcomes = own.map(\.text)
            return score
        }
    }
}
