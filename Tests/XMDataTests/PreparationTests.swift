// From files to shards: the same bytes for any number of threads, parts and interruptions; other settings and other
// files are refused; bad rows are counted and bad folders named.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMSupport
import XMTensor
import XMTestSupport
import XMTokenizer

@Suite("PreparationTests", .serialized)
struct PreparationTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyCorpus.write(to: folder.url)
        _ = try folder.file(
            "asked.jsonl",
            #"{"question": "On which of the seven hills of the old town does the clock tower of the council stand now?"}"#
        )
        // Three more files, so that a source has several units.
        let documents = SyntheticCorpus(seed: 9).plainDocuments(bytes: 30_000)
        for part in 0..<3 {
            let lines = documents.indices.filter { $0 % 3 == part }.map { "{\"text\": \"\(documents[$0])\"}" }
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: "more"), withIntermediateDirectories: true)
            _ = try folder.file("more/\(part).jsonl", lines.joined(separator: "\n"))
        }
    }

    /// Small shards: several in each unit, several units in a source.
    private func config(_ change: (inout DataConfig) -> Void = { _ in }) -> DataConfig {
        var config = DataConfig(
            tokenizer: "tokenizer.model",
            sources: [
                SourceConfig(name: "plain", files: ["plain.jsonl", "more"], format: .text),
                SourceConfig(
                    name: "sft", files: ["sft.jsonl"], format: .qa, maskPrompt: true, category: .byRules, varyPrompts: 7
                ),
            ],
            // Questions of few templates repeat: near-duplicates are left in.
            deduplicate: DeduplicationConfig(),
            decontaminate: DecontaminationConfig(sets: [EvaluationSet(name: "asked", files: ["asked.jsonl"])]),
            shardTokens: 2000)
        change(&config)
        return config
    }

    private func preparation(_ name: String, _ change: (inout DataConfig) -> Void = { _ in }) throws -> DataPreparation
    {
        try DataPreparation(config(change), root: folder.url, folder: folder.url.appending(path: name))
    }

    /// Name and SHA-256 of every file of a folder, hidden ones aside.
    private func hashes(_ name: String) throws -> [String: String] {
        let root = folder.url.appending(path: name)
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter {
            !$0.split(separator: "/").contains { $0.hasPrefix(".") } && $0.contains(".")
        }
        return Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try SHA256.hex(ofFile: root.appending(path: $0))) })
    }

    private func run(_ name: String, threads: Int = 2) throws -> ShardManifest? {
        try preparation(name).run(pool: ThreadPool(threadCount: threads))
    }

    @Test("threads, parts and kills change no byte of the folder")
    func sameBytes() throws {
        let manifest = try #require(try run("one", threads: 1))
        let wanted = try hashes("one")
        #expect(manifest.sources.map(\.name) == ["plain", "sft"])
        #expect(manifest.sources[0].units.count > 2 && manifest.sources[0].shards.count > 5)
        #expect(wanted.keys.contains("sft/00000-000.mask") && wanted.keys.contains("sft/00000-000.cat"))

        _ = try run("two", threads: 3)
        #expect(try hashes("two") == wanted)

        // Parts in any order; merging too early names what is missing.
        for part in ["3/3", "1/3"] {
            #expect(try preparation("parts").run(part: PreparationPart(part), pool: ThreadPool(threadCount: 1)) == nil)
        }
        #expect { try preparation("parts").merge() } throws: { "\($0)".contains("units are not finished") }
        _ = try preparation("parts").run(part: PreparationPart("2/3"), pool: ThreadPool(threadCount: 2))
        _ = try preparation("parts").merge()
        #expect(try hashes("parts") == wanted)

        // Stopped again and again: every run gets one shard further.
        var stops = 0
        while true {
            let interrupt = InterruptFlag()
            var tokens = 0
            do {
                let done = try preparation("killed").run(pool: ThreadPool(threadCount: 2), interrupt: interrupt) {
                    tokens = max(tokens, $0.tokens)
                    if tokens > 3000 { interrupt.raise() }
                }
                #expect(done != nil)
                break
            } catch PreparationError.interrupted { stops += 1 }
            #expect(stops < 100)
        }
        #expect(stops > 3)
        #expect(try hashes("killed") == wanted)

        // What a killed program leaves half-written is replaced.
        try FileManager.default.removeItem(at: folder.url.appending(path: "two/manifest.json"))
        let record = folder.url.appending(path: "two/sft/00000.json")
        try FileManager.default.removeItem(at: record)
        try Data([1, 2, 3]).write(to: folder.url.appending(path: "two/sft/.00000-000.bin.partial"))
        try Data([1, 2, 3]).write(to: folder.url.appending(path: "two/sft/00000-000.bin"))
        _ = try run("two")
        #expect(try hashes("two") == wanted)
        #expect(try ShardVerifier(folder.url.appending(path: "two"), pool: ThreadPool(threadCount: 2)).problems == [])
    }

    @Test("parts that start together on a fresh folder all end well")
    func partsTogether() throws {
        let failures = NSMutableArray()
        let lock = NSLock()
        for attempt in 0..<3 {
            let parts = try (0..<4).map { _ in try preparation("together\(attempt)") }
            nonisolated(unsafe) let failed = failures
            DispatchQueue.concurrentPerform(iterations: 4) { part in
                do {
                    _ = try parts[part].run(part: PreparationPart("\(part + 1)/4"), pool: ThreadPool(threadCount: 1))
                } catch { lock.withLock { failed.add("\(error)") } }
            }
            #expect(failures.count == 0, "\(failures)")
            _ = try parts[0].merge()
            let names = try FileManager.default.subpathsOfDirectory(atPath: parts[0].folder.path)
            #expect(!names.contains { $0.hasSuffix(".partial") })
        }
    }

    @Test("token files that do not fit the tokenizer are named with what is wrong and what to do")
    func foreignTokenFiles() throws {
        func message(_ bytes: [UInt8]) throws -> String {
            try Data(bytes).write(to: folder.url.appending(path: "foreign.bin"))
            do {
                _ = try preparation("foreign") {
                    $0.sources = [SourceConfig(name: "f", files: ["foreign.bin"], format: .tokens)]
                    $0.deduplicate = nil
                    $0.decontaminate = nil
                }.run(pool: ThreadPool(threadCount: 1))
                return "no error"
            } catch { return "\(error)" }
        }
        for (bytes, reason) in [([5, 0, 2], "size is odd"), ([5, 0, 255, 255], "at byte 2: has the id 65535")] {
            let found = try message(bytes.map { UInt8($0) })
            #expect(found.contains("foreign.bin") && found.contains(reason) && found.contains("below 400"))
            #expect(!found.contains("prepare the folder again"))
            try? FileManager.default.removeItem(at: folder.url.appending(path: "foreign"))
        }
    }

    @Test("shards hold what the tokenizer makes of each document, in order")
    func contents() throws {
        let manifest = try #require(try run("contents"))
        let prepared = try PreparedFolder(folder.url.appending(path: "contents"))
        let tokenizer = try prepared.tokenizer()
        let shards = try prepared.source("plain")
        let lines = try ["more/0.jsonl", "more/1.jsonl", "more/2.jsonl", "plain.jsonl"].flatMap {
            try String(contentsOf: folder.url.appending(path: $0), encoding: .utf8).split(separator: "\n")
        }
        #expect(shards.documentCount == lines.count)
        var bytes = 0
        for (number, line) in lines.enumerated() {
            let text = try #require(try JSONValue.parse(String(line))["text"]?.string)
            bytes += text.utf8.count
            #expect(try shards.document(number).tokens == tokenizer.encode(text) + [2])
        }
        #expect(manifest.sources[0].textBytes == bytes)
        let sft = try prepared.source("sft/math")
        let first = try sft.document(0)
        #expect(first.category == .math && first.trained?.contains(false) == true)
        #expect(tokenizer.decode(first.tokens).contains("<|im_start|>assistant"))
        let spoken = zip(first.tokens, first.trained ?? []).filter(\.1).map(\.0)
        #expect(tokenizer.decode(spoken).contains("####") && !tokenizer.decode(spoken).contains("?"))
        #expect(manifest.sources[1].counts["prompts_varied"] ?? 0 > 100)
    }

    @Test("rows that repeat, share a phrase with an evaluation set or fail a threshold go, and are listed")
    func filters() throws {
        let story = (0..<60).map { "word\($0 * 7 % 61)" }.joined(separator: " ")
        let near = story.replacing("word0 ", with: "other ")
        _ = try folder.file(
            "rows.jsonl",
            [
                story, "too short",
                "They asked: on WHICH of the seven hills of the old town, does the clock tower of the council stand?",
                near, story, "A row that stays because it has enough words and is like no other.",
            ].map { "{\"text\": \"\($0)\"}" }.joined(separator: "\n"))
        let made = try preparation("filtered") {
            $0.sources = [
                SourceConfig(
                    name: "rows", files: ["rows.jsonl"], format: .text,
                    clean: CleaningConfig(thresholds: QualityThresholds(minimumWords: 5)))
            ]
            $0.deduplicate = DeduplicationConfig(simhash: nil, minhash: MinHashConfig())
        }.run(pool: ThreadPool(threadCount: 2))
        let source = try #require(made?.sources.first)
        #expect(source.documents == 2)
        #expect(
            source.counts
                == [
                    "dropped_minimum_words": 1, "contaminated_asked": 1, "duplicate_exact": 1, "duplicate_minhash": 1,
                ])
        let shards = try PreparedFolder(folder.url.appending(path: "filtered")).source("rows")
        let tokenizer = try PreparedFolder(folder.url.appending(path: "filtered")).tokenizer()
        #expect(try tokenizer.decode(shards.document(0).tokens) == story)
        let record = try String(contentsOf: folder.url.appending(path: "filtered/rows/00000.json"), encoding: .utf8)
        #expect(record.contains("on WHICH of the seven hills") && record.contains("too short"))
        let duplicates = try String(
            contentsOf: folder.url.appending(path: "filtered/duplicates.json"), encoding: .utf8)
        #expect(duplicates.contains("rows.jsonl:4") && duplicates.contains("rows.jsonl:0"))
    }

    @Test("damaged decisions about duplicates are refused")
    func damagedDuplicates() throws {
        #expect(try preparation("searched").run(searchOnly: true, pool: ThreadPool(threadCount: 1)) == nil)
        let file = folder.url.appending(path: "searched/duplicates.bin")
        let good = try Data(contentsOf: file)
        try (good + [1]).write(to: file)
        #expect { try run("searched") } throws: { "\($0)".contains("duplicates.bin") }
        try FileManager.default.removeItem(at: file)
        #expect { try run("searched") } throws: { "\($0)".contains("duplicates.bin") }
        try good.write(to: file)
        #expect(try run("searched") != nil)
    }

    @Test("plain token files of other programs become shards, and a shard is one")
    func tokenFiles() throws {
        let manifest = try #require(try run("first"))
        let again = try preparation("again") {
            $0.sources = [SourceConfig(name: "tokens", files: ["first/plain"], format: .tokens)]
        }.run(pool: ThreadPool(threadCount: 2))
        let found = try #require(again)
        #expect(found.tokens == manifest.sources[0].tokens)
        let (one, two) = (
            try PreparedFolder(folder.url.appending(path: "first")).source("plain"),
            try PreparedFolder(folder.url.appending(path: "again")).source("tokens")
        )
        #expect(one.documentCount == two.documentCount)
        for number in 0..<one.documentCount { #expect(try one.document(number).tokens == two.document(number).tokens) }
    }

    @Test("a finished folder is left as it is; other settings, tokenizers and inputs are refused")
    func mixedUp() throws {
        let first = try run("kept")
        #expect(try run("kept") == first)
        #expect { try preparation("kept") { $0.shardTokens = 999 }.existing() } throws: {
            "\($0)".contains("different data section") && "\($0)".contains("--restart")
        }
        let extra = try folder.file("more/3.jsonl", "{\"text\": \"new\"}")
        #expect { try run("kept") } throws: { "\($0)".contains("3.jsonl") }
        try FileManager.default.removeItem(at: extra)
        try FileManager.default.removeItem(at: folder.url.appending(path: "kept/manifest.json"))
        #expect { try preparation("kept") { $0.shardTokens = 999 }.run(pool: ThreadPool(threadCount: 1)) } throws: {
            "\($0)".contains("different data section")
        }
        _ = try folder.file("sft.jsonl", #"{"question": "1+1?", "answer": "2 #### 2"}"#)
        #expect { try run("kept") } throws: { "\($0)".contains("sft.jsonl had") }
        // Another tokenizer under the same name.
        var settings = UnigramTrainingSettings()
        settings.vocabularySize = 380
        settings.threads = 1
        try UnigramTrainer.train(
            input: [folder.url.appending(path: "tokenizer-corpus.txt")],
            prefix: folder.url.appending(path: "tokenizer"), settings: settings)
        #expect { try run("kept") } throws: { "\($0)".contains("was prepared with the tokenizer") }
    }

    @Test("two runs in one folder: the second is told at once; parts share it")
    func locks() throws {
        let place = folder.url.appending(path: "locked")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        do {
            let whole = try FolderLock(place)
            #expect { try run("locked") } throws: {
                "\($0)".contains("process \(getpid()) is writing into this folder")
            }
            #expect(throws: FolderLockError.self) { try FolderLock(place, part: "1-of-2") }
            withExtendedLifetime(whole) {}
        }
        do {
            let part = try FolderLock(place, part: "1-of-2")
            #expect(throws: FolderLockError.self) { try FolderLock(place) }
            #expect(throws: FolderLockError.self) { try FolderLock(place, part: "1-of-2") }
            _ = try FolderLock(place, part: "2-of-2")
            withExtendedLifetime(part) {}
        }
        #expect(try run("locked") != nil)
    }

    @Test("a run that goes on where only bad rows are left ends like one that was never stopped")
    func badTail() throws {
        let good = (0..<4).map { "{\"text\": \"row number \($0)\"}" }
        let bad = (0..<3).map { "{\"body\": \($0)}" }
        _ = try folder.file("tail.jsonl", (good + bad).joined(separator: "\n"))
        func tail(_ name: String) throws -> DataPreparation {
            try preparation(name) {
                $0 = DataConfig(
                    tokenizer: "tokenizer.model",
                    sources: [SourceConfig(name: "t", files: ["tail.jsonl"], format: .text)], shardTokens: 1)
            }
        }
        let whole = try tail("whole").run(pool: ThreadPool(threadCount: 1))
        #expect(whole?.sources[0].counts == ["skipped_missing_field": 3])
        var stops = 0
        var done: ShardManifest?
        while done == nil, stops < 20 {
            let interrupt = InterruptFlag()
            do {
                done = try tail("stopped").run(pool: ThreadPool(threadCount: 1), interrupt: interrupt) {
                    if $0.bytes > 0 { interrupt.raise() }  // a batch was done
                }
            } catch PreparationError.interrupted { stops += 1 }
        }
        #expect(done == whole && stops >= 4)
    }

    @Test("bad rows are counted; a source without one good row is an error that says why")
    func badRows() throws {
        _ = try folder.file(
            "mixed.jsonl",
            """
            {"question": "1+1?", "answer": "2"}
            {"question": "lost"}
            not JSON
            {"question": false, "answer": "x"}
            """)
        let found = try preparation("mixed") {
            $0.sources = [SourceConfig(name: "m", files: ["mixed.jsonl"], format: .qa)]
        }.run(pool: ThreadPool(threadCount: 1))
        #expect(found?.sources[0].documents == 1)
        #expect(
            found?.sources[0].counts
                == ["skipped_missing_field_answer": 1, "skipped_not_json": 1, "skipped_not_text_question": 1])
        let samples = try #require(found?.sources[0].skipped)
        #expect(samples.allSatisfy { $0.file == "mixed.jsonl" && !$0.detail.isEmpty })
        #expect(
            Dictionary(uniqueKeysWithValues: samples.map { ($0.reason, $0.record) })
                == ["skipped_missing_field_answer": 1, "skipped_not_json": 2, "skipped_not_text_question": 3])
        let manifest = try ShardManifest.read(folder.url.appending(path: "mixed"))
        #expect(manifest == found)
        #expect {
            try preparation("none") { $0.sources = [SourceConfig(name: "m", files: ["plain.jsonl"], format: .qa)] }
                .run(pool: ThreadPool(threadCount: 1))
        } throws: { "\($0)".contains("data source 'm'") && "\($0)".contains("skipped_missing_field_question") }
    }

    @Test("a damaged record of a unit is refused at every length and with hostile values")
    func hostileRecords() throws {
        let interrupt = InterruptFlag()
        #expect(throws: PreparationError.interrupted) {
            try preparation("hostile").run(pool: ThreadPool(threadCount: 1), interrupt: interrupt) {
                if $0.tokens > 3000 { interrupt.raise() }
            }
        }
        let file = folder.url.appending(path: "hostile/plain/00000.json")
        let good = try Data(contentsOf: file)
        let text = String(decoding: good, as: UTF8.self)
        #expect(text.contains("\"position\""))
        for length in stride(from: 0, to: good.count - 1, by: 61) {
            try good.prefix(length).write(to: file)
            #expect(throws: ShardError.self) { try run("hostile") }
        }
        for (find, put) in [
            ("\"input\" : 0", "\"input\" : 7"), ("\"input\" : 0", "\"input\" : -1"),
            ("\"offset\" : ", "\"offset\" : -"),
            ("\"record\" : ", "\"record\" : 9999999999999999"), ("\"number\" : 0", "\"number\" : 1"),
            ("\"name\" : \"00000-000\"", "\"name\" : \"/etc/x\""),
        ] {
            try Data(text.replacing(find, with: put, maxReplacements: 1).utf8).write(to: file)
            #expect(throws: ShardError.self) { try run("hostile") }
        }
        try good.write(to: file)
        #expect(try run("hostile") != nil)
    }

    @Test("settings that cannot work name their key")
    func badSettings() {
        func message(_ change: (inout DataConfig) -> Void) -> String {
            do {
                _ = try preparation("bad", change).run(pool: ThreadPool(threadCount: 1))
                return "no error"
            } catch { return "\(error)" }
        }
        #expect(message { $0.shardTokens = 0 }.contains("data.shard_tokens is 0"))
        #expect(message { $0.sources = [] }.contains("data.sources is empty"))
        #expect(message { $0.sources[0].name = "../x" }.contains("data.sources.0.name is '../x'"))
        #expect(message { $0.sources[0].name = "sft" }.contains("data.sources.1.name is 'sft'"))
        #expect(message { $0.sources[0].maskPrompt = true }.contains("data.sources.0.mask_prompt is set"))
        #expect(message { $0.sources[1].fields = ["text": "x"] }.contains("maps 'text'; format qa has question"))
        #expect(message { $0.sources[0].files = ["none.txt"] }.contains("none.txt"))
        #expect(message { $0.tokenizer = "none.model" }.contains("none.model"))
        for text in ["0/3", "4/3", "1", "1/2/3", "a/b", ""] { #expect(PreparationPart(text) == nil) }
    }
}
