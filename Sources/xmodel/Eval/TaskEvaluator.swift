// A benchmark during training: the trainer asks for scores of its present weights, and an engine over those weights
// answers the task's questions.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMEval
import XMInference
import XMModel
import XMSupport
import XMTokenizer
import XMTrain

struct TaskEvaluator: Evaluator {
    let name: String
    let every: Int?
    private let plan: EvaluationPlan
    private let tokenizer: any Tokenizer
    private let positions: Int

    /// Sequences that the engine runs side by side.
    private static let slots = 16

    /// One evaluator for each task of the recipe.
    ///
    /// - Parameter positions: tokens of a training sequence; longer prompts lose their beginning.
    static func all(
        _ config: BenchmarkConfig, dataRoot: URL, tokenizer: any Tokenizer, positions: Int
    ) throws -> [TaskEvaluator] {
        var library = try TaskLibrary(EvalDataOptions.bundled("tasks"))
        let loader = TaskLoader(try EvalDataOptions.table(), roots: [dataRoot])
        let encoder = RequestEncoder(
            tokenizer, contextLength: positions, withBOS: tokenizer.addsBOS, stopIDs: Self.stopIDs(tokenizer),
            weightsDigest: "", numerics: "")
        let evaluators = try library.resolve(config.tasks).tasks.map { definition in
            guard !definition.runsCode else { throw TaskEvaluatorError.runsCode(definition.task) }
            let task = try loader.load(definition)
            return TaskEvaluator(
                name: definition.task, every: config.every,
                plan: try EvaluationPlan([task], limit: config.limit, style: .plain, encoder: encoder),
                tokenizer: tokenizer, positions: positions)
        }
        if let (name, field) = config.bestField {
            guard let chosen = evaluators.first(where: { $0.name == name }) else {
                throw TaskEvaluatorError.unknownBest(name, known: evaluators.map(\.name))
            }
            let metrics = chosen.plan.tasks[0].definition.metrics.map(\.name)
            guard metrics.contains(field) else { throw TaskEvaluatorError.unknownBest(field, known: metrics) }
        }
        return evaluators
    }

    private static func stopIDs(_ tokenizer: any Tokenizer) -> Set<Int32> { tokenizer.eosID.map { [$0] } ?? [] }

    func evaluate(_ step: TrainStep) throws -> XMTrain.Evaluation {
        let model = try EngineModel(
            step.model, identity: ModelIdentity(name: name, weightsDigest: ""), tokenizer: tokenizer,
            stopIDs: Self.stopIDs(tokenizer),
            shape: EngineShape(slots: Self.slots, capacity: min(positions, plan.longestRequest)))
        // Every step has other weights: there is nothing to look up and nothing worth keeping.
        let store = try ResponseStore.inMemory()
        let outcome = try waiting { try await plan.run(model, store) }[0]
        var scores: XMTrain.Evaluation = [:]
        for score in try TaskResult(outcome).scores {
            // Of several filters the last one counts, the most lenient by custom.
            scores[score.metric] = score.value
        }
        return scores
    }
}

enum TaskEvaluatorError: Error, CustomStringConvertible {
    case runsCode(String)
    case unknownBest(String, known: [String])

    var description: String {
        switch self {
        case .runsCode(let task):
            "benchmarks.tasks: \(task) runs generated programs, which training does not do; evaluate checkpoints with xmodel eval"
        case .unknownBest(let name, let known):
            "benchmarks.best names '\(name)'; "
                + (nearestName(to: name, in: known).map { "did you mean '\($0)'?" }
                    ?? "there are \(known.joined(separator: ", "))")
        }
    }
}
