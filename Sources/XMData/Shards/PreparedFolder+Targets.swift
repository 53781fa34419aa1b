// Records whose masked prompt fills a row: a row that begins with one has nothing to predict. Told from the mask files
// alone. Next: TrainConfig+Targets.swift in XMTrain, which says it before a run.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The records of a source, and how many of them have no target in a row that begins with them.
package struct TargetCount: Sendable, Equatable {
    package var documents = 0
    package var withoutTarget = 0

    package init(documents: Int = 0, withoutTarget: Int = 0) {
        (self.documents, self.withoutTarget) = (documents, withoutTarget)
    }
}

extension PreparedFolder {
    /// The records of a source, or of one category of it ("sft/math"), in rows of `length` tokens. A row that begins
    /// with a record predicts its tokens 1 to `length`.
    package func targets(of name: String, length: Int) throws -> TargetCount {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        guard let source = manifest.sources.first(where: { $0.name == parts.first }) else {
            throw ShardError.unknownSource(folder: url.path, name: name, known: manifest.sources.map(\.name))
        }
        let category = parts.count == 2 ? InstructionCategory(rawValue: parts[1]) : nil
        var count = TargetCount()
        for shard in source.shards {
            // Without a mask every token is predicted.
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
    /// Whether one of the tokens is predicted; long prompts are read in pieces.
    fileprivate func hasTarget(_ range: Range<Int>) throws -> Bool {
        try stride(from: range.lowerBound, to: range.upperBound, by: 64).contains { start in
            try trained(start..<min(start + 64, range.upperBound)).contains(true)
        }
    }
}
