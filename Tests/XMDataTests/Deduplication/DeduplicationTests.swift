// Exact and near-duplicates: planted ones, real ones, and that decisions depend on the documents alone.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMData

@Suite("DeduplicationTests")
struct DeduplicationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func duplicates(
        _ texts: [String], _ config: DeduplicationConfig, order: [Int]? = nil, name: String = "duplicates"
    ) throws -> [Duplicate] {
        var maker = SignatureMaker(config)
        let deduplicator = Deduplicator(config, folder: folder.url)
        for index in order ?? Array(texts.indices) {
            try deduplicator.add(maker.signature(of: texts[index]), DocumentKey(file: 0, record: index))
        }
        let found = try deduplicator.finish(to: folder.url.appending(path: name))
        let all = try (0..<found.count).map { try found[$0] }
        let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })
        for index in texts.indices {
            let key = DocumentKey(file: 0, record: index)
            #expect(try found.find(key) == byKey[key])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).allSatisfy { !$0.contains("run") })
        return all
    }

    @Test("runs on disk are merged into one order, whatever the memory", arguments: [0, 1, 1023, 1024, 5000, 20_000])
    func sorting(count: Int) throws {
        struct Record: Comparable, BitwiseCopyable {
            var a: UInt64
            var b: UInt32
            static func < (x: Self, y: Self) -> Bool { x.a != y.a ? x.a < y.a : x.b < y.b }
        }
        var random = RandomStream(seed: 1, "sorting")
        let records = (0..<count).map { Record(a: .random(in: 0..<500, using: &random), b: UInt32($0 % 7)) }
        for memoryBytes in [0, 1 << 20] {
            let sorter = ExternalSorter<Record>(folder: folder.url, memoryBytes: memoryBytes)
            for record in records { try sorter.add(record) }
            #expect(sorter.count == count)
            let sorted = try sorter.finish()
            var found: [Record] = []
            while let record = try sorted.next() { found.append(record) }
            #expect(found == records.sorted())
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }

    @Test("fingerprints see every bit and the length")
    func fingerprints() {
        let base = [UInt8](repeating: 0, count: 64)
        var seen = Set<Fingerprint128>()
        for length in 0...64 {
            seen.insert(base.prefix(length).withUnsafeBytes { Fingerprint128(of: $0) })
            for bit in 0..<8 * length {
                var bytes = Array(base.prefix(length))
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                seen.insert(bytes.withUnsafeBytes { Fingerprint128(of: $0) })
            }
        }
        #expect(seen.count == 65 + 4 * 64 * 65)
        #expect(Set(seen.map(\.high)).count == seen.count && Set(seen.map(\.low)).count == seen.count)
    }

    @Test("exact: the first of equal texts stays, in whatever order they come")
    func exact() throws {
        let texts = ["a", "b", "a", "A", "", "b ", "a", ""]
        for order in [Array(0..<8), Array((0..<8).reversed()), [3, 6, 0, 7, 2, 1, 5, 4]] {
            let found = try duplicates(texts, DeduplicationConfig(), order: order)
            #expect(found.map(\.key.record) == [2, 6, 7] && found.map(\.original.record) == [0, 0, 4])
            #expect(found.allSatisfy { $0.cause == .exact && $0.difference == 0 })
        }
        #expect(try duplicates(texts, DeduplicationConfig(exact: false)).isEmpty)
    }

    // MARK: - SimHash in rounds

    private func rounds(
        _ fingerprints: [UInt64], _ config: SimHashConfig
    ) throws -> (removed: [Int: (kept: Int, distance: Int)], cut: Int) {
        let sorter = ExternalSorter<SimHashRecord>(folder: folder.url, memoryBytes: 0)
        for (index, fingerprint) in fingerprints.enumerated() {
            try sorter.add(SimHashRecord(fingerprint: fingerprint, key: DocumentKey(file: 0, record: index)))
        }
        var removed: [Int: (Int, Int)] = [:]
        var rounds = SimHashRounds(config) { key, kept, distance in
            #expect(removed[key.record] == nil)
            removed[key.record] = (kept.record, distance)
        }
        try rounds.run(sorter, folder: folder.url, memoryBytes: 0)
        return (removed, rounds.cutBuckets)
    }

    @Test("within four rounds every pair of at most three bits meets, wherever the bits are")
    func simhashRounds() throws {
        var random = RandomStream(seed: 3, "simhash")
        for _ in 0..<300 {
            let base = UInt64.random(in: 0 ... .max, using: &random)
            func flipped(_ bits: Int) -> UInt64 {
                var value = base
                while (value ^ base).nonzeroBitCount < bits { value ^= 1 << UInt64.random(in: 0..<64, using: &random) }
                return value
            }
            let (three, four) = (flipped(3), flipped(4))
            let found = try rounds([base, base, three, four], SimHashConfig())
            #expect(found.removed[1]?.kept == 0 && found.removed[2]?.kept == 0)
            #expect(found.removed[1]?.distance == 0 && found.removed[2]?.distance == 3)
            // Four bits from the first, it goes only where it is near the third, in a round before that one goes.
            #expect(found.removed[3] == nil || (three ^ four).nonzeroBitCount <= 3)
        }
    }

    @Test("large buckets: what stays is apart, what goes is near one that stays; a cut bucket is counted")
    func simhashBuckets() throws {
        var random = RandomStream(seed: 4, "simhash")
        // All in one bucket of the first round: the same first sixteen bits; clusters around 400 centres.
        let centres = (0..<400).map { _ in UInt64.random(in: 0 ... .max, using: &random) >> 16 | 0xABCD << 48 }
        let fingerprints = (0..<4000).map { _ -> UInt64 in
            var value = centres.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                value ^= 1 << UInt64.random(in: 0..<48, using: &random)
            }
            return value
        }
        let (removed, cut) = try rounds(fingerprints, SimHashConfig())
        #expect(cut == 0 && removed.count > 2000)
        let kept = fingerprints.indices.filter { removed[$0] == nil }
        for (place, a) in kept.enumerated() {
            for b in kept[(place + 1)...] { #expect((fingerprints[a] ^ fingerprints[b]).nonzeroBitCount > 3) }
        }
        for (index, (original, distance)) in removed {
            #expect(original < index && removed[original] == nil && distance <= 3)
            #expect((fingerprints[index] ^ fingerprints[original]).nonzeroBitCount == distance)
        }
        let limited = try rounds(fingerprints, SimHashConfig(bucketLimit: 1000))
        #expect(limited.cut >= 3 && limited.removed.count > 1000)
        #expect(limited.removed.allSatisfy { ($0.value.kept, $0.value.distance) < ($0.key, 4) })
    }

    // MARK: - Planted near-duplicates

    /// Texts of words drawn by frequency, and copies of some of them with a share of their words replaced.
    private struct Planted {
        var texts: [String] = []
        /// By index of a copy: its original and the share of words that differ.
        var copies: [Int: (original: Int, edits: Double)] = [:]
        /// Texts of which half is another's half: alike, but no duplicates.
        var halves = Set<Int>()
    }

    private func planted() -> Planted {
        var random = RandomStream(seed: 5, "planted")
        func word() -> String {
            // Zipf-like: the rank is a power of a uniform number.
            let rank = Int(pow(Double.random(in: 0..<1, using: &random), 3) * 20_000)
            return "w\(rank)"
        }
        var planted = Planted()
        var originals: [[String]] = []
        for _ in 0..<1000 { originals.append((0..<Int.random(in: 80...400, using: &random)).map { _ in word() }) }
        planted.texts = originals.map { $0.joined(separator: " ") }
        for edits in [0.0, 0.002, 0.01, 0.03, 0.3] {
            for index in 0..<100 {
                let changed = originals[index].map { Double.random(in: 0..<1, using: &random) < edits ? word() : $0 }
                planted.copies[planted.texts.count] = (index, edits)
                // Other case and layout, which must make no difference.
                planted.texts.append(changed.joined(separator: ",\n").uppercased())
            }
        }
        for index in 0..<100 {
            let half = originals[index].prefix(originals[index].count / 2)
            planted.halves.insert(planted.texts.count)
            planted.texts.append((half + originals[index + 500].suffix(half.count)).joined(separator: " "))
        }
        return planted
    }

    @Test(
        "planted near-duplicates: precision and recall",
        arguments: [
            (DeduplicationConfig(simhash: SimHashConfig()), [0.0: 1.0, 0.002: 0.7, 0.01: 0.3]),
            (DeduplicationConfig(minhash: MinHashConfig()), [0.0: 1.0, 0.002: 1.0, 0.01: 0.95, 0.03: 0.5]),
        ])
    func planted(config: DeduplicationConfig, recalls: [Double: Double]) throws {
        let planted = planted()
        let found = try duplicates(planted.texts, config)
        let name = config.simhash == nil ? "MinHash" : "SimHash"
        var right = 0
        for duplicate in found {
            // Copies of one original are duplicates of each other too.
            let original = planted.copies[duplicate.key.record]?.original
            let other = planted.copies[duplicate.original.record]?.original ?? duplicate.original.record
            if original == other, planted.copies[duplicate.key.record]!.edits < 0.1 { right += 1 }
        }
        let precision = Double(right) / Double(max(1, found.count))
        var lines = ["\(name): precision \(precision)"]
        for edits in [0, 0.002, 0.01, 0.03, 0.3] {
            let wanted = planted.copies.filter { $0.value.edits == edits }
            let recall = Double(found.count { wanted[$0.key.record] != nil }) / Double(wanted.count)
            lines.append("recall at \(edits * 100) % of words changed: \(recall)")
            if let least = recalls[edits] { #expect(recall >= least, "\(name), \(edits)") }
        }
        print(lines.joined(separator: "; "))
        #expect(precision >= 0.99, "\(name)")
        #expect(found.allSatisfy { !planted.halves.contains($0.key.record) })
    }

    @Test("decisions depend on neither memory nor the order in which signatures come")
    func reproducible() throws {
        let texts = planted().texts
        var config = DeduplicationConfig(simhash: SimHashConfig(), minhash: MinHashConfig())
        let first = try duplicates(texts, config)
        #expect(first.count > 300)
        config.memoryBytes = 0
        var random = RandomStream(seed: 9, "order")
        let second = try duplicates(texts, config, order: texts.indices.shuffled(using: &random), name: "second")
        #expect(first == second)
    }

    @Test("short and empty texts are not taken for each other")
    func short() throws {
        let config = DeduplicationConfig(simhash: SimHashConfig(), minhash: MinHashConfig())
        #expect(
            try duplicates(["", "!", "a", "b c", "d e f", "", "g h i j k l m n o"], config).map(\.key.record) == [5])
        // As long as a shingle, or shorter, where they are looked at.
        let all = DeduplicationConfig(
            exact: false, simhash: SimHashConfig(minimumWords: 0), minhash: MinHashConfig(minimumWords: 0))
        #expect(try duplicates(["a", "b", "A!", "a b", "b a", ""], all).map(\.key.record) == [2])
    }

    @Test("conversations are compared only where they answer the same; other numbers or names are other questions")
    func conversations() throws {
        let config = DeduplicationConfig(simhash: SimHashConfig(), minhash: MinHashConfig())
        let frame = (0..<120).map { "manual\($0 * 7 % 50)" }.joined(separator: " ") + "\n"
        let reason = "Multiply the price of one by how many were bought and take away the coupon: it costs"
        // Questions in a long frame, problems that differ in their numbers, and short answers that are the same.
        var pairs = ["Peru", "Kenya", "Norway"].map { (frame + "What is the capital of \($0)?", "The one of \($0).") }
        pairs += [(3, 11), (4, 15), (6, 23)].map { number, cost in
            (
                "In the shop at the corner a notebook costs 4 dollars and Mona has a coupon that takes 1 dollar off "
                    + "the "
                    + "whole bill. She buys \(number) notebooks for the new school year. How much does she pay for all "
                    + "of "
                    + "them together in the end?", reason + " \(cost) dollars."
            )
        }
        pairs += ["cold", "wet"].map { (frame + "Can water be \($0)?", "Yes.") }
        // The same answer in many words to a question put another way.
        let asked = pairs.count
        pairs.append((frame + "Tell me the sum of 3 and 4.", reason + " seven in all."))
        pairs.append((frame + "Tell me what 3 and 4 add up to.", reason + " seven in all."))

        var maker = SignatureMaker(config)
        func removed(_ signature: (String, String) -> DocumentSignature) throws -> [Int] {
            let deduplicator = Deduplicator(config, folder: folder.url)
            for (row, pair) in pairs.enumerated() {
                try deduplicator.add(signature(pair.0, pair.1), DocumentKey(file: 0, record: row))
            }
            let found = try deduplicator.finish(to: folder.url.appending(path: "conversations"))
            return try (0..<found.count).map { try found[$0].key.record }
        }
        #expect(try removed { maker.signature(of: $0 + "\n" + $1, answer: $1) } == [asked + 1])
        #expect(try removed { question, answer in maker.signature(of: question + answer) }.count > 3, "as plain text")
    }

    @Test("SimHash is not decided by what a text repeats: tables of zeros do not make different texts alike")
    func repeatedShingles() throws {
        let zeros = String(repeating: "0, ", count: 600)
        let texts = (0..<20).map { text in
            (0..<150).map { "w\(text * 1000 + $0)" }.joined(separator: " ") + "\n" + zeros
        }
        #expect(try duplicates(texts, DeduplicationConfig(simhash: SimHashConfig())).isEmpty)
    }

    @Test(
        "in the books, the other edition and the other encoding of a novel are found, and nothing else",
        .enabled(if: DataRoot.has("text/books"), "no text/books below XMODEL_DATA"))
    func books() throws {
        let files = try DocumentFiles(["text/books"], root: DataRoot.url).files
        let texts = try files.map { try Reading.all($0.open(ReaderOptions()))[0].text }
        let names = files.map { $0.url.deletingPathExtension().lastPathComponent }
        let config = DeduplicationConfig(simhash: SimHashConfig(), minhash: MinHashConfig())
        let found = try duplicates(texts, config)
        #expect(
            Set(found.map { Set([names[$0.key.record], names[$0.original.record]]) }) == [
                ["brothers-karamazov", "brothers-karamazov.latin1"], ["war-and-peace", "war-and-peace.old-edition"],
            ])
    }
}
