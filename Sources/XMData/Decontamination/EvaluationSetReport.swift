// How much of each evaluation set is searched for, and what makes a set unusable: no benchmark is skipped silently.
// Next: ContaminationIndex.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// One evaluation set as it was read.
package struct EvaluationSetReport: Codable, Sendable, Equatable {
    package let name: String
    /// Texts whose phrases are searched for.
    package var searched = 0
    /// Texts that are not searched for, having fewer words than `minimum_words` (`words` where that is not set).
    package var tooShort = 0
    /// Distinct phrases, and the sum of their hashes, which identifies the set's contents.
    package var phrases = 0
    package var checksum: UInt64 = 0
    /// Number of unreadable records, and a description of the first.
    package var unreadable = 0
    package var firstUnreadable: String?
    /// Words of the longest text.
    package var longest = 0

    init(name: String) { self.name = name }
}

/// `decontamination.json` beside the shards.
package struct DecontaminationSummary: Codable, Sendable, Equatable {
    package let config: DecontaminationConfig
    package let sets: [EvaluationSetReport]

    package static let fileName = "decontamination.json"

    /// What a preparation searched for; nil when it did not decontaminate.
    package static func read(_ folder: URL) throws -> DecontaminationSummary? {
        let file = folder.appending(path: fileName)
        guard let data = try? Data(contentsOf: file) else { return nil }
        return try ShardManifest.decode(Self.self, data, file: file)
    }

    /// Writes the file, or compares it with the one that an earlier run or another part wrote.
    func write(to folder: URL) throws {
        guard let found = try Self.read(folder) else {
            return try AtomicFile.write(try ShardManifest.encode(self), to: folder.appending(path: Self.fileName))
        }
        for (was, now) in zip(found.sets, sets) where was != now {
            throw DecontaminationError.changed(folder: folder.path, set: now.name)
        }
    }

    /// One sentence per set.
    package var lines: [String] {
        let least = min(config.words, config.minimumWords ?? config.words)
        return sets.map { set in
            "evaluation set \(set.name): searching for \(set.searched) text\(set.searched == 1 ? "" : "s")"
                + (set.tooShort > 0 ? "; \(set.tooShort) skipped with fewer than \(least) words" : "")
                + (set.firstUnreadable.map { "; \(set.unreadable) skipped as unreadable, first \($0)" } ?? "")
        }
    }
}

package enum DecontaminationError: Error, CustomStringConvertible, Equatable {
    /// A file of the set cannot be read; `reason` is the reader's sentence.
    case unreadable(set: String, reason: String)
    /// `reason`: why the first unreadable record is so, if there is one.
    case empty(set: String, file: String, reason: String?)
    case allShort(set: String, texts: Int, longest: Int, least: Int)
    case changed(folder: String, set: String)

    package var description: String {
        switch self {
        case .unreadable(let set, let reason): "evaluation set '\(set)': \(reason)"
        case .empty(let set, let file, let reason):
            "evaluation set '\(set)': \(file) contains no text\(reason.map { " (\($0))" } ?? ""); fetch the file "
                + "again, or "
                + "remove it from data.decontaminate"
        case .allShort(let set, let texts, let longest, let least):
            "evaluation set '\(set)': its \(texts) texts have at most \(longest) words, but only texts of at least "
                + "\(least) "
                + "are searched for; set data.decontaminate.minimum_words to \(longest) or less, or remove the set"
        case .changed(let folder, let set):
            "\(folder): the evaluation set '\(set)' has changed since this folder was started; choose another folder, "
                + "or "
                + "start over with --restart"
        }
    }
}
