// Which evaluation sets training data must not contain. Part of a recipe.
// Next: ContaminationIndex.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct DecontaminationConfig: Codable, Sendable, Equatable {
    package var sets: [EvaluationSet]
    /// Words in a row that a document must not share with a set. Default 13.
    package var words: Int
    /// A text of a set that has fewer words counts as a whole from this many on; absent: it is not looked for. Short
    /// texts ("How many apples are left?") are in much innocent text, so that is the default.
    package var minimumWords: Int?

    package init(sets: [EvaluationSet], words: Int = 13, minimumWords: Int? = nil) {
        (self.sets, self.words, self.minimumWords) = (sets, words, minimumWords)
    }

    enum CodingKeys: String, CodingKey {
        case sets, words
        case minimumWords = "minimum_words"
    }

    /// All but the sets may be absent.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(sets: try keys.decode([EvaluationSet].self, forKey: .sets))
        try keys.read(&words, .words)
        try keys.read(&minimumWords, .minimumWords)
    }
}

/// Files of one benchmark: JSON, JSON Lines, CSV, TSV, Parquet or text. Every text in them counts, in whatever field.
package struct EvaluationSet: Codable, Sendable, Equatable {
    package var name: String
    /// Files, folders or patterns, as of a source.
    package var files: [String]

    package init(name: String, files: [String]) { (self.name, self.files) = (name, files) }
}
