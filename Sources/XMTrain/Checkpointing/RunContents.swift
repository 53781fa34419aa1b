// Hashes of what a recipe's paths lead to, by key: two runs with the same hashes train on the same tokens, wherever the
// files lie. `TrainState.contents` keeps them in every checkpoint.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMData
import XMSupport

enum RunContents {
    /// The tokenizer and the measured text, which are read before the shards.
    static func of(tokenizer: String, validation: [ValidationSet]) -> [String: String] {
        var contents = ["data.tokenizer": "sha256:" + tokenizer]
        for (index, set) in validation.enumerated() {
            contents["data.validation.\(index).files"] = "sha256:" + set.fingerprint
        }
        return contents
    }

    /// The shards of each source, in the recipe's order.
    static func of(_ manifest: ShardManifest, sources: [SourceConfig]) -> [String: String] {
        var contents: [String: String] = [:]
        for (index, source) in sources.enumerated() {
            guard let made = manifest.sources.first(where: { $0.name == source.name }) else { continue }
            let hashes = made.shards.flatMap { shard in
                ShardPart.allCases.compactMap { shard.files[$0].map(\.sha256) }
            }
            contents["data.sources.\(index).files"] =
                "sha256:" + SHA256.hex(of: Data(hashes.joined(separator: "\n").utf8))
        }
        return contents
    }
}
