// Checks everything that a folder of shards claims: sizes, SHA-256, the index, that each document ends with EOS and no
// id is outside the vocabulary, the tokenizer, and that no stray shard lies about. One file after the other on each
// core; memory stays small whatever the folder's size.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import Synchronization
import XMSupport
package import XMTensor

package struct ShardVerifier: Sendable {
    /// What is wrong, one sentence for each file, in the order of the manifest; empty when all is well.
    package let problems: [String]
    package let shards: Int
    package let tokens: Int
    package let documents: Int
    package let sizeBytes: Int

    /// `progress` hears how many bytes have been checked, from any thread.
    package init(
        _ folder: URL, pool: ThreadPool, progress: @Sendable @escaping (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        let manifest = try ShardManifest.read(folder)
        let work = manifest.sources.flatMap { source in
            source.shards.map { (folder.appending(path: source.name), $0) }
        }
        let total = work.reduce(0) { $0 + $1.1.files.values.reduce(0) { $0 + $1.bytes } }
        let done = Atomic<Int>(0)
        var found = [[String]](repeating: [], count: work.count)
        found.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let slots = buffer
            pool.run(work.count) { task, _ in
                let (folder, shard) = work[task]
                slots[task] = Self.problems(shard, folder: folder, manifest: manifest)
                let bytes = shard.files.values.reduce(0) { $0 + $1.bytes }
                progress(done.add(bytes, ordering: .relaxed).newValue, total)
            }
        }
        problems = Self.tokenizerProblems(folder, manifest) + found.flatMap { $0 } + Self.strays(folder, manifest)
        shards = work.count
        tokens = manifest.tokens
        documents = manifest.sources.reduce(0) { $0 + $1.documents }
        sizeBytes = total
    }

    private static func problems(_ shard: Shard, folder: URL, manifest: ShardManifest) -> [String] {
        var problems: [String] = []
        func check(_ body: () throws -> Void) {
            do { try body() } catch { problems.append("\(error)") }
        }
        for (part, wanted) in shard.files.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            check {
                let file = try OpenShard.open(shard, part, in: folder)
                guard file.sizeBytes == wanted.bytes else {
                    throw ShardError.wrongSize(file: file.path, found: file.sizeBytes, wanted: wanted.bytes)
                }
                let sum = try SHA256.hex(ofFile: URL(filePath: file.path))
                guard sum == wanted.sha256 else {
                    throw ShardError.wrongHash(file: file.path, found: sum, wanted: wanted.sha256)
                }
            }
        }
        // The contents of damaged files have nothing to say.
        if problems.isEmpty { check { try checkContents(shard, folder: folder, manifest: manifest) } }
        return problems
    }

    private static func checkContents(_ shard: Shard, folder: URL, manifest: ShardManifest) throws {
        let open = try OpenShard(shard, folder: folder, width: manifest.width)
        let width = manifest.width.sizeBytes
        var end = 0
        try open.forEachDocument { index, range in
            end = range.upperBound
            let tokens = try open.tokens(range)
            if let bad = tokens.firstIndex(where: { $0 < 0 || Int($0) >= manifest.vocabulary }) {
                throw ShardError.badContent(
                    file: open.tokenURL.path, offset: (range.lowerBound + bad) * width,
                    reason: "id \(UInt32(bitPattern: tokens[bad])) in a vocabulary of \(manifest.vocabulary)")
            }
            guard tokens.last == manifest.eos, !tokens.dropLast().contains(manifest.eos) else {
                throw ShardError.badContent(
                    file: open.tokenURL.path, offset: (end - 1) * width,
                    reason: "document \(index) does not end with its only EOS \(manifest.eos)")
            }
        }
        guard end == shard.tokens else {
            throw ShardError.badContent(
                file: open.tokenURL.path, offset: end * width,
                reason: "the index ends here, \(shard.tokens - end) tokens before the file")
        }
    }

    private static func tokenizerProblems(_ folder: URL, _ manifest: ShardManifest) -> [String] {
        let file = folder.appending(path: PreparedFolder.tokenizerName)
        guard let hash = try? SHA256.hex(ofFile: file) else { return ["\(ShardError.missing(file: file.path))"] }
        guard hash == manifest.tokenizer else {
            return ["\(ShardError.wrongHash(file: file.path, found: hash, wanted: manifest.tokenizer))"]
        }
        return []
    }

    /// Shards that the manifest does not know would be taken for part of the data by other programs.
    private static func strays(_ folder: URL, _ manifest: ShardManifest) -> [String] {
        manifest.sources.flatMap { source -> [String] in
            let known = Set(source.shards.flatMap { shard in shard.files.keys.map { "\(shard.name).\($0.rawValue)" } })
            let names =
                (try? FileManager.default.contentsOfDirectory(
                    atPath: folder.appending(path: source.name).path)) ?? []
            let parts = Set(ShardPart.allCases.map(\.rawValue))
            return names.sorted().filter { name in
                parts.contains((name as NSString).pathExtension) && !name.hasPrefix(".") && !known.contains(name)
            }.map { "\(folder.path)/\(source.name)/\($0): is not in the manifest; remove it" }
        }
    }
}
