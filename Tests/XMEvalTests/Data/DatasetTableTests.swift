// The table of datasets: the committed one, and where files are looked for and what is said when there are none.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMEval

@Suite struct DatasetTableTests {
    private static let resources = GoldenModel.packageRoot.appending(path: "Sources/XMEval/Resources/datasets")
    private static let question = "{\"question\":\"q\",\"answer\":\"#### 1\"}"

    private static func folder(_ files: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (path, text) in files {
            let url = folder.url.appending(path: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        return folder
    }

    @Test("the committed table says for each dataset where it is published, and has hashes that are used")
    func committed() throws {
        let table = try DatasetTable(Self.resources)
        #expect(table.datasets.count == 17)
        for (name, dataset) in table.datasets {
            #expect(dataset.home.hasPrefix("https://"), "\(name)")
            #expect(dataset.hub.utf8.contains(UInt8(ascii: "/")), "\(name)")
            #expect(!dataset.licence.isEmpty && !dataset.splits.isEmpty, "\(name)")
        }
    }

    @Test("the first source and the first root that has it")
    func roots() throws {
        let table = try DatasetTable(Self.resources)
        let first = try Self.folder(["grade-school-math/grade_school_math/data/test.jsonl": Self.question])
        let second = try Self.folder([
            "eval/gsm8k/test.jsonl": "\(Self.question)\n\(Self.question)\n", "sft/gsm8k_train.jsonl": Self.question,
        ])
        let roots = DataRoots([first.url, second.url])
        let test = try table.documents(of: "gsm8k", subset: "main", split: "test", in: roots)
        #expect(test.documents.count == 2)
        #expect(test.files.map(\.path) == ["eval/gsm8k/test.jsonl"])
        #expect(test.files[0].version == nil)
        #expect(test.files[0].sha256.count == 64)
        #expect(try table.documents(of: "gsm8k", subset: "main", split: "train", in: roots).documents.count == 1)
    }

    @Test("Parquet files as Hugging Face lays them out, several for one split")
    func hub() throws {
        let table = try DatasetTable(Self.resources)
        let folder = try Self.folder(["openai/gsm8k/main/README.md": ""])
        let fixture = GoldenModel.packageRoot.appending(path: "Tests/Fixtures/readers/v2-snappy-dictionary.parquet")
        for part in 0...1 {
            let name = "openai/gsm8k/main/test-0000\(part)-of-00002.parquet"
            try FileManager.default.copyItem(at: fixture, to: folder.url.appending(path: name))
        }
        let found = try table.documents(of: "gsm8k", subset: "main", split: "test", in: DataRoots([folder.url]))
        #expect(found.files.map(\.path).last == "openai/gsm8k/main/test-00001-of-00002.parquet")
        #expect(found.documents.count == 2 * (try DatasetFile.documents(fixture)).count)
    }

    @Test("one file for each document, in the order of their numbers")
    func manyFiles() throws {
        let table = try DatasetTable(Self.resources)
        var files: [String: String] = [:]
        for number in [10, 2, 1] {
            files["MATH/test/geometry/\(number).json"] =
                #"{"problem":"\#(number)","level":"Level 1","type":"Geometry","solution":"s"}"#
        }
        let folder = try Self.folder(files)
        let found = try table.documents(of: "math", subset: "geometry", split: "test", in: DataRoots([folder.url]))
        #expect(found.documents.map { $0["problem"]?.string } == ["1", "2", "10"])
    }

    @Test("what is missing is named, with where it is published")
    func missing() throws {
        let table = try DatasetTable(Self.resources)
        let folder = try TemporaryFolder()
        let roots = DataRoots([folder.url])
        func message(_ dataset: String, _ subset: String?, _ split: String) -> String {
            do {
                _ = try table.documents(of: dataset, subset: subset, split: split, in: roots)
                return ""
            } catch { return "\(error)" }
        }
        let arc = message("arc", "ARC-Easy", "test")
        #expect(arc.contains("no file eval/commonsense/arc/ARC-Easy-Test.jsonl in \(folder.url.path)"))
        #expect(arc.contains("https://allenai.org/data/arc"))
        #expect(message("piqa", nil, "validation").contains("valid.jsonl and eval/commonsense/piqa/valid-labels.lst"))
        #expect(message("math", "algebra", "minerva_paper").contains("pip download --no-deps lm_eval==0.4.7"))
        #expect(message("hellaswog", nil, "test").contains("did you mean 'hellaswag'?"))
        #expect(message("hellaswag", nil, "test").contains("no split 'test'; it has train, validation"))
    }

    @Test("the check reads everything and ends at nothing")
    func check() throws {
        let table = try DatasetTable(Self.resources)
        let folder = try Self.folder([
            "eval/mmlu/test/law_test.csv": "q,1,2,3,4,A\n", "eval/mmlu/test/art_test.csv": "q,1,2,3,4,X\n",
        ])
        let needs = ["law", "art", "logic", "law"].map {
            DatasetNeed(dataset: "mmlu", subset: $0, split: "test")
        }
        let statuses = table.check(needs, in: DataRoots([folder.url]))
        #expect(statuses.count == 1)
        #expect(statuses[0].rows == 1)
        #expect(statuses[0].present == ["law"])
        #expect(statuses[0].missing == ["art", "logic"])
        #expect(statuses[0].reason?.contains("art_test.csv, row 1: the answer is \"X\"") == true)
        #expect(statuses[0].unknownFiles == ["eval/mmlu/test/law_test.csv"])
    }

    @Test("a file of versions that is broken names its line")
    func brokenVersions() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("datasets.sha256", "# comment\n\nabc  path\n")
        #expect { try FileVersions(file) } throws: { "\($0)".contains("datasets.sha256, row 3") }
    }

    @Test("a user's own file is documents as they are")
    func ownFile() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("mine.csv", "question,answer\n\"a, b\",1\n")
        #expect(try DatasetFile.documents(file) == [["question": .string("a, b"), "answer": .string("1")]])
        #expect(DatasetFile.isFile("mine.csv") && DatasetFile.isFile("a/b.jsonl.gz") && !DatasetFile.isFile("arc"))
    }

    @Test(
        "the published files are read, whole or in part",
        .enabled(if: DataRoot.has("eval/commonsense"), "no eval/commonsense below XMODEL_DATA"),
        arguments: [
            ("arc", "ARC-Easy", "test", 2376), ("arc", "ARC-Challenge", "test", 1172),
            ("boolq", nil, "validation", 3270), ("hellaswag", nil, "validation", 10042),
            ("openbookqa", "main", "test", 500), ("piqa", nil, "validation", 1838), ("sciq", nil, "test", 1000),
            ("winogrande", "winogrande_xl", "validation", 1267), ("gsm8k", "main", "test", 1319),
            ("humaneval", "openai_humaneval", "test", 164), ("mbpp", "full", "test", 500),
            ("math", "algebra", "test", 1187),
        ] as [(String, String?, String, Int)])
    func published(dataset: String, subset: String?, split: String, rows: Int) throws {
        let table = try DatasetTable(Self.resources)
        let found = try table.documents(of: dataset, subset: subset, split: split, in: DataRoots([DataRoot.url]))
        #expect(found.documents.count == rows || (rows / 2 - 10...rows / 2 + 10).contains(found.documents.count))
        #expect(found.files.allSatisfy { $0.version != nil })
    }
}
