// All real text through one recipe: the same files with two threads, with one, after SIGKILL at many moments, and in
// three parts that are merged. Minutes in a debug build, so only with XMODEL_ALL_TEXT; PreparationTests has the same on
// a small corpus.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@Suite(
    "RealTextPreparationTests",
    .enabled(if: DataRoot.has("text/formats"), "no text below XMODEL_DATA"),
    .enabled(
        if: !(ProcessInfo.processInfo.environment["XMODEL_ALL_TEXT"] ?? "").isEmpty, "long: set XMODEL_ALL_TEXT=1"))
struct RealTextPreparationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The recipe's sources, with the folders of text that it leaves out; small shards, so that there are many.
    private func arguments(_ verb: String, _ name: String, _ more: [String]) -> [String] {
        let recipe = RepositoryFiles.root.appending(path: "recipes/pretrain/nano-twostage.yaml").path
        let settings = [
            "data.shard_tokens=200000", "data.sources.3.files=[text/manual, text/formats]",
            "data.sources.5.files=[text/wikitext2]",
        ]
        return ["data", verb, recipe, "--output", folder.url.appending(path: name).path]
            + ["--data-root", DataRoot.url.path] + settings.flatMap { ["--set", $0] } + more
    }

    private func run(_ verb: String, _ name: String, _ more: [String] = []) throws {
        let (status, output) = try Program.run(arguments(verb, name, more))
        #expect(status == 0, "\(output)")
    }

    /// SHA-256 of each file by name; locks aside.
    private func hashes(_ name: String) throws -> [String: String] {
        let root = folder.url.appending(path: name)
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
            .filter { $0.contains(".") && !$0.hasPrefix(".") }
        return Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try SHA256.hex(ofFile: root.appending(path: $0))) })
    }

    @Test("threads, kills and parts change no byte of the shards of all real text")
    func sameBytes() throws {
        try run("prepare", "two", ["--threads", "2"])
        let wanted = try hashes("two")
        #expect(wanted.count > 100)
        let verified = try Program.run(["data", "verify", folder.url.appending(path: "two").path])
        #expect(verified.status == 0, "\(verified.output)")

        try run("prepare", "one", ["--threads", "1"])
        #expect(try hashes("one") == wanted)

        var kills = 0
        var killedInside = 0
        while true {
            let process = try Program.start(arguments("prepare", "killed", ["--threads", "2"]))
            // Each time a little longer: the search of duplicates begins anew until it ends once, shards stay.
            let decisions = folder.url.appending(path: "killed/duplicates.json")
            let isSearched = FileManager.default.fileExists(atPath: decisions.path)
            let patience = isSearched ? 6 + killedInside : 3 * (kills + 2)
            for _ in 0..<patience where process.isRunning { Thread.sleep(forTimeInterval: 0.1) }
            guard process.isRunning else { break }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            kills += 1
            if isSearched { killedInside += 1 }
            try #require(kills < 200)
        }
        try run("prepare", "killed")
        #expect(try hashes("killed") == wanted)
        #expect(killedInside > 0)

        for part in ["3/3", "1/3", "2/3"] { try run("prepare", "parts", ["--part", part]) }
        try run("merge", "parts")
        #expect(try hashes("parts") == wanted)

        let list = wanted.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }.joined()
        print(
            "\(wanted.count) files, \(SHA256.hex(of: Data(list.utf8))); \(kills) kills, \(killedInside) while shards were made"
        )
        print(verified.output)
    }
}
