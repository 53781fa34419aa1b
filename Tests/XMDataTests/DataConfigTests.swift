// The data section: what may be absent and what cannot work.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMData
import XMSupport

@Suite("DataConfigTests")
struct DataConfigTests {
    private static let text = """
        tokenizer: t.model
        sources:
          - {name: a, files: [a], format: text}
        """

    private func config(_ overrides: String...) throws -> DataConfig {
        let config = try Recipe.decode(DataConfig.self, yaml: Self.text, file: "r.yaml", overrides: overrides)
        try config.validate()
        return config
    }

    @Test("every key of clean, deduplicate and decontaminate may be absent and has its documented default")
    func defaults() throws {
        func clean(_ text: String) throws -> CleaningConfig? { try config("sources.0.clean=" + text).sources[0].clean }
        #expect(try clean("{}") == CleaningConfig())
        #expect(try clean("{rules: {}}") == CleaningConfig())
        #expect(
            try clean("{thresholds: {minimum_words: 5}}")
                == CleaningConfig(thresholds: QualityThresholds(minimumWords: 5)))
        #expect(try clean("{rules: {controls: false}}") == CleaningConfig(rules: TextRules(controls: false)))
        #expect(try clean("null") == nil)
        #expect(try config("deduplicate={}").deduplicate == DeduplicationConfig())
        #expect(
            try config("deduplicate={simhash: {}}").deduplicate == DeduplicationConfig(simhash: SimHashConfig()))
        #expect(
            try config("deduplicate={exact: false, minhash: {rows: 4}}").deduplicate
                == DeduplicationConfig(exact: false, minhash: MinHashConfig(rows: 4)))
        #expect(
            try config("decontaminate={sets: [{name: a, files: [b]}]}").decontaminate
                == DecontaminationConfig(sets: [EvaluationSet(name: "a", files: ["b"])]))
    }

    @Test(
        "a value out of range is named with its key and what is wanted",
        arguments: [
            ("deduplicate={simhash: {rounds: 0}}", "data.deduplicate.simhash.rounds is 0; it must be from 1 to 64"),
            (
                "deduplicate={simhash: {bucket_limit: 1}}",
                "data.deduplicate.simhash.bucket_limit is 1; it must be at least 2"
            ),
            (
                "deduplicate={simhash: {distance: 64}}",
                "data.deduplicate.simhash.distance is 64; it must be from 0 to 63"
            ),
            ("deduplicate={simhash: {shingle_words: 0}}", "data.deduplicate.simhash.shingle_words is 0"),
            (
                "deduplicate={minhash: {similarity: 1.5}}",
                "data.deduplicate.minhash.similarity is 1.5; it must be from 0.0 to 1.0"
            ),
            ("deduplicate={minhash: {bands: -1}}", "data.deduplicate.minhash.bands is -1"),
            ("deduplicate={memory_bytes: 0}", "data.deduplicate.memory_bytes is 0"),
            (
                "decontaminate={sets: [{name: a, files: [b]}], words: 0}",
                "data.decontaminate.words is 0; it must be at least 1"
            ),
            ("decontaminate={sets: []}", "data.decontaminate.sets is empty"),
            (
                "sources.0.clean={thresholds: {maximum_digit_share: 30}}",
                "data.sources.0.clean.thresholds.maximum_digit_share is 30.0; it must be from 0.0 to 1.0"
            ),
            (
                "sources.0.clean={thresholds: {minimum_words: 9, maximum_words: 8}}",
                "data.sources.0.clean.thresholds.maximum_words is 8; it must be at least 9"
            ),
            (
                "sources.0.clean={rules: {maximum_empty_lines: -1}}",
                "rules.maximum_empty_lines is -1; it must be at least 0"
            ),
            (
                "sources.0.format=txet",
                "--set sources.0.format=txet: 'sources.0.format' is 'txet'; it must be one of text, qa, instruction, "
                    + "messages, sharegpt, tokens; did you mean 'text'?"
            ),
        ])
    func ranges(override: String, message: String) {
        #expect {
            try config(override)
        } throws: {
            "\($0)".contains(message)
        }
    }
}
