// What each key of a recipe affects, as one table: it determines which keys may differ when a run resumes or branches
// from a checkpoint. A key missing from the table counts as `run`; a test requires a row for every key.
// Next: RunOrigin.swift, which compares a recipe with the one that a checkpoint was trained with.
// SPDX-License-Identifier: Apache-2.0

/// Which results of a run a key affects.
package enum KeyInfluence: Int, Sendable, Comparable {
    /// Changes no number: names, places, what is written and how often, how work is split.
    case none
    /// What a stage of training is made of. A branch begins a new stage and may have its own; a resumed run may not.
    case stage
    /// What the weights and moments mean and how a step changes them: neither a resumed run nor a branch may differ.
    case run

    package static func < (a: KeyInfluence, b: KeyInfluence) -> Bool { a.rawValue < b.rawValue }

    /// The influence of the value at a path, "data.sources.0.format": that of its row, or the largest inside a section.
    package static func of(_ key: String) -> KeyInfluence {
        rows(matching: key).map(\.influence).max() ?? .run
    }

    /// Whether a path, or a section of it, is in the table.
    package static func knows(_ key: String) -> Bool { !key.isEmpty && !rows(matching: key).isEmpty }

    /// Keys whose value is a path. What counts is what lies there, which `TrainState.contents` holds as a hash; a copy
    /// of it elsewhere is the same.
    package static func isPath(_ key: String) -> Bool {
        let parts = key.split(separator: ".")
        return paths.contains { $0.count <= parts.count && matches($0, parts) }
    }

    /// Top-level names and paths of the table, for suggestions.
    package static var names: [String] {
        let all = table.map { $0.pattern.joined(separator: ".") }
        return Array(Set(all.compactMap { $0.split(separator: ".").first.map(String.init) })).sorted() + all
    }

    // MARK: The table

    private typealias Row = (pattern: [Substring], influence: KeyInfluence)

    private static func rows(matching key: String) -> [Row] {
        let parts = key.split(separator: ".")
        return table.filter { matches($0.pattern, parts) }
    }

    /// Whether one lies inside the other; "*" stands for any element of a list.
    private static func matches(_ pattern: [Substring], _ parts: [Substring]) -> Bool {
        zip(pattern, parts).allSatisfy { $0 == "*" || $0 == $1 }
    }

    private static func rows(_ influence: KeyInfluence, _ keys: String, under sections: [String] = [""]) -> [Row] {
        sections.flatMap { section in
            keys.split(whereSeparator: \.isWhitespace).map { ((section + $0).split(separator: "."), influence) }
        }
    }

    private static let paths = ["data.tokenizer", "data.sources.*.files", "data.validation.*.files"].map {
        $0.split(separator: ".")
    }

    private static let table: [Row] =
        rows(
            .none,
            """
            name model.preset
            data.root data.shards data.deduplicate.memory_bytes data.decontaminate.sets
            train.micro_batch_size train.recompute train.log_every train.eval_every train.save_every train.keep_last
            benchmarks.tasks benchmarks.limit benchmarks.every
            """)
        + rows(
            .stage,
            """
            seed mixtures.stable mixtures.decay train.steps train.sampling train.reduction_leaves data.shard_tokens
            schedule.kind schedule.learning_rate schedule.min_learning_rate schedule.initial_learning_rate
            schedule.warmup_steps schedule.decay schedule.decay_steps schedule.half_life_steps
            schedule.half_life_tokens schedule.period_steps
            data.deduplicate.exact
            data.deduplicate.simhash.shingle_words data.deduplicate.simhash.rounds
            data.deduplicate.simhash.bucket_limit data.deduplicate.simhash.distance
            data.deduplicate.simhash.minimum_words
            data.deduplicate.minhash.shingle_words data.deduplicate.minhash.bands data.deduplicate.minhash.rows
            data.deduplicate.minhash.similarity data.deduplicate.minhash.minimum_words
            data.decontaminate.words data.decontaminate.minimum_words
            benchmarks.best
            """)
        + rows(
            .stage,
            """
            name files format field fields mask_prompt render category vary_prompts
            clean.rules.line_ends clean.rules.controls clean.rules.maximum_empty_lines
            """, under: ["data.sources.*.", "data.validation.*."])
        + rows(
            .stage,
            """
            minimum_words maximum_words maximum_symbol_share maximum_digit_share maximum_replaced_share
            maximum_line_characters maximum_mean_line_characters maximum_repeated_line_share phrase_words
            maximum_repeated_phrase_share maximum_top_phrase_share scripts minimum_script_share
            """, under: ["data.sources.*.clean.thresholds.", "data.validation.*.clean.thresholds."])
        + rows(
            .run,
            """
            model.vocab_size model.hidden_size model.intermediate_size model.num_hidden_layers
            model.num_attention_heads model.num_key_value_heads model.rope_theta model.use_mup model.scale_emb
            model.scale_depth model.dim_model_base model.attention_scale model.initializer_range
            data.tokenizer
            train.batch_size train.batch_growth train.sequence_length train.compute train.document_mask
            train.grad_clip
            optimizer.beta1 optimizer.beta2 optimizer.eps optimizer.weight_decay optimizer.decay_embeddings
            optimizer.compensate_mup_decay
            guard.spike_factor guard.window guard.max_skips
            """)
}
