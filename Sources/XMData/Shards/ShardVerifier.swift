// Verifies a folder of shards against its manifest: size and SHA-256 of every file, the index, that every document ends
// with its only EOS and all ids are in the vocabulary, the tokenizer, and that there are no stray files. Each core
// checks one shard at a time; memory use does not depend on the folder's size.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import Synchronization
import XMSupport
import XMTokenizer
package import XMTensor

package struct ShardVerifier: Sendable {
    /// One sentence per damaged file, in manifest order; empty when everything is intact.
    package let problems: [String]
    package let shards: Int
    package let tokens: Int
    package let documents: Int
    package let sizeBytes: Int

    /// `progress` is called from any thread with the number of bytes checked.
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
        let others = manifest.otherFiles.sorted { $0.key < $1.key }.compactMap { name, wanted in
            Self.problem(folder.appending(path: name), wanted)
        }
        problems =
            Self.tokenizerProblems(folder, manifest) + others + found.flatMap { $0 } + Self.strays(folder, manifest)
        shards = work.count
        tokens = manifest.tokens
        documents = manifest.sources.reduce(0) { $0 + $1.documents }
        sizeBytes = total
    }

    private static func problems(_ shard: Shard, folder: URL, manifest: ShardManifest) -> [String] {
        let problems = shard.files.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { part, wanted in
            problem(OpenShard.url(shard, part, in: folder), wanted)
        }
        // Checking the contents of damaged files would only repeat the problem.
        guard problems.isEmpty else { return problems }
        do {
            try checkContents(shard, folder: folder, manifest: manifest)
            return []
        } catch { return ["\(error)"] }
    }

    /// The problem with a file's size or hash, if any.
    private static func problem(_ url: URL, _ wanted: Shard.File) -> String? {
        do {
            guard FileManager.default.fileExists(atPath: url.path) else { throw ShardError.missing(file: url.path) }
            let file = try PositionedFile(url)
            guard file.sizeBytes == wanted.bytes else {
                throw ShardError.wrongSize(file: url.path, found: file.sizeBytes, wanted: wanted.bytes)
            }
            let hash = try SHA256.hex(ofFile: url)
            guard hash == wanted.sha256 else {
                throw ShardError.wrongHash(file: url.path, found: hash, wanted: wanted.sha256)
            }
            return nil
        } catch { return "\(error)" }
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
                    reason: "document \(index) does not have its only EOS \(manifest.eos) at the end")
            }
        }
        guard end == shard.tokens else {
            throw ShardError.badContent(
                file: open.tokenURL.path, offset: end * width,
                reason: "the index ends here, \(shard.tokens - end) tokens before the end of the file")
        }
    }

    private static func tokenizerProblems(_ folder: URL, _ manifest: ShardManifest) -> [String] {
        let names = TokenizerFiles.names.filter {
            FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
        }
        let file = folder.appending(path: names.first ?? TokenizerFiles.sentencePieceName)
        if names.isEmpty { return ["\(ShardError.missing(file: file.path))"] }
        do {
            let found = try TokenizerFiles(folder).tokenizer.fingerprint
            guard found != manifest.tokenizer else { return [] }
            return ["\(ShardError.wrongHash(file: file.path, found: found, wanted: manifest.tokenizer))"]
        } catch {
            return ["\(error)"]
        }
    }

    /// Files with our extensions that are not in the manifest: other programs would take them for data.
    private static func strays(_ folder: URL, _ manifest: ShardManifest) -> [String] {
        let shards = manifest.sources.flatMap { source in
            source.shards.flatMap { shard in shard.files.keys.map { "\(source.name)/\(shard.name).\($0.rawValue)" } }
        }
        let known = Set([ShardManifest.fileName] + TokenizerFiles.names + shards + manifest.otherFiles.keys)
        let kinds = Set(ShardPart.allCases.map(\.rawValue) + ["json"])
        func names(_ folder: URL) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { !$0.hasPrefix(".") }
        }
        let top = names(folder)
        let inner = top.flatMap { name in names(folder.appending(path: name)).map { name + "/" + $0 } }
        return (top + inner).sorted().filter { name in
            kinds.contains((name as NSString).pathExtension) && !known.contains(name)
        }.map { "\(folder.path)/\($0): is not in the manifest; remove it" }
    }
}
