// The commands of the README and of the page on usage, run as they stand there, on models and texts that are small.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("ReadmeTests")
struct ReadmeTests {
    private static let documents = ["README.md", "docs/usage.md"]

    /// Commands that are not run here, and why.
    private static let notRun = [
        "script/quickstart": "takes ten minutes",
        ".build/release/xmodel init texts --output mine --time 30m": "InitTests runs it with a time of seconds",
        ".build/release/xmodel train mine/recipe.yaml": "InitTests runs it",
        ".build/release/xmodel chat --model runs/mine": "InitTests runs it",
        "script/fetch-smollm2": "needs a network; script/test runs it",
    ]

    /// The shell blocks of a document as their lines.
    private static func blocks(_ document: String) throws -> [[String]] {
        let text = try #require(RepositoryFiles.text(document))
        return text.components(separatedBy: "```sh\n").dropFirst().map { part in
            (part.components(separatedBy: "```").first ?? "").split(separator: "\n").map(String.init)
        }
    }

    private static func command(_ line: String) -> String {
        line.components(separatedBy: " #")[0].trimmingCharacters(in: .whitespaces)
    }

    @Test("every command of the README and of the page on usage works")
    func commandsWork() throws {
        let folder = try ExampleFolder()
        var excused = Set(Self.notRun.keys)
        for block in try Self.documents.flatMap(Self.blocks) {
            let lines = block.filter { excused.remove(Self.command($0)) == nil }
            let (status, output) = try folder.run(lines.joined(separator: "\n"))
            #expect(status == 0, "\(lines)\n\(output)")
        }
        #expect(excused.isEmpty, "these stand in no block any more: \(excused)")
    }
}
