// What cannot work in a data section: each check names the key, what it holds and what is wanted, before a file is read.
// Next: DataConfig.swift, Cleaning/CleaningConfig.swift, Deduplication/DeduplicationConfig.swift.
// SPDX-License-Identifier: Apache-2.0

extension DataConfig {
    /// Throws `DataError.badKey` naming the first key that cannot work.
    package func validate() throws {
        let size = shardTokens ?? Self.defaultShardTokens
        try require((1...1 << 40).contains(size), "data.shard_tokens", "is \(size); at least 1 is wanted")
        try require(!sources.isEmpty, "data.sources", "is empty; name at least one source")
        var seen: Set<String> = []
        for (index, source) in sources.enumerated() {
            let key = "data.sources.\(index)"
            try require(
                SourceConfig.isFolderName(source.name), key + ".name",
                "is '\(source.name)'; letters, digits, '-', '_' and '.' are allowed, for it is a folder's name too")
            try require(
                seen.insert(source.name).inserted, key + ".name", "is '\(source.name)', which another source has")
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

/// Nil is off and always fits.
private func require<T: Comparable>(_ value: T?, in range: ClosedRange<T>, _ key: String) throws {
    guard let value else { return }
    try require(range.contains(value), key, "is \(value); \(range.lowerBound) to \(range.upperBound) is wanted")
}

private func require<T: Comparable>(_ value: T?, in range: PartialRangeFrom<T>, _ key: String) throws {
    guard let value else { return }
    try require(range.contains(value), key, "is \(value); at least \(range.lowerBound) is wanted")
}

extension CleaningConfig {
    fileprivate func validate(_ key: String) throws {
        try require(rules.maximumEmptyLines, in: 0..., key + ".rules.maximum_empty_lines")
        let key = key + ".thresholds"
        let limits = thresholds
        try require(limits.minimumWords, in: 0..., key + ".minimum_words")
        try require(limits.maximumWords, in: max(1, limits.minimumWords ?? 1)..., key + ".maximum_words")
        try require(limits.maximumLineCharacters, in: 1..., key + ".maximum_line_characters")
        try require(limits.maximumMeanLineCharacters, in: 1..., key + ".maximum_mean_line_characters")
        try require(limits.phraseWords, in: 1..., key + ".phrase_words")
        for (name, share) in [
            ("maximum_symbol_share", limits.maximumSymbolShare), ("maximum_digit_share", limits.maximumDigitShare),
            ("maximum_replaced_share", limits.maximumReplacedShare),
            ("maximum_repeated_line_share", limits.maximumRepeatedLineShare),
            ("maximum_repeated_phrase_share", limits.maximumRepeatedPhraseShare),
            ("maximum_top_phrase_share", limits.maximumTopPhraseShare),
            ("minimum_script_share", limits.minimumScriptShare),
        ] {
            try require(share, in: 0...1, "\(key).\(name)")
        }
        try require(limits.scripts?.isEmpty != true, key + ".scripts", "is empty; name a script or remove the key")
    }
}

extension DeduplicationConfig {
    fileprivate func validate(_ key: String) throws {
        // Less than this and sorting is all files.
        try require(memoryBytes, in: (1 << 16)..., key + ".memory_bytes")
        if let simhash {
            let key = key + ".simhash"
            try require(simhash.shingleWords, in: 1..., key + ".shingle_words")
            try require(simhash.rounds, in: 1...64, key + ".rounds")
            try require(simhash.bucketLimit, in: 2..., key + ".bucket_limit")
            try require(simhash.distance, in: 0...63, key + ".distance")
            try require(simhash.minimumWords, in: 1..., key + ".minimum_words")
        }
        if let minhash {
            let key = key + ".minhash"
            try require(minhash.shingleWords, in: 1..., key + ".shingle_words")
            try require(minhash.bands, in: 1...4096, key + ".bands")
            try require(minhash.rows, in: 1...4096, key + ".rows")
            try require(minhash.similarity, in: 0...1, key + ".similarity")
            try require(minhash.minimumWords, in: 1..., key + ".minimum_words")
        }
    }
}

extension DecontaminationConfig {
    fileprivate func validate(_ key: String) throws {
        try require(!sets.isEmpty, key + ".sets", "is empty; name a set, or set \(key) to null")
        try require(words, in: 1..., key + ".words")
        try require(minimumWords, in: 1..., key + ".minimum_words")
    }
}
