// `xmodel eval report`: the report of a folder of results, made again or made of another program's files.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMEval
import XMSupport

struct EvalReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write report.html from a folder of results.",
        discussion: """
            `xmodel eval` writes it as well. This makes it from files alone, those of lm-evaluation-harness included.

              xmodel eval report evals/a
              xmodel eval report evals/b
            """)

    @Argument(help: "A folder of results.")
    var folder: String

    func run() throws {
        let results = try ResultsFolder(UserPath.url(folder))
        let file = results.file.deletingLastPathComponent().appending(path: EvalFolder.reportName)
        try EvaluationReport(results).write(to: file)
        try Output.line(file.path)
    }
}
