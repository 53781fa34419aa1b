// Shards: what is written is read, whatever its cut; damaged and hostile folders are named, never drawn from.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMSupport
import XMTensor
import XMTestSupport
import XMTokenizer

@Suite("ShardTests")
struct ShardTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func document(_ number: Int, length: Int, masked: Bool = false) -> EncodedDocument {
        let tokens = (0..<length).map { $0 == length - 1 ? 0 : Int32((number * 31 + $0) % 200 + 1) }
        return EncodedDocument(tokens: tokens, trained: masked ? tokens.indices.map { $0 % 3 != 0 } : nil)
    }

    /// Lengths around the borders of bytes, words and rows.
    private let lengths = [1, 3, 17, 255, 8, 9, 64, 2, 1, 40]

    @Test("documents come back with tokens, mask and category", arguments: [256, 70_000])
    func roundTrip(vocabulary: Int) throws {
        var documents = lengths.enumerated().map { document($0, length: $1, masked: $0 % 2 == 0) }
        documents[3].category = .logic
        documents[4].category = .math
        if vocabulary > 65_536 { documents[1].tokens[0] = 69_999 }
        let prepared = try HandMadeShards.write(
            to: folder.url, vocabulary: vocabulary,
            sources: [("a", true, [Array(documents[..<4]), [], Array(documents[4...])])])
        let shards = try prepared.source("a")
        #expect(shards.documentCount == lengths.count && shards.tokenCount == lengths.reduce(0, +))
        for (number, wanted) in documents.enumerated() {
            let found = try shards.document(number)
            #expect(found.tokens == wanted.tokens && found.category == wanted.category)
            #expect(found.trained == wanted.trained ?? wanted.tokens.map { _ in true })
        }
        let math = try prepared.source("a/math")
        #expect(math.documentCount == 1 && math.tokenCount == 8)
        #expect(try math.document(0).tokens == documents[4].tokens)
        #expect(throws: DataError.emptySource("a/code")) { try prepared.source("a/code") }
        #expect(throws: DataError.unknownCategory(source: "a", name: "poems")) { try prepared.source("a/poems") }
    }

    @Test("rows are the same however the tokens are cut into shards")
    func cuts() throws {
        let documents = (0..<40).map { document($0, length: lengths[$0 % lengths.count]) }
        func rows(_ cut: Int, wholeDocuments: Bool) throws -> [SampledSequence] {
            let place = folder.url.appending(path: "cut-\(cut)-\(wholeDocuments)")
            let parts = stride(from: 0, to: 40, by: cut).map { Array(documents[$0..<min(40, $0 + cut)]) }
            let shards = try HandMadeShards.write(to: place, sources: [("a", wholeDocuments, parts)]).source("a")
            return try SamplingRule.allCases.flatMap { rule in
                let sequences = try shards.sequences(rule, length: 100, seed: 1)
                return try (0..<30).map { try sequences.sequence($0) }
            }
        }
        for whole in [false, true] {
            let one = try rows(40, wholeDocuments: whole)
            for cut in [1, 7] { #expect(try rows(cut, wholeDocuments: whole) == one) }
        }
    }

    @Test("a text shorter than a sequence is read around its end", arguments: SamplingRule.allCases)
    func short(rule: SamplingRule) throws {
        let text = EncodedDocument(tokens: [1, 2, 0])
        let shards = try HandMadeShards.write(to: folder.url, sources: [("a", false, [[text]])]).source("a")
        let sequence = try shards.sequences(rule, length: 5, seed: 1).sequence(0)
        // The text that is cut into sequences begins behind an EOS, so that its first token is a target too.
        let span: [Int32] = rule == .permutation ? [0, 1, 2, 0, 1, 2] : [1, 2, 0, 1, 2, 0]
        #expect(sequence.inputs == Array(span.dropLast()) && sequence.targets == Array(span.dropFirst()))
        #expect(sequence.documents == (rule == .permutation ? [0, 1, 1, 1, 2] : [0, 0, 0, 1, 1]))
    }

    @Test("the token file is the plain layout of other programs: 16-bit ids, documents ended by EOS")
    func plainLayout() throws {
        let documents = [EncodedDocument(tokens: [258, 5, 0]), EncodedDocument(tokens: [7, 0])]
        _ = try HandMadeShards.write(to: folder.url, vocabulary: 300, sources: [("a", false, [documents])])
        let bytes = try Data(contentsOf: folder.url.appending(path: "a/00000-000.bin"))
        #expect(Array(bytes) == [2, 1, 5, 0, 0, 0, 7, 0, 0, 0])
        let flat = try FlatTokens(
            folder.url.appending(path: "a/00000-000.bin"), vocabulary: 300, eos: 0)
        #expect(try flat.document(at: 0).tokens == [258, 5, 0] && flat.document(at: 3).tokens == [7, 0])
        // With the header that llm.c writes, and without EOS at the end.
        var headed = Data()
        for value in [20_240_520, 1, 3] + [UInt32](repeating: 0, count: 253) {
            withUnsafeBytes(of: value.littleEndian) { headed.append(contentsOf: $0) }
        }
        headed.append(contentsOf: [9, 0, 0, 0, 8, 0])
        let file = folder.url.appending(path: "headed.bin")
        try headed.write(to: file)
        let read = try FlatTokens(file, vocabulary: 300, eos: 0)
        #expect(read.tokenCount == 3)
        #expect(try read.document(at: 2) == (tokens: [8, 0], isComplete: false))
        #expect { try FlatTokens(file, vocabulary: 9, eos: 0).document(at: 0) } throws: {
            "\($0)".contains("byte 1024: has the id 9")
        }
        try (headed + [7, 0]).write(to: file)
        #expect { try FlatTokens(file, vocabulary: 300, eos: 0) } throws: {
            "\($0)".contains("byte 8: the header says 3 ids but the file has 4")
        }
        try headed.dropLast().write(to: file)
        #expect { try FlatTokens(file, vocabulary: 300, eos: 0) } throws: { "\($0)".contains("ends inside") }
    }

    @Test("ids of 32 bits and other programs' containers are refused by name, not read as 16-bit ids")
    func wideTokens() throws {
        let file = folder.url.appending(path: "foreign.bin")
        func message(_ data: Data, vocabulary: Int = 65_000) throws -> String {
            try data.write(to: file)
            do {
                let tokens = try FlatTokens(file, vocabulary: vocabulary, eos: 2)
                var start = 0
                while start < tokens.tokenCount { start += try tokens.document(at: start).tokens.count }
                return "read"
            } catch { return "\(error)" }
        }
        func bytes<T: FixedWidthInteger>(_ ids: [Int], _ type: T.Type, bigEndian: Bool = false) -> Data {
            ids.reduce(into: Data()) { data, id in
                withUnsafeBytes(of: bigEndian ? T(id).bigEndian : T(id).littleEndian) { data.append(contentsOf: $0) }
            }
        }
        let small = [17, 400, 2, 9, 31_999, 2]
        #expect(try message(bytes(small, UInt16.self)) == "read")
        for data in [bytes(small, UInt32.self), bytes(small, Int64.self)] {
            #expect(try message(data).contains("foreign.bin: at byte 0: contains 32-bit ids"))
        }
        #expect(try message(bytes(small, UInt32.self, bigEndian: true)).contains("big-endian 32-bit ids"))
        // Ids above 65,535 have high halves of one.
        let large = (0..<100).map { $0 * 1283 % 128_000 }
        #expect(try message(bytes(large, UInt32.self)).contains("32-bit ids"))
        let header = { (magic: Int, version: Int, count: Int) in
            bytes([magic, version, count] + [Int](repeating: 0, count: 253), UInt32.self)
        }
        #expect(try message(header(20_240_801, 7, 6) + bytes(small, UInt32.self)).contains("for Llama 3"))
        #expect(try message(header(20_240_520, 2, 6) + bytes(small, UInt16.self)).contains("version 2 of llm.c's"))
        #expect(
            try message(header(20_240_520, 1, 6) + bytes(small, UInt32.self)).contains("says 6 ids but the file has 12")
        )
        #expect(try message(header(20_240_522, 1, 6) + bytes(small, UInt16.self)).contains("an evaluation set"))
        #expect(try message(Data([0x93] + Array("NUMPY".utf8) + [1, 0])).contains("a NumPy array"))
        #expect(try message(bytes(small, UInt16.self), vocabulary: 31_999).contains("byte 8: has the id 31999"))
        // Documents of one token are what they are.
        #expect(try message(bytes([5, 2, 7, 2, 9, 2, 11, 2], UInt16.self)) == "read")
    }

    // MARK: Damage

    private func prepared() throws -> PreparedFolder {
        let documents = lengths.enumerated().map { document($0, length: $1, masked: true) }
        return try HandMadeShards.write(
            to: folder.url, sources: [("a", true, [documents]), ("b", false, [[document(5, length: 90)]])])
    }

    private func problems() throws -> [String] {
        // The hand-made folder has no tokenizer, which is a problem of its own.
        try ShardVerifier(folder.url, pool: ThreadPool(threadCount: 2)).problems
            .filter { !$0.contains(TokenizerFiles.sentencePieceName) }
    }

    @Test("a folder as written has no problems; each damage has one that names its file")
    func verify() throws {
        _ = try prepared()
        #expect(try problems() == [])
        for name in ["a/00000-000.bin", "a/00000-000.idx", "a/00000-000.mask", "b/00000-000.bin"] {
            let file = folder.url.appending(path: name)
            let good = try Data(contentsOf: file)
            var bad = good
            bad[good.count / 2] ^= 1
            try bad.write(to: file)
            #expect(try problems().map { $0.contains(name) && $0.contains("SHA-256") } == [true])
            try good.dropLast().write(to: file)
            #expect(try problems().map { $0.contains(name) && $0.contains("bytes") } == [true])
            try FileManager.default.removeItem(at: file)
            #expect(try problems().map { $0.contains(name) && $0.contains(": missing") } == [true])
            try good.write(to: file)
        }
        try Data([1, 0]).write(to: folder.url.appending(path: "a/00009-000.bin"))
        #expect(try problems().map { $0.contains("00009-000.bin: is not in the manifest") } == [true])
    }

    /// Replaces a shard's file together with its hash, as an attacker or a faulty writer would.
    private func replace(_ part: ShardPart, _ change: (inout Data) -> Void) throws {
        let file = folder.url.appending(path: "a/00000-000.\(part.rawValue)")
        var data = try Data(contentsOf: file)
        let before = SHA256.hex(of: data)
        change(&data)
        try data.write(to: file)
        let manifest = folder.url.appending(path: ShardManifest.fileName)
        let text = try String(contentsOf: manifest, encoding: .utf8)
        try Data(text.replacing(before, with: SHA256.hex(of: data)).utf8).write(to: manifest)
    }

    @Test("contents that cannot be are found behind a right hash, and rows refuse them")
    func hostileContents() throws {
        _ = try prepared()
        try replace(.index) { $0[13] = 0xFF }
        #expect(try problems().map { $0.contains(".idx") && $0.contains("byte") } == [true])
        func drawAll() throws {
            let shards = try PreparedFolder(folder.url).source("a")
            let sequences = try shards.sequences(.permutation, length: 64, seed: 1)
            for row in 0..<20 { _ = try sequences.sequence(row) }
        }
        #expect(throws: ShardError.self) { try drawAll() }
        _ = try prepared()
        try drawAll()
        try replace(.tokens) { $0[61] = 0x10 }
        #expect(try problems().map { $0.contains(".bin") && $0.contains("in a vocabulary of 256") } == [true])
        #expect(throws: ShardError.self) { try drawAll() }
        _ = try prepared()
        try replace(.tokens) { for byte in 0..<40 { $0[byte] = 0 } }
        #expect(try problems().map { $0.contains("does not have its only EOS") } == [true])
        // A document without a token would be drawn for ever.
        _ = try prepared()
        try replace(.index) { for byte in $0.indices { $0[byte] = 0 } }
        #expect(throws: ShardError.self) { try drawAll() }
    }

    @Test("a file that is cut or written to while sequences are read is an error that names it")
    func changedUnderReading() throws {
        for (name, size) in [("a/00000-000.bin", 64), ("a/00000-000.mask", 3), ("b/00000-000.bin", 0)] {
            let prepared = try prepared()
            let sequences = try prepared.source(String(name.prefix(1))).sequences(.permutation, length: 64, seed: 1)
            _ = try sequences.sequence(0)
            let file = folder.url.appending(path: name)
            let before = try Data(contentsOf: file).count
            #expect(truncate(file.path, off_t(size)) == 0)
            #expect { for index in 1..<8 { _ = try sequences.sequence(index) } } throws: {
                "\($0)".contains(
                    "\(name): changed while it was being read (it had \(before) bytes and now has \(size))")
            }
        }
    }

    @Test(
        "hostile manifests are refused",
        arguments: [
            ("\"name\" : \"00000-000\"", "\"name\" : \"../x\""), ("\"name\" : \"a\"", "\"name\" : \"..\""),
            ("\"name\" : \"a\"", "\"name\" : \"b\""), ("\"tokens\" : 400", "\"tokens\" : -1"),
            ("\"tokens\" : 400", "\"tokens\" : 9223372036854775807"), ("\"tokens\" : 400", "\"tokens\" : 401"),
            ("\"tokens\" : 400", "\"tokens\" : 1e300"), ("\"documents\" : 10", "\"documents\" : 11"),
            ("\"documents\" : 10", "\"documents\" : 401"), ("\"version\" : 4", "\"version\" : 2"),
            ("\"vocabulary\" : 256", "\"vocabulary\" : 0"), ("\"vocabulary\" : 256", "\"vocabulary\" : 99999999999"),
            ("\"eos\" : 0", "\"eos\" : 256"), ("\"width\" : 2", "\"width\" : 4"), ("\"width\" : 2", "\"width\" : 3"),
            ("\"bin\"", "\"exe\""), ("{", ""), ("\"number\" : 0", "\"number\" : -7"),
        ])
    func hostileManifests(find: String, put: String) throws {
        _ = try prepared()
        let file = folder.url.appending(path: ShardManifest.fileName)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains(find))
        try Data(text.replacing(find, with: put, maxReplacements: 1).utf8).write(to: file)
        #expect(throws: (any Error).self) { try PreparedFolder(folder.url).source("a") }
    }

    @Test("a truncated manifest is refused at every length")
    func truncatedManifest() throws {
        _ = try prepared()
        let file = folder.url.appending(path: ShardManifest.fileName)
        let data = try Data(contentsOf: file)
        for length in stride(from: 0, to: data.count - 1, by: 97) {
            try data.prefix(length).write(to: file)
            #expect(throws: (any Error).self) { try PreparedFolder(folder.url) }
        }
        try FileManager.default.removeItem(at: file)
        #expect(throws: ShardError.notPrepared(folder: folder.url.path)) { try PreparedFolder(folder.url) }
    }

    @Test("a full disk is one error and leaves no shard")
    func fullDisk() throws {
        let partial = folder.url.appending(path: ".00000-000.bin.partial")
        try FileManager.default.createSymbolicLink(at: partial, withDestinationURL: URL(filePath: "/dev/full"))
        let writer = try ShardWriter(
            folder: folder.url, name: "00000-000", width: .uint16, hasMask: false, hasCategories: false)
        #expect {
            try writer.append(document(1, length: 20))
            _ = try writer.finish()
        } throws: { "\($0)".contains("cannot be written") && "\($0)".contains("No space left") }
        writer.abandon()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
    }

    @Test("lengths and categories are counted")
    func statistics() throws {
        var documents = lengths.enumerated().map { document($0, length: $1) }
        documents[3].category = .code
        let prepared = try HandMadeShards.write(to: folder.url, sources: [("a", false, [documents])])
        let found = try ShardStatistics(prepared.manifest.sources[0], folder: folder.url, width: .uint16)
        // 1, 1 | 2, 3 | - | 8, 9 | 17 | 40 | 64 | 255
        #expect(Array(found.lengthCounts.prefix(8)) == [2, 2, 0, 2, 1, 1, 1, 1])
        #expect(found.longest == 255 && found.categoryTokens == [.code: 255] && found.medianLength == 9)
    }
}
