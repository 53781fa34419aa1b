// Parquet files that pyarrow wrote (Tests/Fixtures/readers), in every form that is read and some that are refused.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMData

@Suite("ParquetTests")
struct ParquetTests {
    static let folder = GoldenModel.packageRoot.appending(path: "Tests/Fixtures/readers")

    /// The rows as Foundation's JSON parser reads them.
    static var rows: [[String: Any]] {
        let text = (try? String(contentsOf: folder.appending(path: "rows.jsonl"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    /// What a reader must make of them: rows without text are skipped.
    static let documents: [Document] = rows.enumerated().compactMap { index, row in
        guard let text = row["text"] as? String, !text.allSatisfy(\.isWhitespace) else { return nil }
        let metadata = ["id": "\(row["id"] as? Int ?? -1)", "lang": row["lang"] as? String ?? ""]
        return Document(text: text, origin: DocumentOrigin(file: "", record: index), metadata: metadata)
    }

    static func file(_ name: String) throws -> DocumentFile {
        try #require(try DocumentFiles([name], root: folder).files.first)
    }

    static func expectSame(_ found: [Document], _ expected: some Collection<Document>, _ note: String) {
        #expect(found.map(\.text) == expected.map(\.text), "\(note)")
        #expect(found.map(\.metadata) == expected.map(\.metadata), "\(note)")
        #expect(found.map(\.origin.record) == expected.map(\.origin.record), "\(note)")
    }

    static let sameRows: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { name in ["v1-", "v2-", "pages", "type-", "rows."].contains { name.hasPrefix($0) } }
    }()

    static let options = ReaderOptions(metadata: ["id", "lang"])

    @Test("every form gives the same documents, from the start and from every position", arguments: sameRows)
    func sameDocuments(name: String) throws {
        #expect(Self.rows.count == 20 && Self.documents.count == 14)
        let file = try Self.file(name)
        let stream = try file.open(Self.options)
        for index in 0...Self.documents.count {
            let rest = try Reading.all(file.open(Self.options, at: stream.position))
            Self.expectSame(rest, Self.documents[index...], "\(name) from document \(index)")
            _ = try stream.next()
        }
        #expect(stream.counts.skipped == [.missingField: 4, .empty: 2])
        #expect(stream.counts.bytes > 0)
    }

    @Test("there are all versions, codecs and encodings")
    func allForms() {
        #expect(Self.sameRows.count == 25)
    }

    @Test("numbers of either width are read as metadata")
    func numbers() throws {
        let stream = try Self.file("v1-zstd-plain.parquet").open(ReaderOptions(metadata: ["score"]))
        #expect(try stream.next()?.metadata == ["score": "0.0"])
        _ = try stream.next()
        #expect(try stream.next()?.metadata == ["score": "1.0"])
    }

    @Test("required columns, columns of nulls and tables without rows")
    func edges() throws {
        let required = try Self.file("required.parquet").open(ReaderOptions())
        #expect(try Reading.all(required).map(\.text) == Self.documents.map(\.text))
        let nulls = try Self.file("nulls.parquet").open(ReaderOptions())
        #expect(try Reading.all(nulls).isEmpty && nulls.counts.skipped == [.missingField: 5])
        #expect(try Reading.all(Self.file("no-rows.parquet").open(ReaderOptions())).isEmpty)
    }

    @Test("fields of a struct are read; lists as texts and other codecs are refused in one sentence")
    func refused() throws {
        let nested = try Self.file("nested.parquet")
        #expect(try Reading.all(nested.open(ReaderOptions(field: "doc.text"))).map(\.text) == ["inside", "again"])
        func message(_ file: DocumentFile, _ field: String) -> String {
            do {
                _ = try Reading.all(file.open(ReaderOptions(field: field)))
                return "no error"
            } catch { return "\(error)" }
        }
        #expect(
            message(nested, "doc").contains(
                "nested column 'doc' (a struct) as the text of a record is not supported; name one of"))
        #expect(message(nested, "messages").contains("nested column 'messages' (a list or map)"))
        #expect(message(nested, "messages.list.element.role").contains("a list or map"))
        #expect(
            message(nested, "body").contains("no record has the text field 'body'; found doc.text, doc.n, messages"))
        #expect(message(try Self.file("v1-none-plain.parquet"), "id").contains("'id', which is not text"))
        #expect(message(try Self.file("refused-lz4.parquet"), "text").contains("compression LZ4"))
    }

    @Test("whole records hold every text column")
    func records() throws {
        let stream = try Self.file("v2-snappy-dictionary.parquet").open(ReaderOptions())
        #expect(try stream.nextRecord()?.record["lang"] == .string("en"))
        _ = try stream.nextRecord()
        #expect(try stream.nextRecord()?.record["text"] == .null)
    }

    @Test(
        "the same 60 documents in every form of the real data",
        .enabled(if: DataRoot.has("text/formats"), "no text/formats below XMODEL_DATA"),
        arguments: [
            "jsonl.gz", "jsonl.zst", "csv", "tsv", "none.parquet", "snappy.parquet", "zstd.parquet",
        ])
    func realFormats(form: String) throws {
        func documents(_ form: String) throws -> [Document] {
            let files = try DocumentFiles(["text/formats/documents.\(form)"], root: DataRoot.url)
            return try Reading.all(files.files[0].open(ReaderOptions(metadata: ["id"])))
        }
        let expected = try documents("jsonl")
        #expect(expected.count == 60)
        Self.expectSame(try documents(form), expected, form)
    }
}
