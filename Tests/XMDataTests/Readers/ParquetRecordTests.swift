// Whole rows of Parquet files that pyarrow, DuckDB and fastparquet wrote, against what pyarrow reads from them: lists,
// structs, maps, every encoding, numbers and dates.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport
import XMTokenizer

@testable import XMData

@Suite("ParquetRecordTests")
struct ParquetRecordTests {
    static let names = [
        "records-v1", "records-v2", "records-encodings-v1", "records-encodings-v2", "records-duckdb",
        "records-fastparquet",
    ]

    private static func expected(_ name: String) throws -> [JSONValue] {
        let file = ParquetTests.folder.appending(path: "\(name).parquet.json")
        return try #require(try JSONValue.parse(String(contentsOf: file, encoding: .utf8)).array)
    }

    /// Numbers are equal when their values are: spellings of "8.5" and "8.500" differ.
    static func isSame(_ a: JSONValue, _ b: JSONValue) -> Bool {
        switch (a, b) {
        case (.number(let x), .number(let y)): x == y || Double(x) == Double(y)
        case (.array(let x), .array(let y)): x.count == y.count && zip(x, y).allSatisfy(isSame)
        // An empty map is an empty list to pyarrow.
        case (.object(let x), .array(let y)): x.isEmpty && y.isEmpty
        case (.object(let x), .object(let y)):
            x.keys.count == y.keys.count && x.allSatisfy { key, value in y[key].map { isSame(value, $0) } ?? false }
        default: a == b
        }
    }

    private func records(_ file: DocumentFile, at row: Int = 0, fields: [String]? = nil) throws -> [JSONValue] {
        let stream = try file.open(ReaderOptions(), at: ReaderPosition(offset: 0, record: row))
        var records: [JSONValue] = []
        while let (record, _) = try stream.nextRecord(fields: fields) { records.append(record) }
        return records
    }

    @Test("rows are what pyarrow reads, from the start and from every row", arguments: names)
    func sameRows(name: String) throws {
        let expected = try Self.expected(name)
        let file = try ParquetTests.file("\(name).parquet")
        for row in 0...expected.count {
            let found = try records(file, at: row)
            #expect(found.count == expected.count - row)
            for (found, wanted) in zip(found, expected[row...]) {
                #expect(Self.isSame(found, wanted), "\(name) from row \(row)")
            }
        }
    }

    @Test("only the fields that are asked for are read, by their names or inside of them")
    func chosenFields() throws {
        let file = try ParquetTests.file("records-v1.parquet")
        let rows = try records(file, fields: ["doc.text", "messages", "absent"])
        #expect(rows.allSatisfy { Set($0.object?.keys ?? []) == ["doc", "messages"] })
        // The field `doc` of the text format is beside the lists, and null with its parent.
        let texts = try Reading.all(
            file.open(ReaderOptions(field: "doc.text", metadata: ["doc.n", "decimal", "date"])))
        #expect(texts.map(\.text) == ["one", "four", "five"] && texts.map(\.origin.record) == [0, 3, 4])
        #expect(texts[0].metadata == ["doc.n": "1", "decimal": "-12.34", "date": "2024-02-29"])
    }

    @Test("a list of messages is a conversation")
    func conversations() throws {
        let record = ConversationRecord(format: .messages)
        let rows = try records(ParquetTests.file("records-v2.parquet"), fields: record.names)
        let first = try record.conversations(rows[0])
        #expect(first.map { $0.map { "\($0.role): \($0.content)" } } == [["user: q", "assistant: a"]])
        #expect(throws: RecordProblem.noAnswer) { try record.conversations(rows[1]) }
        #expect(throws: RecordProblem.missingField("messages")) { try record.conversations(rows[2]) }
    }

    @Test("every text of a benchmark's list columns is searched for")
    func benchmark() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(
            at: ParquetTests.folder.appending(path: "records-v1.parquet"), to: folder.url.appending(path: "set.parquet")
        )
        let config = DecontaminationConfig(
            sets: [EvaluationSet(name: "set", files: ["set.parquet"])], words: 13, minimumWords: 1)
        let index = try ContaminationIndex(config, root: folder.url)
        var check = Decontaminator(index)
        for text in ["five", "q", "c", "w", "x", "assistant"] {
            let document = Document(text: text, origin: DocumentOrigin(file: "", record: 0))
            #expect(check.check(document)?.set == "set", "\(text)")
        }
    }

    @Test("a row above the limit is passed over and counted, the next is whole")
    func longRows() throws {
        let file = try ParquetTests.file("records-duckdb.parquet")
        let stream = try file.open(ReaderOptions(maximumDocumentBytes: 20))
        #expect(try stream.nextRecord() == nil && stream.counts.skipped == [.tooLong: 9])
        let texts = try ParquetTests.file("v2-none-plain.parquet").open(ReaderOptions(maximumDocumentBytes: 200))
        #expect(
            try Reading.all(texts).map(\.text) == ParquetTests.documents.map(\.text).filter { $0.utf8.count <= 200 })
        #expect(texts.counts.skipped[.tooLong] == 2)
    }

    @Test("an altered or truncated file gives rows or an error, never a crash", arguments: names)
    func altered(name: String) throws {
        let folder = try TemporaryFolder()
        let whole = [UInt8](try Data(contentsOf: ParquetTests.folder.appending(path: "\(name).parquet")))
        var random = RandomStream(seed: 7, "hostile/" + name)
        for round in 0..<300 {
            var bytes = whole
            if round % 10 == 0 { bytes.removeLast(Int.random(in: 1...bytes.count, using: &random)) }
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = [0, 0x7F, 0x80, 0xFF, bytes[place] &+ 1, UInt8.random(in: 0...255, using: &random)]
                    .randomElement(using: &random)!
            }
            do {
                let stream = try Reading.file("a.parquet", in: folder, bytes).open(ReaderOptions())
                // A broken table may claim rows without end.
                var rows = 0
                while rows < 10_000, try stream.nextRecord() != nil { rows += 1 }
            } catch let error as ReaderError { #expect("\(error)".contains("a.parquet")) }
        }
    }

    @Test("an empty list of a footer may have any kind, as pyarrow and DuckDB take it")
    func emptyList() throws {
        // A struct with field 1, an empty list of kind 0, and field 2, the number 5.
        let bytes: [UInt8] = [0x19, 0x00, 0x15, 0x0A, 0x00]
        var numbers: [Int: Int] = [:]
        try bytes.withUnsafeBytes { bytes in
            var reader = ThriftReader(bytes)
            try reader.structure { reader, number, kind throws(ThriftError) in
                if kind == .int32 { numbers[number] = try reader.integer() } else { try reader.skip(kind) }
            }
        }
        #expect(numbers == [2: 5])
        // With an element it must have one.
        #expect(throws: ThriftError.malformed("a list of unknown type")) {
            try ([0x19, 0x10, 0x02, 0x00] as [UInt8]).withUnsafeBytes { bytes in
                var reader = ThriftReader(bytes)
                try reader.structure { reader, _, kind throws(ThriftError) in try reader.skip(kind) }
            }
        }
    }
}
