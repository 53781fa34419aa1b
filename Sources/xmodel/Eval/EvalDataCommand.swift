// `xmodel eval data check`: which data of the benchmarks is there, which is missing and where it is published.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMEval
import XMSupport

struct EvalDataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at the data of the benchmarks.",
        discussion: """
              xmodel eval data check --data-root data
              xmodel eval data check --tasks gsm8k
            """,
        subcommands: [EvalDataCheckCommand.self])
}

struct EvalDataCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say which data is there, what is missing and where it is published.",
        discussion: """
            Reads every file that the tasks need. Nothing is downloaded. Ends with status 1 if anything is missing.

              xmodel eval data check --data-root data
              xmodel eval data check --tasks gsm8k
            """)

    @Option(help: ArgumentHelp("Tasks, groups or tags, separated by commas (default: all).", valueName: "names"))
    var tasks: String?

    @OptionGroup var data: EvalDataOptions

    func run() throws {
        var library = try data.library()
        let names = tasks?.split(separator: ",").map { String($0) } ?? library.tasks.map(\.task)
        let needs = TaskLoader.needs(of: try library.resolve(names).tasks)
        let statuses = try EvalDataOptions.table().check(needs, in: DataRoots(data.roots))
        var rows = [["data", "split", "documents", "state"]]
        for status in statuses {
            let state =
                status.missing.isEmpty
                ? (status.unknownFiles.isEmpty ? status.versions.sorted().joined(separator: ", ") : "unknown version")
                : status.present.isEmpty
                    ? "missing"
                    : "\(status.missing.count) of \(status.missing.count + status.present.count) subsets missing"
            rows.append([status.dataset, status.split, HumanText.grouped(status.rows), state])
        }
        try Output.line(TextTable.text(rows, right: [2]))
        let missing = statuses.filter { !$0.missing.isEmpty }
        for status in missing {
            try Output.line("\n\(status.dataset), \(status.split): \(status.reason ?? "missing")")
            if status.missing.count > 1 || !status.present.isEmpty {
                try Output.line("  subsets: \(status.missing.joined(separator: ", "))")
            }
        }
        for status in statuses where !status.unknownFiles.isEmpty {
            try Output.line(
                "\n\(status.dataset), \(status.split): not a version that is known, so scores may differ from published "
                    + "ones: \(status.unknownFiles.joined(separator: ", "))")
        }
        if !missing.isEmpty { throw ExitCode.failure }
    }
}
