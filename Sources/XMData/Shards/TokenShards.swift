// The shards of one source as the trainer draws rows from them. Text is one long stream, and a row is a stretch of it
// that begins at a document when one begins near (training.md 4.8); conversations are drawn whole. Files are mapped,
// so a source may be larger than memory. What is drawn depends on the order of tokens alone, not on how they are cut
// into shards.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMSupport

/// Where rows come from.
package protocol TokenSource: Sendable {
    var name: String { get }
    var tokenCount: Int { get }
    /// A row of `length` inputs with their targets, drawn with `random`.
    func row(length: Int, random: inout RandomStream) throws -> SampledRow
}

package struct TokenShards: TokenSource {
    package let name: String
    package let tokenCount: Int
    package let documentCount: Int
    private let shards: [MappedShard]
    /// Tokens and documents in front of each shard.
    private let firstToken: [Int]
    private let firstDocument: [Int]
    private let drawsDocuments: Bool
    /// The documents of one category; nil when all are drawn.
    private let chosen: [Int]?
    private let vocabulary: Int
    private let eos: Int32

    /// Maps a source of a prepared folder. `name` may end in a category, "sft/math": then its documents alone are
    /// drawn. Throws `ShardError`, `DataError.emptySource` when there is nothing.
    package init(_ name: String, folder: URL, manifest: ShardManifest) throws {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        guard let source = manifest.sources.first(where: { $0.name == parts.first }) else {
            throw ShardError.unknownSource(folder: folder.path, name: name, known: manifest.sources.map(\.name))
        }
        let shards = try source.shards.filter { $0.documents > 0 }.map {
            try MappedShard($0, folder: folder.appending(path: source.name), width: manifest.width)
        }
        self.name = name
        self.shards = shards
        firstToken = shards.reduce(into: [0]) { $0.append($0.last! + $1.shard.tokens) }
        let firstDocument = shards.reduce(into: [0]) { $0.append($0.last! + $1.shard.documents) }
        self.firstDocument = firstDocument
        (vocabulary, eos) = (manifest.vocabulary, manifest.eos)
        if parts.count == 2 {
            let documents = try Self.documents(of: parts[1], in: shards, source: source.name)
            let ranges = try documents.map { ($0, try Self.range($0, shards, firstDocument).1) }
            chosen = ranges.map(\.0)
            drawsDocuments = true
            tokenCount = ranges.reduce(0) { $0 + $1.1.count }
            documentCount = documents.count
        } else {
            chosen = nil
            drawsDocuments = source.wholeDocuments
            tokenCount = source.tokens
            documentCount = source.documents
        }
        // Less than two tokens besides the ends of documents have nothing to predict.
        guard documentCount > 0, tokenCount > documentCount else { throw DataError.emptySource(name) }
    }

    private static func documents(of category: String, in shards: [MappedShard], source: String) throws -> [Int] {
        guard let category = InstructionCategory(rawValue: category) else {
            throw DataError.unknownCategory(source: source, name: category)
        }
        var found: [Int] = []
        var first = 0
        for shard in shards {
            found += (0..<shard.shard.documents).filter { shard.category($0) == category }.map { first + $0 }
            first += shard.shard.documents
        }
        return found
    }

    // MARK: Rows

    package func row(length: Int, random: inout RandomStream) throws -> SampledRow {
        try drawsDocuments
            ? documentsRow(length: length, random: &random) : streamRow(length: length, random: &random)
    }

    /// A stretch of the stream; a source shorter than a row is read around its end.
    private func streamRow(length: Int, random: inout RandomStream) throws -> SampledRow {
        let last = tokenCount - (length + 1)
        var start = last > 0 ? Int.random(in: 0...last, using: &random) : 0
        if last > 0, let eosAt = try read(start, length).tokens.lastIndex(of: eos), start + eosAt + 1 <= last {
            start += eosAt + 1
        }
        let (span, trained) = try read(start, length + 1)
        var documents: [Int32] = []
        var document: Int32 = 0
        for token in span.dropLast() {
            documents.append(document)
            if token == eos { document += 1 }
        }
        return Self.row(span, trained, documents)
    }

    /// Whole documents drawn at random; the last one is cut at the row's end.
    private func documentsRow(length: Int, random: inout RandomStream) throws -> SampledRow {
        var tokens: [Int32] = []
        var trained: [Bool] = []
        var documents: [Int32] = []
        var document: Int32 = 0
        while tokens.count <= length {
            let drawn = Int.random(in: 0..<documentCount, using: &random)
            let (shard, range) = try Self.range(chosen?[drawn] ?? drawn, shards, firstDocument)
            let part = range.prefix(length + 1 - tokens.count)
            tokens += try checked(shard, part)
            trained += shard.trained(part)
            documents += Array(repeating: document, count: part.count)
            document += 1
        }
        return Self.row(tokens, trained, Array(documents.dropLast()))
    }

    private static func row(_ span: [Int32], _ trained: [Bool], _ documents: [Int32]) -> SampledRow {
        SampledRow(
            inputs: Array(span.dropLast()),
            targets: zip(span, trained).dropFirst().map { $1 ? $0 : Batch.noTarget }, documents: documents)
    }

    // MARK: Reading

    /// `count` tokens of the stream from `start` on, around its end.
    private func read(_ start: Int, _ count: Int) throws -> (tokens: [Int32], trained: [Bool]) {
        var tokens: [Int32] = []
        var trained: [Bool] = []
        var at = start % tokenCount
        while tokens.count < count {
            let index = Self.shardIndex(at, firstToken)
            let inside = at - firstToken[index]
            let end = min(inside + count - tokens.count, shards[index].shard.tokens)
            tokens += try checked(shards[index], inside..<end)
            trained += shards[index].trained(inside..<end)
            at = (at + end - inside) % tokenCount
        }
        return (tokens, trained)
    }

    /// Ids that the model has; a damaged file must not reach its embedding.
    private func checked(_ shard: MappedShard, _ range: Range<Int>) throws -> [Int32] {
        let tokens = shard.tokens(range)
        if let bad = tokens.firstIndex(where: { $0 < 0 || Int($0) >= vocabulary }) {
            throw ShardError.badContent(
                file: shard.tokenFile.path, offset: (range.lowerBound + bad) * shard.width.sizeBytes,
                reason: "id \(UInt32(bitPattern: tokens[bad])) in a vocabulary of \(vocabulary)")
        }
        return tokens
    }

    /// Tokens and predicted ones of document `index`, for looking at it.
    package func document(_ index: Int) throws -> EncodedDocument {
        let number = chosen?[index] ?? index
        let (shard, range) = try Self.range(number, shards, firstDocument)
        let inside = number - firstDocument[Self.shardIndex(number, firstDocument)]
        return EncodedDocument(
            tokens: try checked(shard, range), trained: shard.trained(range), category: shard.category(inside))
    }

    /// The shard of a document and its place in it.
    private static func range(
        _ document: Int, _ shards: [MappedShard], _ firstDocument: [Int]
    ) throws -> (MappedShard, Range<Int>) {
        let index = shardIndex(document, firstDocument)
        return (shards[index], try shards[index].document(document - firstDocument[index]))
    }

    /// The last shard that begins at or before `position`, by bisection.
    private static func shardIndex(_ position: Int, _ firsts: [Int]) -> Int {
        var (low, high) = (0, firsts.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if firsts[middle] <= position { low = middle } else { high = middle }
        }
        return low
    }
}
