// Validation of a data section before any file is read: each error names the key, its value and what is allowed.
// Next: DataConfig.swift, Cleaning/CleaningConfig.swift, Deduplication/DeduplicationConfig.swift.
// SPDX-License-Identifier: Apache-2.0

extension DataConfig {
    /// Throws `DataError.badKey` for the first invalid key.
    package func validate() throws {
        try require(shardTokens, from: 1, to: 1 << 40, "data.shard_tokens")
        try require(!sources.isEmpty, "data.sources", "is empty; name at least one source")
        var seen: Set<String> = []
        for (index, source) in sources.enumerated() {
            let key = "data.sources.\(index)"
            try require(
                SourceConfig.isFolderName(source.name), key + ".name",
                "is '\(source.name)'; use only letters, digits, '-', '_' and '.', because it also names a folder")
            try require(
                seen.insert(source.name).inserted, key + ".name",
                "is '\(source.name)', the name of an earlier source; choose another")
            let known = ConversationRecord.fieldNames(source.format)
            for field in (source.fields ?? [:]).keys.sorted() {
                try require(
                    known.contains(field), key + ".fields",
                    "maps '\(field)'; format \(source.format.rawValue) has "
                        + (known.isEmpty ? "none" : known.joined(separator: ", ")))
            }
            try require(
                source.clean == nil || source.format == .text, key + ".clean",
                "is set, but format \(source.format.rawValue) is not text; remove it")
            try source.clean?.validate(key + ".clean")
            let plain = !source.format.isConversation
            for (name, isSet) in [
                ("mask_prompt", source.maskPrompt == true), ("render", source.render != nil),
                ("vary_prompts", source.varyPrompts != nil),
            ] {
                try require(
                    !(plain && isSet), "\(key).\(name)",
                    "is set, but format \(source.format.rawValue) has no prompts; remove it")
            }
        }
        try deduplicate?.validate("data.deduplicate")
        try decontaminate?.validate("data.decontaminate")
    }
}

private func require(_ condition: Bool, _ key: String, _ reason: @autoclosure () -> String) throws {
    if !condition { throw DataError.badKey(key: key, reason: reason()) }
}

/// Checks a count against its limits; nil is off and always valid. The upper limit keeps sums of counts within 64 bits.
private func require(_ value: Int?, from least: Int, to most: Int = 1 << 50, _ key: String) throws {
    guard let value, !(least...max(least, most) ~= value) else { return }
    throw DataError.badKey(
        key: key, reason: "is \(value); it must be \(most < 1 << 50 ? "from \(least) to \(most)" : "at least \(least)")"
    )
}

/// Checks a value against its limits; nil is off and always valid.
private func require<T: Comparable>(_ value: T?, from least: T, to most: T? = nil, _ key: String) throws {
    guard let value, !(value >= least && most.map { value <= $0 } ?? true) else { return }
    let wanted = most.map { "from \(least) to \($0)" } ?? "at least \(least)"
    throw DataError.badKey(key: key, reason: "is \(value); it must be \(wanted)")
}

extension CleaningConfig {
    fileprivate func validate(_ key: String) throws {
        try require(rules.maximumEmptyLines, from: 0, key + ".rules.maximum_empty_lines")
        let key = key + ".thresholds"
        let limits = thresholds
        try require(limits.minimumWords, from: 0, key + ".minimum_words")
        try require(limits.maximumWords, from: max(1, limits.minimumWords ?? 1), key + ".maximum_words")
        try require(limits.maximumLineCharacters, from: 1, key + ".maximum_line_characters")
        try require(limits.maximumMeanLineCharacters, from: 1, key + ".maximum_mean_line_characters")
        try require(limits.phraseWords, from: 1, key + ".phrase_words")
        for (name, share) in [
            ("maximum_symbol_share", limits.maximumSymbolShare), ("maximum_digit_share", limits.maximumDigitShare),
            ("maximum_replaced_share", limits.maximumReplacedShare),
            ("maximum_repeated_line_share", limits.maximumRepeatedLineShare),
            ("maximum_repeated_phrase_share", limits.maximumRepeatedPhraseShare),
            ("maximum_top_phrase_share", limits.maximumTopPhraseShare),
            ("minimum_script_share", limits.minimumScriptShare),
        ] {
            try require(share, from: 0, to: 1, "\(key).\(name)")
        }
        try require(limits.scripts?.isEmpty != true, key + ".scripts", "is empty; name a script or remove the key")
    }
}

extension DeduplicationConfig {
    fileprivate func validate(_ key: String) throws {
        // With less, sorting would consist of temporary files only.
        try require(memoryBytes, from: 1 << 16, key + ".memory_bytes")
        if let simhash {
            let key = key + ".simhash"
            try require(simhash.shingleWords, from: 1, key + ".shingle_words")
            try require(simhash.rounds, from: 1, to: 64, key + ".rounds")
            try require(simhash.bucketLimit, from: 2, key + ".bucket_limit")
            try require(simhash.distance, from: 0, to: 63, key + ".distance")
            try require(simhash.minimumWords, from: 1, key + ".minimum_words")
        }
        if let minhash {
            let key = key + ".minhash"
            try require(minhash.shingleWords, from: 1, key + ".shingle_words")
            try require(minhash.bands, from: 1, to: 4096, key + ".bands")
            try require(minhash.rows, from: 1, to: 4096, key + ".rows")
            try require(minhash.similarity, from: 0, to: 1, key + ".similarity")
            try require(minhash.minimumWords, from: 1, key + ".minimum_words")
        }
    }
}

extension DecontaminationConfig {
    fileprivate func validate(_ key: String) throws {
        try require(!sets.isEmpty, key + ".sets", "is empty; name a set, or set \(key) to null")
        try require(words, from: 1, key + ".words")
        try require(minimumWords, from: 1, key + ".minimum_words")
    }
}
