// CSV, TSV, JSON lists and compressed files, by hand-made cases.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMData

@Suite("TableTests")
struct TableTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(
        _ name: String, _ text: String, _ options: ReaderOptions = ReaderOptions()
    ) throws -> (texts: [String], counts: ReadingCounts) {
        let stream = try Reading.file(name, in: folder, Array(text.utf8)).open(options)
        return (try Reading.all(stream).map(\.text), stream.counts)
    }

    @Test(
        "RFC 4180: quotes, doubled quotes, embedded line ends, either line end",
        arguments: [
            ("id,text\n1,plain\n2,\"quoted\"\n", ["plain", "quoted"]),
            ("id,text\r\n1,plain\r\n2,\"a,\"\"b\"\"\r\nc\"\r\n", ["plain", "a,\"b\"\r\nc"]),
            ("text\n\"\"\"\"\n\"a\"\nx", ["\"", "a", "x"]),
            ("\u{FEFF}\"text\",b\n5\" pipe,\"\"\n", ["5\" pipe"]),
            ("text,b\n\n a ,1\n\r\nb,2", [" a ", "b"]),
            ("b,text\n,\n,\"\"\n1,é好\n", ["é好"]),
            ("a,text,c\n1,x,3\r", ["x"]),
            ("text,b\rone,1\rtwo,2\r", ["one", "two"]),
            ("text,b\r\"a\rb\",1\r\n\rc,2\nd,3", ["a\rb", "c", "d"]),
        ] as [(String, [String])])
    func csv(text: String, documents: [String]) throws {
        #expect(try read("a.csv", text).texts == documents)
        #expect(
            try read("a.tsv", text.replacing(",", with: "\t")).texts == documents.map { $0.replacing(",", with: "\t") })
    }

    @Test("rows that do not fit are skipped and counted; a quote that is not closed is one error with its place")
    func badRows() throws {
        let found = try read("a.csv", "id,text\n1\n2,a,b\n3,\"x\"y\n4,good\n5,\"\"\n6,\"q\"\n")
        #expect(found.texts == ["good", "q"])
        #expect(found.counts.skipped == [.wrongColumns: 2, .badQuotes: 1, .empty: 1])
        #expect { try read("a.csv", "id,text\n1,a\n2,\"open\n3,b\n") } throws: {
            "\($0)".contains("damaged at byte 12") && "\($0)".contains("unterminated quote")
        }
        #expect { try read("a.csv", "id,body\n1,a\n") } throws: { "\($0)".contains("found id, body") }
        #expect(try read("a.csv", "").texts == [] && read("a.csv", "id,text\n").texts == [])
    }

    @Test(
        "TSV whose quotes are text, as most programs write it, loses no row",
        arguments: [
            (
                "text\tid\nFirst\tone\n\"Second\ttwo\nThird \"s\"\tthree\nFourth\tfour\n",
                ["First", "\"Second", "Third \"s\"", "Fourth"]
            ),
            (
                "text\tid\n\"Second\t1\nThird\t2\n\"Fifth\" sentence\t3\nSixth\t4\n",
                ["\"Second", "Third", "\"Fifth\" sentence", "Sixth"]
            ),
            // Both quotes are in the right places, and still the lines are rows.
            ("text\tid\n\"open\t1\nclosed\"\t2\nlast\t3", ["\"open", "closed\"", "last"]),
            ("id\ttext\r\n1\t\"open\r\n2\tnever closed\r\n", ["\"open", "never closed"]),
            ("text\tid\r\"x\t1\ry\t2\r", ["\"x", "y"]),
            // Quoted after RFC 4180: a tab and a line end inside.
            ("text\tid\n\"a\tb\nc\td\"\t1\n\"e\"\"f\"\t2\n", ["a\tb\nc\td", "e\"f"]),
        ] as [(String, [String])])
    func strayQuotes(text: String, documents: [String]) throws {
        let found = try read("a.tsv", text)
        #expect(found.texts == documents && found.counts.skipped.isEmpty)
        // Reading goes on from every row.
        let file = try Reading.file("a.tsv", in: folder, Array(text.utf8))
        let stream = try file.open(ReaderOptions())
        for index in 0...documents.count {
            #expect(try Reading.all(file.open(ReaderOptions(), at: stream.position)).count == documents.count - index)
            _ = try stream.next()
        }
    }

    @Test("a stray quote before much text swallows nothing, and is not held", arguments: [0, 1, 2])
    func strayQuoteFarOff(shift: Int) throws {
        let rows = (0..<40_000).map { "row \($0)\t\($0)" }
        let text = "text\tid\n\"" + String(repeating: "z", count: shift) + "\t0\n" + rows.joined(separator: "\n")
        let found = try read("a.tsv", text, ReaderOptions(maximumDocumentBytes: 100_000))
        #expect(found.texts.count == 40_001 && found.texts.last == "row 39999" && found.counts.skipped.isEmpty)
    }

    @Test("a file without a header has numbered columns")
    func headless() throws {
        let options = ReaderOptions(field: "1", metadata: ["0"], header: false)
        let stream = try Reading.file("a.csv", in: folder, Array("q,x\nr,\"y\n\"\n".utf8)).open(options)
        let documents = try Reading.all(stream)
        #expect(documents.map(\.text) == ["x", "y\n"] && documents[1].metadata == ["0": "r"])
        let again = try Reading.file("a.csv", in: folder, Array("q,x\nr,\"y\n\"\n".utf8))
            .open(options, at: ReaderPosition(offset: 4, record: 1))
        #expect(try Reading.all(again) == Array(documents[1...]))
    }

    @Test("rows larger than the window, and rows that are too long, at every border", arguments: [0, 1, 2, 3, 7])
    func borders(shift: Int) throws {
        // The window is 256 KiB: fields are placed so that its end falls on each kind of byte.
        let filler = String(repeating: "z", count: (1 << 18) - 40 - shift)
        let text = "id,text\r\n1,\(filler)\r\n2,\"aa\"\"bb\r\ncc\"\r\n3,\"\(filler)\"\r\n4,dd\r\n"
        #expect(try read("a.csv", text).texts == [filler, "aa\"bb\r\ncc", filler, "dd"])
        let found = try read("a.csv", text, ReaderOptions(maximumDocumentBytes: 1000))
        #expect(found.texts == ["aa\"bb\r\ncc", "dd"] && found.counts.skipped == [.tooLong: 2])
        let stream = try Reading.file("a.csv", in: folder, Array(text.utf8)).open(ReaderOptions())
        for index in 0..<4 {
            let rest = try Reading.file("a.csv", in: folder, Array(text.utf8)).open(
                ReaderOptions(), at: stream.position)
            #expect(try Reading.all(rest).count == 4 - index)
            _ = try stream.next()
        }
    }

    @Test("a JSON file: a list, objects in sequence, or one object, however they are laid out")
    func jsonFiles() throws {
        for text in [
            "[{\"text\": \"a\"}, {\"text\": \"}]b\\\"\"}]", "{\"text\": \"a\"}\n{\"text\": \"}]b\\\"\"}\n",
            "\u{FEFF}\n[\n  {\n \"text\":\n \"a\"\n},\n{\"x\": [{}, [1]], \"text\": \"}]b\\\"\"}\n]\n",
        ] {
            #expect(try read("a.json", text).texts == ["a", "}]b\""])
        }
        #expect(try read("a.json", "{\"text\": \"one\"}").texts == ["one"])
        let mixed = try read("a.json", "[1, \"x{\", {\"text\": \"a\"}, {\"text\": b}, null, {\"text\": \"c\"}]")
        #expect(mixed.texts.last == "c" && mixed.counts.skipped[.notJSON, default: 0] >= 2)
        #expect { try read("a.json", "[{\"text\": \"a\"}, {\"text\": \"b\"") } throws: {
            "\($0)".contains("damaged at byte 16")
        }
        #expect(try read("a.json", "[]").texts == [] && read("a.json", "").texts == [])
        let long = "[{\"text\": \"\(String(repeating: "l", count: 600_000))\"}, {\"text\": \"s\"}]"
        let limited = try read("a.json", long, ReaderOptions(maximumDocumentBytes: 100))
        #expect(limited.texts == ["s"] && limited.counts.skipped == [.tooLong: 1])
        let file = try Reading.file("a.json", in: folder, Array(long.utf8))
        let stream = try file.open(ReaderOptions())
        _ = try stream.next()
        #expect(try Reading.all(file.open(ReaderOptions(), at: stream.position)).map(\.text) == ["s"])
    }

    @Test("a name that promises compression must keep its word; compression needs no name")
    func compression() throws {
        let bytes = [UInt8](try Data(contentsOf: ParquetTests.folder.appending(path: "rows.jsonl.gz")))
        let unnamed = try Reading.file("a.jsonl", in: folder, bytes)
        #expect(try Reading.all(unnamed.open(ReaderOptions())).count == 14)
        #expect { try read("a.jsonl.gz", "{\"text\": \"a\"}") } throws: {
            "\($0)".contains("is not a gzip file")
        }
        #expect { try Reading.file("a.jsonl.zst", in: folder, bytes).open(ReaderOptions()) } throws: {
            "\($0)".contains("is not a zstd file")
        }
        let garbage = try Reading.file("b.jsonl", in: folder, bytes + Array("more".utf8))
        #expect { try Reading.all(garbage.open(ReaderOptions())) } throws: { "\($0)".contains("damaged at byte") }
    }
}
