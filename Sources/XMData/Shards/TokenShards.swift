// The shards of one source as a single stream of tokens, and as its documents. Only the requested ranges are read, so a
// source may be larger than memory. Nothing depends on where the stream is divided into shards.
// Next: ../Packing/, which cuts the stream into training sequences.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct TokenShards: Sendable {
    package let name: String
    package let tokenCount: Int
    package let documentCount: Int
    /// Whether training sequences are packed from whole documents (conversations, or one category) or cut from the
    /// stream.
    let drawsDocuments: Bool
    let eos: Int32
    private let shards: [OpenShard]
    /// Number of tokens and of documents before each shard; the last element is the total.
    private let firstToken: [Int]
    private let firstDocument: [Int]
    /// The numbers of the documents of one category; nil when all are drawn.
    private let chosen: [Int]?
    private let vocabulary: Int

    /// Opens a source of a prepared folder. `name` may end in a category ("sft/math"), which restricts it to those
    /// documents. Throws `ShardError`, or `DataError.emptySource` if nothing can be drawn.
    package init(_ name: String, folder: URL, manifest: ShardManifest) throws {
        let path = name.split(separator: "/", maxSplits: 1).map(String.init)
        guard let source = manifest.sources.first(where: { $0.name == path.first }) else {
            throw ShardError.unknownSource(folder: folder.path, name: name, known: manifest.sources.map(\.name))
        }
        let shards = try source.shards.filter { $0.documents > 0 }.map {
            try OpenShard($0, folder: folder.appending(path: source.name), width: manifest.width)
        }
        self.name = name
        self.shards = shards
        firstToken = shards.reduce(into: [0]) { $0.append($0.last! + $1.shard.tokens) }
        firstDocument = shards.reduce(into: [0]) { $0.append($0.last! + $1.shard.documents) }
        (vocabulary, eos) = (manifest.vocabulary, manifest.eos)
        if path.count == 2 {
            (chosen, tokenCount) = try Self.documents(of: path[1], in: shards, source: source.name)
            drawsDocuments = true
            documentCount = chosen!.count
        } else {
            chosen = nil
            drawsDocuments = source.wholeDocuments
            tokenCount = source.tokens
            documentCount = source.documents
        }
        // Documents that consist of EOS alone leave nothing to predict.
        guard documentCount > 0, tokenCount > documentCount else { throw DataError.emptySource(name) }
    }

    private static func documents(
        of category: String, in shards: [OpenShard], source: String
    ) throws -> (numbers: [Int], tokens: Int) {
        guard let category = InstructionCategory(rawValue: category) else {
            throw DataError.unknownCategory(source: source, name: category)
        }
        var (numbers, tokens): ([Int], Int) = ([], 0)
        var first = 0
        for shard in shards {
            let categories = try shard.categories(0..<shard.shard.documents)
            try shard.forEachDocument { index, range in
                guard categories[index] == category else { return }
                numbers.append(first + index)
                tokens += range.count
            }
            first += shard.shard.documents
        }
        return (numbers, tokens)
    }

    // MARK: Reading

    /// Consecutive tokens with their loss mask.
    struct Span {
        var tokens: [Int32] = []
        var trained: [Bool] = []
    }

    /// Appends `count` tokens of the stream from `start` on, wrapping around at its end.
    func read(_ start: Int, _ count: Int, into span: inout Span) throws {
        let end = span.tokens.count + count
        var at = start
        while span.tokens.count < end {
            if at == firstToken.last { at = 0 }
            let index = Self.shardIndex(at, firstToken)
            let inside = at - firstToken[index]
            let range = inside..<min(inside + end - span.tokens.count, shards[index].shard.tokens)
            span.tokens += try checked(shards[index], range)
            span.trained += try shards[index].trained(range)
            at += range.count
        }
    }

    /// Tokens checked against the vocabulary: a damaged file must not index out of the embedding.
    private func checked(_ shard: OpenShard, _ range: Range<Int>) throws -> [Int32] {
        let tokens = try shard.tokens(range)
        if let bad = tokens.firstIndex(where: { $0 < 0 || Int($0) >= vocabulary }) {
            throw ShardError.badContent(
                file: shard.tokenURL.path, offset: (range.lowerBound + bad) * shard.width.sizeBytes,
                reason: "id \(UInt32(bitPattern: tokens[bad])) in a vocabulary of \(vocabulary)")
        }
        return tokens
    }

    /// Document `index`, for inspection.
    package func document(_ index: Int) throws -> EncodedDocument {
        let (shard, inside) = locate(chosen?[index] ?? index)
        let range = try shards[shard].document(inside)
        return EncodedDocument(
            tokens: try checked(shards[shard], range), trained: try shards[shard].trained(range),
            category: try shards[shard].category(inside))
    }

    /// Offset in the stream of document `index`.
    func start(ofDocument index: Int) throws -> Int {
        let (shard, inside) = locate(chosen?[index] ?? index)
        return firstToken[shard] + (try shards[shard].document(inside).lowerBound)
    }

    /// Calls `body` with the range in the stream of every document drawn, in order.
    func forEachDocument(_ body: (Range<Int>) throws -> Void) throws {
        var wanted = chosen.map { $0[...] }
        for (number, shard) in shards.enumerated() {
            try shard.forEachDocument { index, range in
                if wanted != nil {
                    guard wanted?.first == firstDocument[number] + index else { return }
                    wanted?.removeFirst()
                }
                try body(firstToken[number] + range.lowerBound..<firstToken[number] + range.upperBound)
            }
        }
    }

    /// The shard that contains a document, and the document's number in it.
    private func locate(_ document: Int) -> (shard: Int, document: Int) {
        let shard = Self.shardIndex(document, firstDocument)
        return (shard, document - firstDocument[shard])
    }

    /// The last shard that begins at or before `position`, found by bisection.
    private static func shardIndex(_ position: Int, _ firsts: [Int]) -> Int {
        var (low, high) = (0, firsts.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if firsts[middle] <= position { low = middle } else { high = middle }
        }
        return low
    }
}
