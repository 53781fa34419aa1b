// Readers, packing, mixtures, validation windows and the curriculum.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMSupport
import XMTensor
import XMTestSupport
import XMTokenizer

/// One token a byte, EOS 0, "<...>" symbols not special: enough to see packing.
struct ByteTokenizer: Tokenizer {
    let vocabularySize = 256
    let unknownID: Int32 = 1
    let bosID: Int32? = nil
    let eosID: Int32? = 0
    let fingerprint = "bytes"
    func encode(_ text: String) -> [Int32] { text.utf8.map(Int32.init) }
    func decode(_ ids: [Int32]) -> String { String(decoding: ids.map { UInt8($0) }, as: UTF8.self) }
    func piece(_ id: Int32) -> String { String(UnicodeScalar(UInt8(id))) }
    func id(of piece: String) -> Int32? { piece.utf8.first.map(Int32.init) }
    func bytes(of id: Int32) -> [UInt8] { [UInt8(id)] }
}

@Suite("DataTests")
struct DataTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func shards() throws -> PreparedFolder {
        let ids: [Int32] = (0..<900).map { (index: Int) -> Int32 in index % 50 == 49 ? 0 : Int32(index % 7 + 1) }
        let text = (0..<18).map { EncodedDocument(tokens: Array(ids[$0 * 50..<($0 + 1) * 50])) }
        let example = EncodedDocument(tokens: [9, 8, 7, 0], trained: [false, true, true, true])
        return try HandMadeShards.write(
            to: folder.url, sources: [("text", false, [text]), ("sft", true, [[example]])])
    }

    private func sampler(_ mixture: [String: Double] = ["text": 3, "sft": 1]) throws -> MixtureSampler {
        try MixtureSampler(
            sources: try shards().sources(mixtures: [mixture]).map {
                try $0.sequences(.permutation, length: 32, seed: 4)
            }, mixture: mixture, seed: 4, stage: "stable", key: "mixtures.stable", documentMask: true)
    }

    @Test(
        "a mixture that cannot be drawn is one sentence that names its key",
        arguments: [
            ([:], "names no source"), (["b": 1], "'b'"), (["text": 0], "sum to 0"), (["text": -1], "is -1.0"),
            (["text": 1e308, "sft": 1e308], "more than a number holds"),
        ] as [([String: Double], String)])
    func badMixtures(mixture: [String: Double], part: String) throws {
        #expect { try sampler(mixture) } throws: {
            "\($0)".contains(part) && "\($0)".contains("mixtures.stable")
        }
    }

    @Test("sequences depend on seed and index alone: 8 at once = 2 x 4 = 8 x 1")
    func invariance() throws {
        let sampler = try sampler()
        let whole = try sampler.batch(first: 16, batchSize: 8)
        for size in [1, 2, 4] {
            let parts = try stride(from: 0, to: 8, by: size).map {
                try sampler.batch(first: 16 + $0, batchSize: size)
            }
            #expect(parts.flatMap(\.ids) == Array(whole.ids) && parts.flatMap(\.targets) == Array(whole.targets))
            #expect(parts.flatMap(\.sources) == Array(whole.sources))
        }
        #expect(try sampler.batch(first: 24, batchSize: 8).ids != whole.ids)
    }

    @Test("sources are drawn by weight, masked prompts are not predicted, conversations are whole")
    func packing() throws {
        let batch = try sampler().batch(first: 0, batchSize: 400)
        #expect(abs(batch.sources.count { $0 == 1 } - 100) <= 2)
        for sequence in 0..<400 where batch.sources[sequence] == 1 {
            let range = sequence * 32..<(sequence + 1) * 32
            #expect(Array(batch.ids[range].prefix(4)) == [9, 8, 7, 0])
            #expect(Array(batch.targets[range].prefix(4)) == [8, 7, 0, TokenBatch.noTarget])
            // The fifth token begins the second document.
            #expect(Array(batch.firstVisible[range].prefix(5)) == [0, 0, 0, 0, 4])
        }
    }

    @Test("validation windows cover every token once and count bytes")
    func validation() throws {
        _ = try folder.file("v.jsonl", "{\"text\": \"abcdefg\"}\n{\"text\": \"hij\"}\n")
        let set = try ValidationSet(
            SourceConfig(name: "v", files: ["v.jsonl"], format: .text), root: folder.url, tokenizer: ByteTokenizer())
        #expect(set.byteCount == 12 && set.tokenCount == 12 && set.windows(length: 4) == 3)
        let batch = set.batch(first: 0, batchSize: 3, length: 4)
        #expect(batch.targetCount == 11)
        #expect(abs(set.bitsPerByte(totalLoss: 12 * log(2))! - 1) < 1e-12)
    }

    @Test("the curriculum is repeatable, its sums are right, and held-out questions are new")
    func curriculum() throws {
        let (a, b) = (SyntheticCorpus(seed: 3), SyntheticCorpus(seed: 3))
        #expect(a.plainDocuments(bytes: 20_000) == b.plainDocuments(bytes: 20_000))
        let train = a.questions(count: 3000, heldOut: false)
        let asked = a.questions(count: 300, heldOut: true)
        #expect(Set(train.map(\.key)).isDisjoint(with: asked.map(\.key)))
        #expect(Set(train.map(\.question)).isDisjoint(with: asked.map(\.question)))
        #expect(Set(train.map(\.category)).count >= 3)
        for question in train { #expect(AnswerCheck.finalNumber(in: question.answer) == question.final) }
        // Every sum in the prose holds.
        let sum = try Regex(
            "([0-9]+) ([+*-]) ([0-9]+) = ([0-9]+)", as: (Substring, Substring, Substring, Substring, Substring).self)
        var checked = 0
        for document in a.plainDocuments(bytes: 20_000) {
            for match in document.matches(of: sum) {
                let (x, y, z) = (Int(match.1)!, Int(match.3)!, Int(match.4)!)
                #expect(z == (match.2 == "+" ? x + y : match.2 == "*" ? x * y : x - y))
                checked += 1
            }
        }
        #expect(checked > 50)
        let summary = try a.write(to: folder.url, plainBytes: 10_000, examples: 500, heldOut: 40)
        #expect(summary.heldOut == 40 && summary.examples == 500)
    }

    @Test("final numbers and Wilson's interval")
    func accuracy() {
        #expect(AnswerCheck.finalNumber(in: "3 + 4 = 7. #### 7") == 7)
        #expect(AnswerCheck.finalNumber(in: "it is -12 or so") == -12)
        #expect(AnswerCheck.finalNumber(in: "none") == nil)
        let interval = Accuracy(correct: 50, asked: 100).interval
        #expect(abs(interval.lowerBound - 0.4038) < 1e-4 && abs(interval.upperBound - 0.5962) < 1e-4)
        #expect(Accuracy(correct: 0, asked: 10).interval.lowerBound == 0)
    }
}
