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
        #expect { try paths("note.pdf") } throws: { "\($0)".contains("note.pdf: unknown file format") }
    }

    @Test("a file counts once, under whatever names: links, circles, hard links and spellings")
    func sameFile() throws {
        let d = folder.url.appending(path: "d")
        try FileManager.default.createDirectory(at: d.appending(path: "x"), withIntermediateDirectories: true)
        try Data("1".utf8).write(to: d.appending(path: "a.jsonl"))
        try Data("2".utf8).write(to: d.appending(path: "x/b.jsonl"))
        func link(_ name: String, _ target: String) {
            #expect(symlink(target, d.appending(path: name).path) == 0)
        }
        link("loop", ".")
        link("x/up", "..")
        link("0-first.jsonl", "a.jsonl")
        link("y", "x")
        func paths(_ patterns: String...) throws -> [String] {
            try DocumentFiles(patterns, root: folder.url).files.map(\.path)
        }
        #expect(try paths("d") == ["d/a.jsonl", "d/x/b.jsonl"])
        #expect(
            try paths("d/**/*.jsonl", "d/x/../a.jsonl", d.path + "/a.jsonl", "./d//a.jsonl") == [
                "d/a.jsonl", "d/x/b.jsonl",
            ])
        #expect(try paths("d/x/../a.jsonl", "d/a.jsonl") == paths("d/a.jsonl", "d/x/../a.jsonl"))
        #expect(try paths("d/loop/loop/x") == ["d/loop/loop/x/b.jsonl", "d/loop/loop/x/up/a.jsonl"])
        // Token files by the same rules.
        try Data([5, 0, 2, 0]).write(to: d.appending(path: "x/t.bin"))
        link("u.bin", "x/t.bin")
        let config = DataConfig(
            tokenizer: "", sources: [SourceConfig(name: "t", files: ["d", "d/u.bin"], format: .tokens)])
        #expect(try PreparationUnit.all(config, root: folder.url).flatMap(\.inputs).map(\.path) == ["d/u.bin"])
        link("gone.jsonl", "nowhere")
        #expect { try paths("d") } throws: { "\($0)".contains("gone.jsonl: cannot be read (No such file") }
    }

    @Test("a name that is not UTF-8 is told, escaped, where it would be read")
    func nameOfBytes() throws {
        func write(_ name: [UInt8]) throws {
            let path = Array((folder.url.path + "/").utf8) + name + [0]
            let descriptor = path.withUnsafeBytes {
                open($0.assumingMemoryBound(to: CChar.self).baseAddress!, O_CREAT | O_WRONLY, 0o600)
            }
            try #require(descriptor >= 0)
            close(descriptor)
        }
        try write(Array("caf".utf8) + [0xE9] + Array(".pdf".utf8))
        try write(Array("b.jsonl".utf8))
        #expect(try DocumentFiles(["."], root: folder.url).files.map(\.path) == ["b.jsonl"])
        try write(Array("caf".utf8) + [0xE9] + Array(".jsonl".utf8))
        #expect { try DocumentFiles(["."], root: folder.url) } throws: {
            "\($0)".contains("/caf\\xE9.jsonl: the file name is not UTF-8; rename")
        }
        // Two spellings of one letter are two names.
        let marks = try TemporaryFolder()
        for name in ["\u{E9}.txt", "e\u{301}.txt"] { try Data().write(to: marks.url.appending(path: name)) }
        #expect(try DocumentFiles(["?.txt", "*"], root: marks.url).files.count == 2)
    }

    @Test(
        "UTF-16 of either order, with a mark or without, is read in every format",
        arguments: ["a.txt", "a.jsonl", "a.json", "a.csv", "a.tsv"])
    func wide(name: String) throws {
        let texts = ["Grüße, 😀 world", "你好，世界。一", "Привет"]
        for text in texts {
            let content =
                switch name {
                case "a.txt": text + "\r\n"
                case "a.json": "[{\"text\": \"\(text)\"}]"
                case "a.jsonl": "{\"text\": \"\(text)\"}\r\n"
                case "a.csv": "id,text\r\n1,\"\(text)\"\r\n"
                default: "id\ttext\r\n1\t\(text)\r\n"
                }
            for (mark, bigEndian) in [(false, false), (false, true), (true, false), (true, true)] {
                let bytes = ((mark ? "\u{FEFF}" : "") + content).utf16.flatMap { unit in
                    bigEndian ? [UInt8(unit >> 8), UInt8(unit & 255)] : [UInt8(unit & 255), UInt8(unit >> 8)]
                }
                let found = try read(name, bytes)
                #expect(found.texts == [name == "a.txt" ? text + "\n" : text], "\(text) \(mark) \(bigEndian)")
                #expect(found.counts.converted == 1 && found.counts.byteOrderMarks == (mark ? 1 : 0))
            }
        }
    }

    @Test(
        "a long file in UTF-16 is converted in chunks, a truncated one is damaged; UTF-32 and stray zeros are not UTF-16"
    )
    func wideEdges() throws {
        let lines = (0..<20_000).map { "{\"text\": \"😀 line \($0)\"}" }
        let bytes = lines.joined(separator: "\n").utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let found = try read("a.jsonl", bytes)
        #expect(found.texts.count == 20_000 && found.texts.last == "😀 line 19999" && found.counts.skipped.isEmpty)
        let file = try Reading.file("a.jsonl", in: folder, bytes)
        let stream = try file.open(ReaderOptions())
        for _ in 0..<12_345 { _ = try stream.next() }
        #expect(try Reading.all(file.open(ReaderOptions(), at: stream.position)).first?.text == "😀 line 12345")
        #expect { try read("a.jsonl", bytes.dropLast()) } throws: { "\($0)".contains("odd number of bytes") }
        #expect { try read("a.txt", [0xFF, 0xFE, 0, 0, 0x41, 0, 0, 0]) } throws: { "\($0)".contains("UTF-32 is not") }
        #expect(try read("a.txt", Array("one\0two\0three\0four\0".utf8)).texts == ["one\0two\0three\0four\0"])
        #expect(try read("a.txt", Array("plain text with one \0 inside".utf8)).counts.converted == 0)
    }

    @Test("carriage returns alone, as old Macs ended lines")
    func carriageReturns() throws {
        let lines = try read(
            "a.jsonl", Array("{\"text\": \"a\"}\r\r{\"text\": \"b\"}\r\n{\"text\": \"c\"}\n{\"text\": \"d\"}".utf8))
        #expect(lines.texts == ["a", "b", "c", "d"] && lines.counts.skipped.isEmpty)
        #expect(try read("a.txt", Array("one\rtwo\r".utf8)).texts == ["one\ntwo\n"])
        let options = ReaderOptions(separator: "--")
        #expect(try read("a.txt", Array("one\rtwo\r--\rthree\r".utf8), options).texts == ["one\ntwo\n", "three\n"])
        // Line ends at every border of the window of 256 KiB.
        for shift in 0..<4 {
            let filler = String(repeating: "z", count: (1 << 18) - 14 - shift)
            for end in ["\r", "\r\n", "\n"] {
                let text = "{\"text\": \"\(filler)\"}\(end){\"text\": \"b\"}\(end)"
                #expect(try read("a.jsonl", Array(text.utf8)).texts == [filler, "b"])
            }
        }
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
        #expect(documents.map(\.origin.record) == [0, 7])
        let counts = stream.counts
        #expect(counts.skipped == [.missingField: 2, .notJSON: 2, .notText: 1, .empty: 1])
        #expect(counts.documents == 2 && counts.repaired == 1)
        #expect(counts.bytes == lines.joined(separator: "\r\n").utf8.count)
        #expect(counts.skippedSamples.contains { $0.origin.record == 3 && $0.cause == .notJSON })
    }

    @Test("a field that no row has is one error that lists the fields")
    func noField() throws {
        let file = try Reading.file("a.jsonl", in: folder, Array("{\"body\": \"x\"}\n{\"body\": \"y\"}\n".utf8))
        #expect {
            try Reading.all(file.open(ReaderOptions()))
        } throws: { "\($0)".contains("a.jsonl: no record has the text field 'text'; found body") }
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
        #expect { try file.open(options, at: ReaderPosition(offset: 1000, record: 9)) } throws: {
            "\($0)".contains("beyond the end of the file")
        }
    }
}
