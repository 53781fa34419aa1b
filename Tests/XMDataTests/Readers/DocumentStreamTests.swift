// Which files a source has, and the documents of text files and JSON Lines: encodings, skips, positions.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMData

/// Shared by the suites of readers.
enum Reading {
    static func file(_ name: String, in folder: TemporaryFolder, _ bytes: [UInt8]) throws -> DocumentFile {
        try Data(bytes).write(to: folder.url.appending(path: name))
        return try #require(try DocumentFiles([name], root: folder.url).files.first)
    }

    static func all(_ stream: DocumentStream) throws -> [Document] {
        var documents: [Document] = []
        while let document = try stream.next() { documents.append(document) }
        return documents
    }
}

@Suite("DocumentStreamTests")
struct DocumentStreamTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(
        _ name: String, _ bytes: [UInt8], _ options: ReaderOptions = ReaderOptions()
    ) throws -> (texts: [String], counts: ReadingCounts) {
        let stream = try Reading.file(name, in: folder, bytes).open(options)
        return (try Reading.all(stream).map(\.text), stream.counts)
    }

    @Test("a folder, a pattern and a name give sorted files, each once")
    func files() throws {
        for name in ["b.txt", "a.jsonl", "deep/c.md", "deep/er/d.csv.gz", "note.pdf", ".hidden.txt"] {
            let url = folder.url.appending(path: name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("x".utf8).write(to: url)
        }
        func paths(_ patterns: String...) throws -> [String] {
            try DocumentFiles(patterns, root: folder.url).files.map(\.path)
        }
        #expect(try paths("b.txt", ".") == ["a.jsonl", "b.txt", "deep/c.md", "deep/er/d.csv.gz"])
        #expect(try paths("*", "deep") == ["a.jsonl", "b.txt", "deep/c.md", "deep/er/d.csv.gz"])
        #expect(try paths("**/*.md", "b.txt", "b.*") == ["b.txt", "deep/c.md"])
        #expect(try paths("deep/**/?.csv*") == ["deep/er/d.csv.gz"])
        #expect(throws: ReaderError.noFiles(pattern: "*.parquet", root: folder.url.path)) { try paths("*.parquet") }
        #expect(throws: ReaderError.noFiles(pattern: "none", root: folder.url.path)) { try paths("none") }
        #expect { try paths("note.pdf") } throws: { "\($0)".contains("note.pdf: unknown kind of file") }
    }

    @Test("text files: marks, CRLF, ISO-8859-1, UTF-16 and damage are converted and counted")
    func encodings() throws {
        let marked = try read("a.txt", [0xEF, 0xBB, 0xBF] + Array("a\r\nb\rc\r\n\r\n".utf8))
        #expect(marked.texts == ["a\nb\rc\n\n"])
        #expect(marked.counts.byteOrderMarks == 1 && marked.counts.carriageReturns == 1)
        let latin = try read("a.txt", Array("caf".utf8) + [0xE9])
        #expect(latin.texts == ["café"] && latin.counts.converted == 1)
        // É followed by » is by accident also UTF-8.
        let accident = try read("a.txt", [0xAB, 0x43, 0xC9, 0xBB, 0x20, 0xE9, 0x74, 0xE9])
        #expect(accident.texts == ["«CÉ» été"])
        let wide = try read("a.txt", [0xFF, 0xFE, 0x41, 0, 0x3D, 0xD8, 0x00, 0xDE])
        #expect(wide.texts == ["A😀"] && wide.counts.converted == 1)
        let damaged = try read("a.txt", Array("é ü ".utf8) + [0xE2, 0x80] + Array(" x".utf8))
        #expect(damaged.texts == ["é ü \u{FFFD} x"] && damaged.counts.repaired == 1)
    }

    @Test("a separating line cuts a text file into documents")
    func separated() throws {
        let options = ReaderOptions(separator: "<|end|>")
        let found = try read("a.txt", Array("one\r\ntwo\r\n<|end|>\r\nthree\n<|end|>\n\n<|end|>\nlast".utf8), options)
        #expect(found.texts == ["one\ntwo\n", "three\n", "last\n"])
        #expect(found.counts.skipped == [.empty: 1])
        let short = ReaderOptions(separator: "--", maximumDocumentBytes: 6)
        let limited = try read("a.txt", Array("abc\ndef\n--\nabcdefgh\n--\nabc\n".utf8), short)
        #expect(limited.texts == ["abc\n"] && limited.counts.skipped == [.tooLong: 2])
    }

    @Test("JSON Lines: nested fields, metadata, escapes; bad rows are skipped and counted")
    func jsonLines() throws {
        let lines = [
            #"{"id": 9007199254740993, "meta": {"lang": "de", "n": [1, 2]}, "doc": {"body": {"text": "a\n\u00e9\ud83d\ude00"}}}"#,
            "", "   ", "{\"doc\": {\"body\": {\"text\": null}}}", "{\"doc\": {\"body\": 3}}", "{\"doc\":",
            "[1]", "{\"doc\": {\"body\": {\"text\": 7}}}", "{\"doc\": {\"body\": {\"text\": \" \"}}}",
            #"{"doc": {"body": {"text": "x\ud800y"}}}"#,
        ]
        let options = ReaderOptions(field: "doc.body.text", metadata: ["id", "meta.lang", "meta.n"])
        let stream = try Reading.file("a.jsonl", in: folder, Array(lines.joined(separator: "\r\n").utf8)).open(options)
        let documents = try Reading.all(stream)
        #expect(documents.map(\.text) == ["a\né😀", "x\u{FFFD}y"])
        #expect(documents[0].metadata == ["id": "9007199254740993", "meta.lang": "de", "meta.n": "[1, 2]"])
        #expect(documents.map(\.origin.row) == [0, 7])
        let counts = stream.counts
        #expect(counts.skipped == [.missingField: 2, .notJSON: 2, .notText: 1, .empty: 1])
        #expect(counts.documents == 2 && counts.repaired == 1)
        #expect(counts.bytes == lines.joined(separator: "\r\n").utf8.count)
        #expect(counts.skippedSamples.contains { $0.origin.row == 3 && $0.cause == .notJSON })
    }

    @Test("a field that no row has is one error that lists the fields")
    func noField() throws {
        let file = try Reading.file("a.jsonl", in: folder, Array("{\"body\": \"x\"}\n{\"body\": \"y\"}\n".utf8))
        #expect {
            try Reading.all(file.open(ReaderOptions()))
        } throws: { "\($0)".contains("a.jsonl: no row has a text field 'text'; found body") }
    }

    @Test("a very long line is passed over without being held")
    func longLine() throws {
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: 5_000_000)
        let bytes = Array("{\"text\": \"one\"}\n{\"text\": \"".utf8) + long + Array("\"}\n{\"text\": \"two\"}".utf8)
        let found = try read("a.jsonl", bytes, ReaderOptions(maximumDocumentBytes: 1000))
        #expect(found.texts == ["one", "two"] && found.counts.skipped == [.tooLong: 1])
        let whole = try read("a.txt", bytes, ReaderOptions(maximumDocumentBytes: 1000))
        #expect(whole.texts == [] && whole.counts.skipped == [.tooLong: 1] && whole.counts.bytes == bytes.count)
    }

    @Test("empty files give nothing and no error")
    func empty() throws {
        #expect(try read("a.txt", []).counts.skipped == [.empty: 1])
        #expect(try read("a.jsonl", []).texts == [])
        #expect(try read("b.txt", [0xEF, 0xBB, 0xBF]).texts == [])
    }

    @Test("whole records come with every field")
    func records() throws {
        let stream = try Reading.file("a.jsonl", in: folder, Array("{\"q\": \"1\", \"n\": [true]}\nx\n".utf8))
            .open(ReaderOptions())
        let record = try #require(try stream.nextRecord())
        #expect(record.record == .object(["q": .string("1"), "n": .array([.bool(true)])]))
        #expect(try stream.nextRecord() == nil && stream.counts.skipped == [.notJSON: 1])
    }

    @Test("reading goes on from every saved position", arguments: ["a.jsonl", "a.txt"])
    func positions(name: String) throws {
        let text =
            name == "a.txt" ? "a\n\n--\nb\r\n--\nc" : "{\"text\": \"a\"}\n\nbad\n{\"text\": \"b\"}\r\n{\"text\": \"c\"}"
        let options = ReaderOptions(separator: "--")
        let file = try Reading.file(name, in: folder, Array(text.utf8))
        let whole = try Reading.all(file.open(options))
        #expect(whole.count == 3)
        let stream = try file.open(options)
        for index in 0...3 {
            let saved = try JSONDecoder().decode(ReaderPosition.self, from: JSONEncoder().encode(stream.position))
            #expect(try Reading.all(file.open(options, at: saved)) == Array(whole[index...]))
            _ = try stream.next()
        }
        #expect { try file.open(options, at: ReaderPosition(offset: 1000, row: 9)) } throws: {
            "\($0)".contains("lies beyond its end")
        }
    }
}
