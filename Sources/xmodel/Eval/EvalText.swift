// What `xmodel eval` prints besides scores: the list of tasks, and the plan of a run.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMEval
import XMInference
import XMModel
import XMSupport
import XMTensor

enum EvalText {
    /// Groups with their members, then tasks that are no subject of a larger one.
    static func list(_ library: TaskLibrary) -> String {
        let groups = library.groups.sorted { $0.group < $1.group }.map { group in
            [group.group, shortened(group.task)]
        }
        let families = Dictionary(grouping: library.tasks) { $0.tag.last ?? $0.task }
        let tasks = library.tasks.filter { families[$0.tag.last ?? $0.task]!.count <= 9 }.map { task in
            [
                task.task, "\(task.outputType.rawValue), \(task.numFewshot) shots",
                task.metrics.map(\.name).joined(separator: ", "),
            ]
        }
        let subjects = families.filter { $0.value.count > 9 }.sorted { $0.key < $1.key }.map { tag, tasks in
            [tag, "\(tasks.count) tasks", shortened(tasks.map(\.task))]
        }
        return """
            Groups
            \(TextTable.text(groups, indent: 2))

            Tasks
            \(TextTable.text(tasks, indent: 2))

            Tags of tasks by subject
            \(TextTable.text(subjects, indent: 2))
            """
    }

    private static func shortened(_ names: [String]) -> String {
        names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", … (\(names.count))" : "")
    }

    /// Data files of versions that are not known, a sentence each.
    static func unknownFiles(of tasks: [EvalTask]) -> [String] {
        var seen: Set<String> = []
        return tasks.flatMap(\.files).filter { $0.version == nil && seen.insert($0.path).inserted }.map {
            "\($0.path): a version that is not known (SHA-256 \($0.sha256.prefix(12))…); scores may differ from published ones"
        }
    }

    /// What a reader of scores should know, a sentence each.
    static func warnings(_ outcomes: [TaskOutcome]) -> [String] {
        outcomes.flatMap { outcome -> [String] in
            let task = outcome.task.definition.task
            var sentences: [String] = []
            if outcome.truncatedRequests > 0 {
                sentences.append(
                    "\(task): \(HumanText.counted(outcome.truncatedRequests, "prompt")) did not fit the context and lost "
                        + "the beginning")
            }
            for scores in outcome.scores {
                let count = scores.count(where: \.isUnanswered)
                guard count > 0 else { continue }
                sentences.append(
                    "\(task), \(scores[0].filter): nothing could be extracted from \(count) of "
                        + HumanText.counted(scores.count, "answer"))
            }
            return sentences
        }
    }

    /// Requests and tokens of each task, and how long they will take here.
    static func dryRun(
        _ plan: EvaluationPlan, _ file: ModelBundle, _ engine: EngineOptions, batch: Int
    ) throws -> String {
        var rows = [["task", "documents", "shots", "requests", "tokens", "to compute", "generated", "truncated"]]
        func row(_ name: String, _ documents: Int, _ shots: String, _ cost: RequestCost) -> [String] {
            [name, HumanText.grouped(documents), shots]
                + [cost.requests, cost.tokens, cost.computedTokens, cost.generatedTokens, cost.truncated]
                .map { HumanText.grouped($0) }
        }
        for (task, requests) in zip(plan.tasks, plan.requests) {
            let cost = RequestCost(requests.joined().joined())
            rows.append(row(task.definition.task, requests.count, "\(task.shots)", cost))
        }
        let all = RequestCost(plan.requests.joined().joined().joined())
        if plan.tasks.count > 1 { rows.append(row("all", plan.requests.reduce(0) { $0 + $1.count }, "", all)) }
        let backend = try engine.compute.makeBackend(matmul: engine.matmul)
        let flops = try MachineRate.measure(compute: backend.compute, pool: backend.pool, rounds: 3).gigaflops * 1e9
        let bandwidth = try MachineRate.readBandwidth(pool: backend.pool, rounds: 2)
        // Reading runs at about half the rate of a lone large product; each pass of decoding reads all weights once.
        let reading = 2 * Double(file.config.parameterCount) * Double(all.computedTokens) / (0.5 * flops)
        let passes = Double(all.generatedTokens) / Double(batch)
        let decoding =
            passes
            * max(
                Double(file.weights.sizeBytes) / bandwidth,
                2 * Double(file.config.parameterCount) * Double(batch) / (0.25 * flops))
        return TextTable.text(rows, right: Set(1..<8)) + """


            to compute: tokens left when beginnings that requests share are read once
            generated: at most; answers usually end earlier
            expected time: \(HumanText.duration(reading)) to read\
            \(decoding > 0 ? " and at most \(HumanText.duration(decoding)) to generate" : ""), at the rates measured now
            """
    }
}
