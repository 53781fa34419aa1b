// `data verify` on a folder as preparation writes it: every file of it is checked, records and lists of duplicates too.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMSupport
import XMTensor
import XMTestSupport

@Suite("ShardVerifierTests")
struct ShardVerifierTests {
    private let folder: TemporaryFolder
    private var shards: URL { folder.url.appending(path: "shards") }

    init() throws {
        folder = try TemporaryFolder()
        try TinyCorpus.write(to: folder.url)
        let config = DataConfig(
            tokenizer: "tokenizer.model",
            sources: [
                SourceConfig(name: "plain", files: ["plain.jsonl"], format: .text),
                SourceConfig(name: "sft", files: ["sft.jsonl"], format: .qa, maskPrompt: true),
            ], deduplicate: DeduplicationConfig(), shardTokens: 5000)
        _ = try DataPreparation(config, root: folder.url, folder: shards).run(pool: ThreadPool(threadCount: 2))
    }

    private func problems() throws -> [String] {
        try ShardVerifier(shards, pool: ThreadPool(threadCount: 2)).problems
    }

    @Test("each file that is cut, changed or removed has one problem, which names it")
    func everyFile() throws {
        #expect(try problems() == [])
        let names = try FileManager.default.subpathsOfDirectory(atPath: shards.path).filter {
            !$0.split(separator: "/").contains { $0.hasPrefix(".") } && $0.contains(".") && $0 != "manifest.json"
        }
        #expect(
            Set(names).isSuperset(of: ["plain/00000.json", "duplicates.json", "duplicates.bin", "sft/00000-000.mask"]))
        for name in names {
            let file = shards.appending(path: name)
            let good = try Data(contentsOf: file)
            try good.dropLast().write(to: file)
            #expect(try problems().map { $0.contains("/\(name): ") } == [true], "\(name) cut")
            if !good.isEmpty {
                var bad = good
                bad[good.count / 2] ^= 1
                try bad.write(to: file)
                #expect(try problems().map { $0.contains("/\(name): its SHA-256 is") } == [true], "\(name) changed")
            }
            try FileManager.default.removeItem(at: file)
            #expect(try problems().map { $0.contains("/\(name): missing") } == [true], "\(name) removed")
            try good.write(to: file)
        }
    }

    @Test("files that are not in the manifest are named")
    func strays() throws {
        let names = ["plain/00007.json", "plain/00007-000.bin", "other/00000-000.bin", "stray.bin"]
        try FileManager.default.createDirectory(
            at: shards.appending(path: "other"), withIntermediateDirectories: true)
        for name in names { try Data([1, 0]).write(to: shards.appending(path: name)) }
        #expect(
            try problems() == names.sorted().map { "\(shards.path)/\($0): is not in the manifest; remove it" })
    }

    @Test("records outside of the folder are not looked at")
    func outside() throws {
        let file = shards.appending(path: "manifest.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        try Data(text.replacing("\"plain/00000.json\"", with: "\"../plain.jsonl\"").utf8).write(to: file)
        #expect { try problems() } throws: { "\($0)".contains("names the file '../plain.jsonl'") }
    }
}
