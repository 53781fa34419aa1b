// The evaluation sets that training data must not contain. Part of a recipe (`data.decontaminate`).
// Next: ContaminationIndex.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct DecontaminationConfig: Codable, Sendable, Equatable {
    package var sets: [EvaluationSet]
    /// A document that shares this many consecutive words with a set is removed. Default 13.
    package var words: Int
    /// Texts of a set with fewer than `words` but at least this many words are searched for as a whole. Absent, the
    /// default: short texts are not searched for, because much innocent text contains "How many apples are left?".
    package var minimumWords: Int?

    package init(sets: [EvaluationSet], words: Int = 13, minimumWords: Int? = nil) {
        (self.sets, self.words, self.minimumWords) = (sets, words, minimumWords)
    }

    enum CodingKeys: String, CodingKey {
        case sets, words
        case minimumWords = "minimum_words"
    }

    /// Every key but `sets` is optional.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(sets: try keys.decode([EvaluationSet].self, forKey: .sets))
        try keys.read(&words, .words)
        try keys.read(&minimumWords, .minimumWords)
    }
}

/// Files of one benchmark: JSON, JSON Lines, CSV, TSV, Parquet or text. Every string in them counts, in whatever field.
package struct EvaluationSet: Codable, Sendable, Equatable {
    package var name: String
    /// Files, folders or patterns, as for a source.
    package var files: [String]

    package init(name: String, files: [String]) { (self.name, self.files) = (name, files) }
}
