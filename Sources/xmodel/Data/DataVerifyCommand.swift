// `xmodel data verify`: checks a folder of shards against its manifest, for example after copying it.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMData
import XMSupport
import XMTerminal
import XMTensor

struct DataVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify sizes, SHA-256, indices, token ids and the tokenizer of a folder of shards.",
        discussion: """
            Prints one line per damaged file and exits with status 1, or a single line when everything is intact.

              xmodel data verify shards/nano
              xmodel data verify shards/nano --threads 1
            """)

    @Argument(help: "Folder of shards.") var folder: String
    @OptionGroup var threading: ThreadOptions

    func run() throws {
        let manifest = try ShardManifest.read(URL(filePath: folder))
        let total = manifest.sources.flatMap(\.shards).reduce(0) { $0 + $1.files.values.reduce(0) { $0 + $1.bytes } }
        let bar = ProgressBar("verify", total: total, unit: "B", on: .standardError)
        defer { bar.finish() }
        // Workers report progress concurrently; the bar is not thread-safe.
        let lock = NSLock()
        nonisolated(unsafe) let shown = bar
        let result = try ShardVerifier(URL(filePath: folder), pool: threading.makePool()) { done, _ in
            lock.withLock { shown.update(done) }
        }
        bar.finish()
        for problem in result.problems { try Output.line(problem) }
        guard result.problems.isEmpty else { throw ExitCode.failure }
        try Output.line(
            "\(folder): \(result.shards) shards, \(HumanText.grouped(result.documents)) documents, "
                + "\(HumanText.grouped(result.tokens)) tokens, \(HumanText.bytes(result.sizeBytes)): intact")
    }
}
