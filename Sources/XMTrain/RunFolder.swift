// The files of a run. Whoever holds a `RunFolder` is the one that writes: rank 0 of the run, and nobody else.
// Next: Checkpointing/CheckpointStore.swift, Metrics/MetricsLog.swift, Metrics/RunInfo.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import Logging
package import XMData
import XMSupport

/// Where a run reads and writes, and what it starts from.
package struct TrainerPaths: Sendable {
    /// The run folder: config.yaml, run.json, metrics.jsonl, checkpoints/, report.html.
    package var output: URL
    /// Paths in the recipe are relative to it.
    package var dataRoot: URL
    /// A checkpoint to start a decay from.
    package var branchFrom: URL?

    /// Where the shards are: the recipe's folder for them, or one in the run folder.
    package func shards(_ data: DataConfig) -> URL {
        data.shards.map { URL(filePath: $0) } ?? output.appending(path: "shards")
    }

    package init(output: URL, dataRoot: URL, branchFrom: URL? = nil) {
        (self.output, self.dataRoot, self.branchFrom) = (output, dataRoot, branchFrom)
    }
}

package final class RunFolder {
    package static let configName = "config.yaml"
    package static let infoName = "run.json"
    package static let metricsName = "metrics.jsonl"
    package static let reportName = "report.html"
    package static let checkpointsName = "checkpoints"

    package let url: URL
    package let store: CheckpointStore
    private var metrics: MetricsLog?

    package init(_ url: URL, keepLast: Int, log: Logger) throws {
        self.url = url
        store = try CheckpointStore(
            folder: url.appending(path: Self.checkpointsName), keepLast: keepLast, log: log)
    }

    /// Opens metrics.jsonl for what follows `step`, and writes the resolved recipe; nil leaves the folder's as it is.
    func begin(after step: Int, config: TrainConfig?) throws {
        metrics = try MetricsLog(url.appending(path: Self.metricsName), resumingAt: step)
        guard let config else { return }
        try AtomicFile.write(Data(try Recipe.yaml(config).utf8), to: url.appending(path: Self.configName))
    }

    func append(_ line: StepMetrics) throws { try metrics?.append(line) }

    /// The newest checkpoint.
    package var latestCheckpoint: URL? { store.steps.last.map { store.url(step: $0) } }
}
