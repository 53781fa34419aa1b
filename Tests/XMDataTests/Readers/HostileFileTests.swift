// Truncated and altered files of every format: a counted skip or a clear error, never a crash, never a cut-off
// document.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMData

@Suite("HostileFileTests")
struct HostileFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let names = [
        "rows.jsonl.gz", "rows.jsonl.zst", "v1-none-plain.parquet", "v2-none-dictionary.parquet",
        "v1-snappy-dictionary.parquet", "v2-gzip-plain.parquet", "pages.parquet", "nested.parquet",
    ]

    private static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: ParquetTests.folder.appending(path: name)))
    }

    /// Texts that were read, and the error, which must be one of ours and name the file.
    private func read(_ name: String, _ bytes: [UInt8]) throws -> (texts: [String], error: String?) {
        var texts: [String] = []
        let options = ReaderOptions(
            field: name == "nested.parquet" ? "doc.text" : "text", maximumDocumentBytes: 1 << 16)
        do {
            let stream = try Reading.file(name, in: folder, bytes).open(options)
            // A broken table may claim rows without end.
            while texts.count < 10_000, let document = try stream.next() { texts.append(document.text) }
            return (texts, nil)
        } catch let error as ReaderError {
            #expect("\(error)".contains(name))
            return (texts, "\(error)")
        }
    }

    @Test("a truncated file gives an error and no cut-off document", arguments: names)
    func truncated(name: String) throws {
        let whole = try Self.bytes(name)
        let documents = try read(name, whole).texts
        for length in stride(from: 0, to: whole.count, by: name.hasSuffix("parquet") ? 13 : 1) {
            let found = try read(name, Array(whole.prefix(length)))
            #expect(documents.starts(with: found.texts) && (!found.texts.isEmpty || found.error != nil || length == 0))
            // Between two members, and inside the padding, a gzip or zstd file is whole.
            if name.hasSuffix("parquet") { #expect(found.error != nil) }
        }
    }

    @Test("an altered file gives documents or an error, never a crash", arguments: names)
    func altered(name: String) throws {
        let whole = try Self.bytes(name)
        var random = RandomStream(seed: 7, "hostile/" + name)
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = [0, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(
                    using: &random)!
            }
            _ = try read(name, bytes)
        }
    }

    @Test("text formats survive any alteration", arguments: ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.txt"])
    func alteredText(name: String) throws {
        let rows =
            switch name {
            case "a.csv", "a.tsv": "id,text\r\n1,\"a,\"\"b\"\"\nc\"\r\n2,plain é\n3,\"\"\n"
            case "a.json":
                "[{\"id\": 1, \"text\": \"a\\n\\u00e9\\ud83d\\ude00\"}, {\"text\": [1, 2.5e3]}, {\"text\": \"é\"}]"
            default:
                "{\"id\": 1, \"text\": \"a\\n\\u00e9\\ud83d\\ude00\"}\n{\"text\": {\"a\": null}}\n{\"text\": \"é\"}\n"
            }
        let whole = Array(rows.utf8)
        var random = RandomStream(seed: 7, "hostile/" + name)
        let letters = Array("\"\\,{}[]\n\r\t:u0e-.\u{0}\u{FF}\u{C3}".utf8)
        for _ in 0..<400 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = letters.randomElement(using: &random)!
                case 1: bytes.remove(at: place)
                default: bytes.insert(letters.randomElement(using: &random)!, at: place)
                }
            }
            _ = try read(name, bytes)
        }
        // Depth is bounded: a hundred thousand brackets are not an exhausted stack.
        let deep = String(repeating: "[", count: 30_000)
        #expect(try read(name, Array("{\"text\": \(deep)".utf8)).texts.allSatisfy { $0.contains("[[") })
    }

    @Test("skippable zstd frames, which parallel writers put first and seekable ones last, are passed over")
    func skippableFrames() throws {
        let frame: [UInt8] = [0x5E, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        let whole = try Self.bytes("rows.jsonl.zst")
        let documents = try read("rows.jsonl.zst", whole).texts
        let found = try read("a.jsonl.zst", frame + whole + frame)
        #expect(found.error == nil && found.texts == documents && documents.count > 10)
        let cut = try read("b.jsonl.zst", frame + whole + frame.dropLast())
        #expect(cut.error?.contains("truncated") == true)
    }

    @Test("sizes that a file merely claims are not believed")
    func claims() throws {
        // A footer of the largest length; a gzip member that says it holds 4 GB.
        let footer = Array("PAR1".utf8) + [0, 0, 0, 0] + [0xFF, 0xFF, 0xFF, 0x7F] + Array("PAR1".utf8)
        #expect(try read("a.parquet", footer).error?.contains("a footer longer than the file") == true)
        var gzip = try Self.bytes("rows.jsonl.gz")
        while gzip.last == 0 { gzip.removeLast() }
        gzip.replaceSubrange(gzip.count - 4..<gzip.count, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(try read("a.jsonl.gz", gzip).error?.contains("damaged at byte") == true)
        // snappy: a length of 4 GB, and copies from before the beginning.
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 8)
        defer { room.deallocate() }
        for bytes: [UInt8] in [
            [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0], [8, 0x01, 0x01], [8, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF], [8], [],
            [8, 0x1C, 1, 2, 3, 4, 5, 6, 7, 8, 0x01, 0x01],
        ] {
            #expect(bytes.withUnsafeBytes { !Snappy.decode($0, into: room) })
        }
        // A literal of two bytes and an overlapping copy of six.
        let good: [UInt8] = [8, 0x04, 0x61, 0x62, 0x09, 0x02]
        #expect(
            good.withUnsafeBytes { Snappy.decode($0, into: room) }
                && String(decoding: room, as: UTF8.self) == "abababab")
    }
}
