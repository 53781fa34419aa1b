// A finished folder of shards with its tokenizer, as read by training and the `data` subcommands.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMTokenizer

package struct PreparedFolder: Sendable {
    package let url: URL
    package let manifest: ShardManifest

    /// Whether a folder is a source's: it contains the manifest of a unit.
    package static func isSource(_ folder: URL) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.contains { name in Int(name.dropLast(".json".count)).map(UnitManifest.fileName) == name }
    }

    package init(_ url: URL) throws {
        self.url = url
        manifest = try ShardManifest.read(url)
    }

    /// The tokenizer stored beside the shards; throws when it is not the one that made them.
    package func tokenizer() throws -> any Tokenizer {
        let files = try TokenizerFiles(url)
        guard files.tokenizer.fingerprint == manifest.tokenizer else {
            let name = files.contents.first?.name ?? TokenizerFiles.sentencePieceName
            throw ShardError.wrongHash(
                file: url.appending(path: name).path, found: files.tokenizer.fingerprint, wanted: manifest.tokenizer)
        }
        return files.tokenizer
    }

    /// A source, or one category of it ("sft/math"), to draw training sequences from.
    package func source(_ name: String) throws -> TokenShards {
        try TokenShards(name, folder: url, manifest: manifest)
    }

    /// The sources named by mixtures, in the order of `names`.
    package func sources(mixtures: [[String: Double]]) throws -> [TokenShards] {
        try names(mixtures: mixtures).map { try source($0) }
    }

    /// The names in mixtures: whole sources in manifest order, then categories in alphabetical order.
    package func names(mixtures: [[String: Double]]) -> [String] {
        let named = Set(mixtures.flatMap(\.keys))
        let whole = manifest.sources.map(\.name)
        let categories = named.filter { name in
            name.split(separator: "/").first.map { whole.contains(String($0)) } == true && !whole.contains(name)
        }
        return whole.filter(named.contains) + categories.sorted()
    }
}
