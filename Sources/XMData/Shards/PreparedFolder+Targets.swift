// Finds documents whose masked prompt fills a whole training sequence: a sequence that begins with one has no target.
// Only the mask files are read. Next: TrainConfig+Targets.swift in XMTrain, which warns before a run.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The documents of a source, and how many of them leave a sequence that begins with them without a target.
package struct TargetCount: Sendable, Equatable {
    package var documents = 0
    package var withoutTarget = 0

    package init(documents: Int = 0, withoutTarget: Int = 0) {
        (self.documents, self.withoutTarget) = (documents, withoutTarget)
    }
}

extension PreparedFolder {
    /// Counts for a source, or one category of it ("sft/math"), and sequences of `length` tokens. A sequence that
    /// begins with a document predicts its tokens 1 to `length`.
    package func targets(of name: String, length: Int) throws -> TargetCount {
        let path = name.split(separator: "/", maxSplits: 1).map(String.init)
        guard let source = manifest.sources.first(where: { $0.name == path.first }) else {
            throw ShardError.unknownSource(folder: url.path, name: name, known: manifest.sources.map(\.name))
        }
        let category = path.count == 2 ? InstructionCategory(rawValue: path[1]) : nil
        var count = TargetCount()
        for shard in source.shards {
            // Without a mask every token is a target.
            if shard.files[.mask] == nil, category == nil {
                count.documents += shard.documents
                continue
            }
            let open = try OpenShard(shard, folder: url.appending(path: source.name), width: manifest.width)
            for index in 0..<shard.documents {
                if let category, try open.category(index) != category { continue }
                count.documents += 1
                if try !open.hasTarget(open.document(index).dropFirst().prefix(length)) { count.withoutTarget += 1 }
            }
        }
        return count
    }
}

extension OpenShard {
    /// Whether one of the tokens is a target. The mask is read in chunks, because most are found in the first.
    fileprivate func hasTarget(_ range: Range<Int>) throws -> Bool {
        try stride(from: range.lowerBound, to: range.upperBound, by: 64).contains { start in
            try trained(start..<min(start + 64, range.upperBound)).contains(true)
        }
    }
}
