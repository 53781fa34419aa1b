// The help of every command: complete, no wider than a terminal, with examples that are true.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Testing

@testable import xmodel

@Suite("HelpTests")
struct HelpTests {
    /// Every command of the program as its words: [], ["train"], ["data", "prepare"] and so on.
    static let commands: [[String]] = all(Xmodel.self, [])

    private static func all(_ command: any ParsableCommand.Type, _ words: [String]) -> [[String]] {
        [words]
            + command.configuration.subcommands.flatMap { all($0, words + [$0._commandName]) }
    }

    private static func help(_ words: [String]) throws -> String {
        let (status, output) = try Program.run(words + ["--help"])
        #expect(status == 0)
        return output
    }

    private static let snapshot = "Tests/Fixtures/help.txt"

    @Test("the help texts are those of Tests/Fixtures/help.txt; XMODEL_RENEW_HELP=1 writes them anew")
    func snapshot() throws {
        let found = try Self.commands.map { words in
            (["$ xmodel"] + words + ["--help"]).joined(separator: " ") + "\n" + (try Self.help(words))
        }.joined(separator: "\n")
        if ProcessInfo.processInfo.environment["XMODEL_RENEW_HELP"] == "1" {
            try Data(found.utf8).write(to: RepositoryFiles.root.appending(path: Self.snapshot))
        }
        let lines = found.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, (line, wanted)) in zip(lines, RepositoryFiles.lines(Self.snapshot)).enumerated()
        where line != wanted {
            Issue.record("\(Self.snapshot):\(number + 1): '\(line)' in place of '\(wanted)'")
            break
        }
        #expect(lines.count == RepositoryFiles.lines(Self.snapshot).count)
    }

    /// The examples of a help text: indented by two, and on several lines where a line ends with a backslash.
    private static func examples(_ help: String) -> [String] {
        var examples: [String] = []
        for line in help.split(separator: "\n") {
            if let last = examples.last, last.hasSuffix("\\") {
                examples[examples.count - 1] = last + "\n" + line
            } else if line.hasPrefix("  "), line.contains("xmodel "), line.dropFirst(2).first?.isLetter == true {
                examples.append(String(line.dropFirst(2)))
            }
        }
        return examples.filter { !$0.hasPrefix("See ") }
    }

    @Test("every help has an overview, two examples of its command, and no line beyond 80 columns", arguments: commands)
    func complete(words: [String]) throws {
        let help = try Self.help(words)
        let examples = Self.examples(help)
        #expect(help.hasPrefix("OVERVIEW: "))
        #expect(examples.count >= 2, "\(help)")
        let command = (["xmodel"] + words).joined(separator: " ")
        for example in examples { #expect(example.contains(command), "\(example)") }
        for line in help.split(separator: "\n") where !line.hasPrefix("USAGE: ") {
            #expect(line.count <= 80, "\(line)")
        }
        // A paragraph that was broken in the source has a short line before its end.
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
        for (line, next) in zip(lines, lines.dropFirst()) where isText(line) && isText(next) {
            let word = next.prefix { $0 != " " }
            #expect(line.count + 1 + word.count > 79, "the source breaks the line '\(line)'; end it with a backslash")
        }
    }

    private func isText(_ line: Substring) -> Bool { line.first.map { $0 != " " } ?? false }

    /// Examples that are not run here, and why.
    private static let notRun = [
        "xmodel quickstart": "takes ten minutes",
        "xmodel quickstart --output runs/other --set seed=2": "takes ten minutes",
        "xmodel train recipe.yaml --output runs/decay \\\n      --branch-from runs/nano/checkpoints/step-00001200":
            "needs a trained checkpoint; TrainerTests.swift branches from one",
        "xmodel tokenizer train --input corpus.txt --output big --vocabulary 8192": "needs a long text",
        "xmodel bench train --preset nano --vocabulary 8192": "takes a minute",
        "xmodel bench train --preset small --profile": "takes minutes",
        "xmodel bench linear --type Q4_0 --tokens 1": "takes a minute",
        "xmodel bench linear --tokens 512 --n 2048 --k 2048": "takes a minute",
        "xmodel bench model xl.gguf --preset xl --type q4_0": "writes 0.7 GB",
        "xmodel eval data check --data-root data": "needs the data of all benchmarks",
        "xmodel bench encode": "needs real data",
        "xmodel bench encode --data-root data --json": "needs real data",
    ]

    @Test("every example runs, but for those with a reason")
    func examplesRun() throws {
        let folder = try ExampleFolder()
        var excused = Set(Self.notRun.keys)
        // Shards are prepared before they are looked at.
        let commands = [["data"]] + Self.commands.filter { $0 != ["data"] }
        for example in try commands.flatMap({ try Self.examples(Self.help($0)) }) {
            if Self.notRun[example] != nil {
                excused.remove(example)
                continue
            }
            let (status, output) = try folder.run(example)
            #expect(status == 0, "\(example)\n\(output)")
        }
        #expect(excused.isEmpty, "these stand in no help any more: \(excused)")
    }

    @Test("examples that are not run have arguments that the program takes", arguments: notRun.keys.sorted())
    func examplesParse(example: String) throws {
        _ = try Xmodel.parseAsRoot(example.split { " \\\n".contains($0) }.dropFirst().map(String.init))
    }
}
