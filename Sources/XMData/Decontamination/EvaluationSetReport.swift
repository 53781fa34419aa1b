// What of each evaluation set is searched for, and what makes a set unusable: no benchmark is passed over silently.
// Next: ContaminationIndex.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// One evaluation set as it was read.
package struct EvaluationSetReport: Codable, Sendable, Equatable {
    package let name: String
    /// Texts whose phrases are searched for.
    package var searched = 0
    /// Texts of fewer words than `words` of the recipe (`minimum_words`, where that is set), which are not.
    package var tooShort = 0
    /// Different phrases, and their sum as a sign of the texts that they are from.
    package var phrases = 0
    package var checksum: UInt64 = 0
    /// Rows that cannot be read, and the first of them.
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

    /// What a preparation searched for; nil where it searched for nothing.
    package static func read(_ folder: URL) throws -> DecontaminationSummary? {
        let file = folder.appending(path: fileName)
        guard let data = try? Data(contentsOf: file) else { return nil }
        return try ShardManifest.decode(Self.self, data, file: file)
    }

    /// Writes it, or compares it with what an earlier run or another part searched for.
    func write(to folder: URL) throws {
        guard let found = try Self.read(folder) else {
            return try AtomicFile.write(try ShardManifest.encode(self), to: folder.appending(path: Self.fileName))
        }
        for (was, now) in zip(found.sets, sets) where was != now {
            throw DecontaminationError.changed(folder: folder.path, set: now.name)
        }
    }

    /// A sentence for each set.
    package var lines: [String] {
        let least = min(config.words, config.minimumWords ?? config.words)
        return sets.map { set in
            "evaluation set \(set.name): \(HumanText.counted(set.searched, "text")) searched for"
                + (set.tooShort > 0 ? ", \(set.tooShort) not, having fewer than \(least) words" : "")
                + (set.firstUnreadable.map { ", \(set.unreadable) not, being unreadable, the first \($0)" } ?? "")
        }
    }
}

package enum DecontaminationError: Error, CustomStringConvertible, Equatable {
    /// A file of the set that cannot be read, with the reader's sentence.
    case unreadable(set: String, reason: String)
    /// `reason`: of the first row that cannot be read, if there is one.
    case empty(set: String, file: String, reason: String?)
    case allShort(set: String, texts: Int, longest: Int, least: Int)
    case changed(folder: String, set: String)

    package var description: String {
        switch self {
        case .unreadable(let set, let reason): "evaluation set '\(set)': \(reason)"
        case .empty(let set, let file, let reason):
            "evaluation set '\(set)': \(file) holds no text\(reason.map { " (\($0))" } ?? ""); fetch the file again, or "
                + "remove it from data.decontaminate"
        case .allShort(let set, let texts, let longest, let least):
            "evaluation set '\(set)': its \(texts) texts have at most \(longest) words and only texts of \(least) words "
                + "are searched for; set data.decontaminate.minimum_words to \(longest) or less, or remove the set"
        case .changed(let folder, let set):
            "\(folder): was begun when the evaluation set '\(set)' had other texts; choose another folder, or start "
                + "over with --restart"
        }
    }
}
