// Shards that a test writes document by document, under a vocabulary of 256 ids that ends documents with 0.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMData

enum HandMadeShards {
    /// `sources`: name, whether whole documents are drawn, and the documents of each shard.
    static func write(
        to folder: URL, vocabulary: Int = 256,
        sources: [(name: String, wholeDocuments: Bool, shards: [[EncodedDocument]])]
    ) throws -> PreparedFolder {
        let made = try sources.map { source in
            let place = folder.appending(path: source.name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            let shards = try source.shards.enumerated().map { number, documents in
                let writer = try ShardWriter(
                    folder: place, name: "00000-00\(number)", width: .fitting(vocabulary: vocabulary),
                    hasMask: documents.contains { $0.trained != nil },
                    hasCategories: documents.contains { $0.category != nil })
                for document in documents { try writer.append(document) }
                return try writer.finish()
            }
            let record = UnitManifest(
                source: source.name, number: 0, recipeHash: "hand", inputs: [], shards: shards, position: nil)
            return ShardManifest.Source(name: source.name, wholeDocuments: source.wholeDocuments, units: [record])
        }
        try ShardManifest(tokenizer: "hand", vocabulary: vocabulary, eos: 0, recipeHash: "hand", sources: made)
            .write(to: folder)
        return try PreparedFolder(folder)
    }
}
