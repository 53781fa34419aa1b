// A finished folder of shards with its tokenizer: what training and the `data` subcommands read.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMTokenizer

package struct PreparedFolder: Sendable {
    package let url: URL
    package let manifest: ShardManifest

    /// Whether a folder is that of a source: the record of a unit lies in it.
    package static func isSource(_ folder: URL) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.contains { name in Int(name.dropLast(".json".count)).map(UnitRecord.fileName) == name }
    }

    package init(_ url: URL) throws {
        self.url = url
        manifest = try ShardManifest.read(url)
    }

    /// The tokenizer beside the shards; throws unless it is the one they were made with.
    package func tokenizer() throws -> any Tokenizer {
        let files = try TokenizerFiles(url)
        guard files.tokenizer.fingerprint == manifest.tokenizer else {
            let name = files.contents.first?.name ?? TokenizerFiles.sentencePieceName
            throw ShardError.wrongHash(
                file: url.appending(path: name).path, found: files.tokenizer.fingerprint, wanted: manifest.tokenizer)
        }
        return files.tokenizer
    }

    /// A source, or one category of it ("sft/math"), to draw rows from.
    package func source(_ name: String) throws -> TokenShards {
        try TokenShards(name, folder: url, manifest: manifest)
    }

    /// The sources that mixtures name, in the order of `names`.
    package func sources(mixtures: [[String: Double]]) throws -> [TokenShards] {
        try names(mixtures: mixtures).map { try source($0) }
    }

    /// What mixtures name: sources in the order of the manifest, then categories of them by name.
    package func names(mixtures: [[String: Double]]) -> [String] {
        let named = Set(mixtures.flatMap(\.keys))
        let whole = manifest.sources.map(\.name)
        let categories = named.filter { name in
            name.split(separator: "/").first.map { whole.contains(String($0)) } == true && !whole.contains(name)
        }
        return whole.filter(named.contains) + categories.sorted()
    }
}
