// Generates the quickstart's data: prose about a small world of people, things and numbers, and questions with worked
// answers over the same numbers. The prose states facts but never asks. Held-out questions are never seen in training:
// a (template, numbers) pair is either in the training set or held out.
// Next: SyntheticTemplates.swift (the sentences), Accuracy.swift (how answers are scored).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// A question with its worked answer.
package struct SyntheticQuestion: Codable, Sendable, Equatable {
    package let question: String
    /// Steps in words and digits, ending in "#### N".
    package let answer: String
    package let final: Int
    package let category: String
    /// Template and numbers; questions with equal keys count as the same.
    package let key: String
}

package struct SyntheticCorpusSummary: Sendable, Equatable {
    package let plainBytes: Int
    package let plainDocuments: Int
    package let examples: Int
    package let heldOut: Int
}

package enum SyntheticCorpusError: Error, CustomStringConvertible {
    case leaked(String)
    case tooMany(wanted: Int, available: Int)

    package var description: String {
        switch self {
        case .leaked(let question): "the held-out question '\(question)' occurs in the training data"
        case .tooMany(let wanted, let available):
            "\(wanted) held-out questions were requested, but the templates yield only \(available); request fewer"
        }
    }
}

package struct SyntheticCorpus: Sendable {
    private let seed: UInt64

    /// One (template, numbers) pair in this many is held out.
    private static let heldOutShare: UInt64 = 5

    package init(seed: UInt64) { self.seed = seed }

    /// Writes plain.jsonl (`text`), sft.jsonl (`question`, `answer`, `category`) and heldout.jsonl (with `final`).
    package func write(to folder: URL, plainBytes: Int, examples: Int, heldOut: Int) throws -> SyntheticCorpusSummary {
        let documents = plainDocuments(bytes: plainBytes)
        let train = questions(count: examples, heldOut: false)
        let asked = try distinctHeldOut(count: heldOut)
        try check(asked, against: train, documents)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func lines(_ values: [some Encodable]) throws -> Data {
            var data = Data()
            for value in values {
                data.append(try encoder.encode(value))
                data.append(0x0A)
            }
            return data
        }
        try AtomicFolder.create(folder)
        let plain = try lines(documents.map { ["text": $0] })
        try AtomicFile.write(plain, to: folder.appending(path: "plain.jsonl"))
        try AtomicFile.write(try lines(train), to: folder.appending(path: "sft.jsonl"))
        try AtomicFile.write(try lines(asked), to: folder.appending(path: "heldout.jsonl"))
        // Training text for the tokenizer: one line per line of prose, question and answer.
        let corpus =
            documents.flatMap { $0.split(separator: "\n") }
            + train.prefix(5000).flatMap {
                [Substring($0.question), Substring($0.answer)]
            }
        try AtomicFile.write(
            Data(corpus.joined(separator: "\n").utf8), to: folder.appending(path: "tokenizer-corpus.txt"))
        return SyntheticCorpusSummary(
            plainBytes: plain.count, plainDocuments: documents.count, examples: train.count, heldOut: asked.count)
    }

    /// Prose of about `bytes` bytes.
    package func plainDocuments(bytes: Int) -> [String] {
        var documents: [String] = []
        var size = 0
        while size < bytes {
            var random = RandomStream(seed: seed, "curriculum/plain", UInt64(documents.count))
            let sentences = Int.random(in: 6...14, using: &random)
            let world = SyntheticWorld(random: &random)
            let text = (0..<sentences).map { _ in world.statement(&random) }.joined(separator: " ")
            documents.append(text)
            size += text.utf8.count
        }
        return documents
    }

    /// Questions drawn from the training or from the held-out pairs; names and things vary freely.
    package func questions(count: Int, heldOut: Bool) -> [SyntheticQuestion] {
        var result: [SyntheticQuestion] = []
        var draw: UInt64 = 0
        while result.count < count {
            var random = RandomStream(seed: seed, heldOut ? "curriculum/heldout" : "curriculum/train", draw)
            draw += 1
            let question = SyntheticWorld(random: &random).question(&random)
            if isHeldOut(question.key) == heldOut { result.append(question) }
        }
        return result
    }

    /// Held-out questions with different keys.
    private func distinctHeldOut(count: Int) throws -> [SyntheticQuestion] {
        var seen = Set<String>()
        let pool = questions(count: count * 20, heldOut: true).filter { seen.insert($0.key).inserted }
        guard pool.count >= count else { throw SyntheticCorpusError.tooMany(wanted: count, available: pool.count) }
        return Array(pool.prefix(count))
    }

    private func isHeldOut(_ key: String) -> Bool {
        RandomStream(seed: seed, "curriculum/split/" + key).value(at: 0) % Self.heldOutShare == 0
    }

    private func check(
        _ asked: [SyntheticQuestion], against train: [SyntheticQuestion], _ documents: [String]
    ) throws {
        let keys = Set(train.map(\.key))
        let texts = Set(train.map(\.question))
        for question in asked where keys.contains(question.key) || texts.contains(question.question) {
            throw SyntheticCorpusError.leaked(question.question)
        }
        // The prose never asks, so it cannot contain a question.
        if let document = documents.first(where: { $0.contains("?") }) { throw SyntheticCorpusError.leaked(document) }
    }
}
