// What `xmodel train --dry-run` prints of a plan.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMData
import XMModel
import XMSupport
import XMTrain

extension TrainPlan {
    /// - Parameter machineRate: FLOPs per second that this machine's matmuls reach.
    func text(machineRate: Double) throws -> String {
        let withoutEmbedding = parameterCount - model.vocabularySize * model.hiddenSize
        let isPrepared = if case .prepared = shards { true } else { false }
        return """
            \(try Recipe.yaml(config))
            Parameters: \(HumanText.grouped(parameterCount)), \
            \(HumanText.grouped(withoutEmbedding)) without the embedding
            \(groups.describe(learningRate: config.schedule.learningRate))

            Memory (\(config.train.compute), \(config.microBatchSize) sequences of \(config.train.sequenceLength) at once)
            \(memory.table)
            \(memory.verdict)

            FLOPs per token, forward and backward
              hidden matrices  \(HumanText.count(3 * flops.hidden))
              output head      \(HumanText.count(3 * flops.head))
              attention        \(HumanText.count(3 * flops.attention))
            Run: \(HumanText.grouped(config.train.steps)) steps, \(HumanText.count(Double(tokens))) tokens, \
            \(String(format: "%.3g", totalFLOPs)) FLOPs\(duration(machineRate))
            Learning rate: \(peakLearningRate) after warm-up, \
            \(String(format: "%.3g", finalLearningRate)) at the end

            \(stages.map(\.text).joined(separator: "\n"))\
            \(isPrepared ? "" : "\nPasses over each source are known when its shards are prepared.")
            \(shards.text)
            """
    }

    private func duration(_ machineRate: Double) -> String {
        "; at 70 % of this machine's \(HumanText.rate(machineRate / 1e9)) GFLOP/s: "
            + HumanText.duration(totalFLOPs / (0.7 * machineRate))
    }
}

extension TrainPlan.StagePlan {
    fileprivate var text: String {
        "Data, \(stage.rawValue) stage (steps \(steps.lowerBound) to \(steps.upperBound))\n"
            + sources.map(\.text).joined(separator: "\n")
    }
}

extension TrainPlan.SourcePlan {
    fileprivate var text: String {
        "  \(name.padded(columns: 24))"
            + String(format: "%6.1f %%  ", 100 * share) + "\(HumanText.count(tokens)) tokens"
            + (passes.map { String(format: ", %.3g passes", $0) } ?? "") + "  \(files.text)"
    }
}

extension TrainPlan.SourceFiles {
    fileprivate var text: String {
        switch self {
        case .found(let count, let bytes): "of \(HumanText.counted(count, "file")), \(HumanText.bytes(bytes))"
        case .missing(let pattern): "not found: \(pattern)"
        case .unreadable(let reason): reason
        }
    }
}

extension TrainPlan.ShardsPlan {
    fileprivate var text: String {
        switch self {
        case .notPrepared: "Shards: not prepared yet"
        case .prepared(let folder, let missing):
            missing.isEmpty ? "Shards: \(folder)" : missing.joined(separator: "\n")
        }
    }
}

extension MemoryEstimate {
    /// One line for a plan that is only printed.
    var verdict: String {
        do {
            try requireFit()
            return "It fits: this machine has \(HumanText.bytes(Int(ProcessInfo.processInfo.physicalMemory)))."
        } catch { return "It does not fit: \(error)." }
    }

    /// An aligned table, the largest group first.
    var table: String {
        let rows = groups.sorted { $0.sizeBytes > $1.sizeBytes }.map { [$0.group, HumanText.bytes($0.sizeBytes)] }
        return TextTable.text(rows + [["total", HumanText.bytes(totalBytes)]], right: [1])
    }
}
