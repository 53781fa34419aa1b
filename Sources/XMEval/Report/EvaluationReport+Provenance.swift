// How the scores came about: model, settings, and the definition of every task.
// SPDX-License-Identifier: Apache-2.0

import XMReport
import XMSupport

extension EvaluationReport {
    var provenance: [HTMLReport.Block] {
        var facts: [(name: String, value: String)] = [
            ("model", results.modelName), ("kind", results.modelSource),
            ("began", ResultsFile.fileDate(results.date) + " UTC"),
        ]
        if let commit = results.gitHash { facts.append(("program", "commit \(commit)")) }
        if let length = results.contextLength { facts.append(("context", HumanText.counted(length, "token"))) }
        if let instruction = results.systemInstruction { facts.append(("system instruction", instruction)) }
        facts.append(("chat template", results.chatTemplate == nil ? "not applied" : "applied"))
        for (name, value) in results.facts.members + results.configuration.members where value != .null {
            facts.append((Self.words(name), value.string ?? value.text))
        }
        let definitions = results.tasks.compactMap { task in
            task.configuration.map {
                HTMLReport.Block.details(title: "task \(task.name)", text: JSONValue.object($0).pythonIndentedText)
            }
        }
        return [.heading("How it was made"), .facts(facts)] + definitions
    }

    /// `batch_size` → `batch size`
    private static func words(_ key: String) -> String {
        String(String.UnicodeScalarView(key.unicodeScalars.map { $0 == "_" ? " " : $0 }))
    }
}
