// Sequences: in one pass every token is a target once, whatever the sizes, and each sequence follows from its number
// alone.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMSupport
import XMTensor
import XMTestSupport

@Suite("SequenceTests")
struct SequenceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Documents in which each token but EOS is unlike all others, so that targets can be counted.
    private func documents(_ lengths: [Int], categories: [InstructionCategory] = []) -> [EncodedDocument] {
        var next: Int32 = 1
        return lengths.enumerated().map { number, length in
            let tokens = (0..<length).map { place -> Int32 in
                defer { next += 1 }
                return place == length - 1 ? 0 : next
            }
            return EncodedDocument(
                tokens: tokens, category: categories.isEmpty ? nil : categories[number % categories.count])
        }
    }

    private func source(
        _ documents: [EncodedDocument], whole: Bool, cut: Int, name: String = "a"
    ) throws -> TokenShards {
        let parts = stride(from: 0, to: documents.count, by: cut).map {
            Array(documents[$0..<min(documents.count, $0 + cut)])
        }
        return try HandMadeShards.write(
            to: folder.url.appending(path: UUID().uuidString), vocabulary: 70_000, sources: [("a", whole, parts)]
        ).source(name)
    }

    private static let sizes: [[Int]] = [
        [2], [1, 1, 2], [17], [3, 5, 8, 13, 21, 34], [255], [64, 64, 64, 64], [1, 100, 1, 100, 7],
        (0..<120).map { $0 * 7 % 23 + 1 },
    ]

    @Test(
        "text: each token is a target once per pass, and no target comes twice before the pass is over",
        arguments: sizes, [1, 2, 7, 16, 64, 300])
    func streamPasses(lengths: [Int], length: Int) throws {
        let documents = documents(lengths)
        let shards = try source(documents, whole: false, cut: 2)
        let sequences = try shards.sequences(.permutation, length: length, seed: 5)
        let tokens = documents.flatMap(\.tokens)
        for passes in 1...3 {
            // The sequences that begin in these passes: the last may end in the next one.
            let count = (passes * tokens.count + length - 1) / length
            let targets = try (0..<count).flatMap { try sequences.sequence($0).targets }
            #expect(targets.count == count * length)
            let rest = targets.count - passes * tokens.count
            let found = targets.reduce(into: [Int32: Int]()) { $0[$1, default: 0] += 1 }
            for token in Set(tokens) where token != 0 {
                let times = found[token] ?? 0
                // Rows longer than the source run into many passes; others only into the next.
                #expect(times >= passes && times <= passes + (rest + tokens.count - 1) / tokens.count)
            }
            let extra = found.filter { $0.key != 0 }.reduce(0) { $0 + $1.value - passes }
            #expect(extra <= rest)
        }
    }

    @Test("text whose sequences fill a pass exactly is read in permuted order, cut elsewhere in the next pass")
    func exactPasses() throws {
        let documents = documents((0..<50).map { _ in 16 })
        let sequences = try source(documents, whole: false, cut: 7).sequences(.permutation, length: 8, seed: 1)
        let passes = try (0..<2).map { pass in try (0..<100).map { try sequences.sequence(pass * 100 + $0) } }
        let tokens = documents.flatMap(\.tokens).sorted()
        for pass in passes {
            #expect(pass.flatMap(\.targets).sorted() == tokens)
            let begins = pass.map { $0.inputs.first { $0 > 0 }! }
            #expect(begins != begins.sorted() && Set(begins).count == 100)
        }
        #expect(passes[0].map(\.inputs) != passes[1].map(\.inputs))
        // Neighbours share the token at the cut.
        for sequence in passes[0] { #expect(Array(sequence.inputs.dropFirst()) == Array(sequence.targets.dropLast())) }
        #expect(sequences.passes(sequences: 150) == 1.5)
    }

    @Test(
        "conversations and categories: each document stands in one sequence of a pass, in one piece where it fits",
        arguments: sizes, [1, 2, 7, 16, 64, 300])
    func packedPasses(lengths: [Int], length: Int) throws {
        let documents = documents(lengths, categories: [.math, .code])
        for name in ["a", "a/math"] {
            let drawn = documents.enumerated().filter { name == "a" || $0.offset % 2 == 0 }.map(\.element)
            guard drawn.contains(where: { $0.tokens.count > 1 }) else { continue }
            let sequences = try source(documents, whole: name == "a", cut: 2, name: name)
                .sequences(.permutation, length: length, seed: 5)
            let once = sequences.passes(sequences: 1)
            let count = once >= 1 ? 1 : Int((1 / once).rounded())
            let copies = Int((once * Double(count)).rounded())
            for pass in 0..<3 {
                let batch = try (pass * count..<(pass + 1) * count).map { try sequences.sequence($0) }
                let found = batch.flatMap(\.targets).reduce(into: [Int32: Int]()) { $0[$1, default: 0] += 1 }
                for document in drawn {
                    // The first token of a document is a target where it follows another in its sequence.
                    if document.tokens.count > 1 { #expect(found[document.tokens[0]] ?? 0 <= copies) }
                    for token in document.tokens.dropFirst().dropLast() { #expect(found[token] == copies) }
                    guard document.tokens.count <= length + 1, let first = document.tokens.first, first > 0 else {
                        continue
                    }
                    for sequence in batch {
                        guard let place = sequence.inputs.firstIndex(of: first) else { continue }
                        let end = min(place + document.tokens.count, length)
                        #expect(Array(sequence.inputs[place..<end]) == Array(document.tokens[..<(end - place)]))
                        #expect(Set(sequence.documents[place..<end]).count == 1)
                    }
                }
                let ends = drawn.count { $0.tokens.count > 1 } * copies
                #expect(found[0] ?? 0 >= ends)
            }
        }
    }

    @Test("packing leaves little of a sequence empty, and a pass joins other documents than the one before")
    func tightPacking() throws {
        let documents = documents((0..<400).map { $0 * 37 % 90 + 10 })
        let sequences = try source(documents, whole: true, cut: 100).sequences(.permutation, length: 255, seed: 2)
        let count = Int((1 / sequences.passes(sequences: 1)).rounded())
        let least = (documents.reduce(0) { $0 + $1.tokens.count } + 255) / 256
        #expect(count <= least + 2)
        func joined(_ pass: Int) throws -> Set<[Int32]> {
            Set(try (0..<count).map { try sequences.sequence(pass * count + $0).inputs.filter { $0 > 0 }.sorted() })
        }
        #expect(try joined(0).intersection(try joined(1)).count < count / 4)
    }

    @Test("a masked prompt stays masked wherever its document stands")
    func masks() throws {
        let documents = documents((0..<40).map { $0 % 9 + 4 }).map { document in
            EncodedDocument(
                tokens: document.tokens, trained: document.tokens.indices.map { $0 >= document.tokens.count / 2 })
        }
        let allowed = Set(documents.flatMap { $0.tokens.suffix($0.tokens.count - $0.tokens.count / 2) })
        let sequences = try source(documents, whole: true, cut: 40).sequences(.permutation, length: 10, seed: 2)
        for sequence in 0..<200 {
            #expect(
                try sequences.sequence(sequence).targets.allSatisfy {
                    $0 == TokenBatch.noTarget || allowed.contains($0)
                })
        }
    }

    @Test("the lab's rule begins sequences at documents and reaches the first of them, and the end of long ones")
    func randomOffset() throws {
        let documents = documents([20, 9, 30, 12, 200, 5, 16])
        let tokens = Set(documents.flatMap(\.tokens))
        for whole in [false, true] {
            let sequences = try source(documents, whole: whole, cut: 3).sequences(.randomOffset, length: 32, seed: 3)
            let drawn = try (0..<3000).map { try sequences.sequence($0) }
            #expect(Set(drawn.flatMap { $0.inputs + $0.targets }).isSuperset(of: tokens))
            let begins = Set(documents.map { $0.tokens[0] })
            let long = Set(documents[4].tokens)
            #expect(drawn.allSatisfy { begins.contains($0.inputs[0]) || long.contains($0.inputs[0]) })
        }
    }

    @Test("a keyed permutation has each number once and another order for each key", arguments: [1, 2, 3, 5, 64, 1000])
    func permutation(count: Int) {
        let orders = (0..<4).map { key in
            let order = KeyedPermutation(count: count, key: RandomStream(seed: 1, "order", UInt64(key)))
            return (0..<count).map { order[$0] }
        }
        for order in orders { #expect(order.sorted() == Array(0..<count)) }
        if count >= 64 { #expect(Set(orders).count == 4 && !orders.contains(Array(0..<count))) }
    }

    @Test(
        "every stretch of sequences has the shares of its sources",
        arguments: [
            ["a": 1], ["a": 0.36, "b": 0.64], ["a": 0, "b": 5, "c": 1], ["a": 1, "b": 1e-3, "c": 2, "d": 0.1],
            ["a": 1e-300, "b": 2e-300],
        ])
    func shares(mixture: [String: Double]) throws {
        let names = mixture.keys.sorted()
        let sampler = try MixtureSampler(
            sources: names.map(CountedSequences.init), mixture: mixture, seed: 7, stage: "stable",
            key: "mixtures.stable")
        // Each source's sequences are taken in order, none twice.
        let batch = try sampler.batch(first: 0, batchSize: 3000)
        var taken = names.map { _ in 0 }
        for (sequence, source) in batch.sources.enumerated() {
            #expect(batch.ids[sequence] == Int32(taken[source]))
            taken[source] += 1
            if sequence % 97 == 0 { #expect(sampler.sequenceCounts(after: sequence + 1) == taken) }
        }
        for first in stride(from: 0, to: 2900, by: 100) {
            for source in names.indices {
                let count = batch.sources[first..<first + 100].count { $0 == source }
                #expect(abs(Double(count) - 100 * sampler.weights[source]) < 4)
            }
        }
        // Far into a long run the counts are exact too.
        let far = 1 << 45
        #expect(sampler.sequenceCounts(after: far).reduce(0, +) == far)
        for sequence in far..<far + 50 {
            let (before, after) = (sampler.sequenceCounts(after: sequence), sampler.sequenceCounts(after: sequence + 1))
            let step = zip(before, after).map { $1 - $0 }
            #expect(step.sorted().last == 1 && step.reduce(0, +) == 1 && step.min() ?? 0 >= 0)
        }
    }

    /// Sequence i holds the number i.
    private struct CountedSequences: SequenceSource {
        let name: String
        func sequence(_ index: Int) -> SampledSequence {
            SampledSequence(inputs: [Int32(truncatingIfNeeded: index)], targets: [0], documents: [0])
        }
        func passes(sequences: Int) -> Double { Double(sequences) }
    }
}
