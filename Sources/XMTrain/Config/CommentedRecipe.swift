// A recipe as a person reads it: every key with its meaning and its default beside it.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package enum CommentedRecipe {
    /// The recipe as YAML with a comment on every key, below `header`, whose lines become comments too.
    package static func text(_ config: TrainConfig, header: [String]) throws -> String {
        let lines = try Recipe.yaml(config).split(separator: "\n", omittingEmptySubsequences: false)
        var path: [(indent: Int, key: Substring)] = []
        var result = header.map { $0.isEmpty ? "#" : "# \($0)" }
        for line in lines {
            let indent = line.prefix { $0 == " " || $0 == "-" }.count
            guard let colon = line.firstIndex(of: ":"), line.utf8.count > indent else {
                result.append(String(line))
                continue
            }
            let key = line[..<colon].dropFirst(indent)
            if indent == 0 { result.append("") }
            path.removeAll { $0.indent >= indent }
            path.append((indent, key))
            // Text that is measured is described as a source is.
            let name = path.map(\.key).joined(separator: ".")
            result += commented(line, comments[name.replacing("data.validation.", with: "data.sources.")])
        }
        while result.last == "" { result.removeLast() }
        return result.joined(separator: "\n") + "\n"
    }

    private static let column = 40
    private static let width = 118

    /// The line with its comment behind it, or above it where the value is long; the comment's further lines below the
    /// first.
    private static func commented(_ line: Substring, _ comment: String?) -> [String] {
        guard let comment else { return [String(line)] }
        if line.count > column - 2 {
            let indent = String(repeating: " ", count: line.prefix { $0 == " " }.count)
            return wrapped(comment, width - indent.count - 2).map { indent + "# " + $0 } + [String(line)]
        }
        return wrapped(comment, width - column - 2).enumerated().map { index, part in
            (index == 0 ? String(line) : "").padded(columns: column) + "# " + part
        }
    }

    private static func wrapped(_ text: String, _ width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if !last.isEmpty, last.count + 1 + word.count > width {
                lines.append(String(word))
            } else {
                lines[lines.count - 1] = last.isEmpty ? String(word) : "\(last) \(word)"
            }
        }
        return lines
    }

    /// Meaning of each key by its path; elements of a list have the path of the list.
    static let comments: [String: String] = [
        "name": "names the run and its folder, runs/NAME; default: the recipe's file name",
        "seed": "decides initial weights and the order of the data; default 1",

        "model.preset": "nano, micro, tiny, small, medium, xl, 2B, 4B; default nano",
        "model.vocab_size": "tokens of the vocabulary; null = the tokenizer's",
        "model.hidden_size": "width; null = the preset's, as the next four",
        "model.intermediate_size": "feed-forward width",
        "model.num_hidden_layers": "layers",
        "model.num_attention_heads": "query heads",
        "model.num_key_value_heads": "key and value heads",
        "model.rope_theta": "base of the rotary angles; default 10000",
        "model.use_mup": "muP (hyper-parameters hold across widths) or the standard parametrisation; default true",
        "model.scale_emb": "factor on the embedding's output; default 12",
        "model.scale_depth": "residual branches are multiplied by this / sqrt(layers); default 1.4",
        "model.dim_model_base": "width at which muP scales nothing; default 256",
        "model.attention_scale": "factor on the attention scores, 1/sqrt(d) or 1/d (needs use_mup); default 1/sqrt(d)",
        "model.initializer_range": "standard deviation of the initial embedding; default 0.1",

        "data.root": "folder that paths are relative to, itself relative to this file; default: this file's folder",
        "data.tokenizer": "SentencePiece file, tokenizer.json, or a model folder that has one of them",
        "data.sources": "what there is to train on",
        "data.sources.name": "its name in mixtures and reports",
        "data.sources.files": "files, folders or patterns (**/*.txt)",
        "data.sources.format": "text, qa, instruction, messages, sharegpt, tokens; default text",
        "data.sources.field": "text only: the field of a record that holds the text; default text",
        "data.sources.fields": "conversations only: the records' own field names, {question: prompt}; default none",
        "data.sources.mask_prompt": "conversations only: predict the answers alone; default false",
        "data.sources.render": "conversations only: chat (the template) or plain; default chat",
        "data.sources.category": "math, code, logic, knowledge, commonsense, or rules: by each record's words",
        "data.sources.vary_prompts": "conversations only: seed of rules that reword prompts; default null = never",
        "data.sources.clean": "text only: rules that change a document, thresholds that drop it; default null",
        "data.validation": "text that is measured and never trained on, listed like sources",
        "data.deduplicate": "drop records that repeat earlier ones: exact, simhash, minhash; default null = keep all",
        "data.decontaminate": "drop records that share a phrase with an evaluation set; default null = keep all",
        "data.shards": "folder of the prepared tokens; default null = RUN/shards",
        "data.shard_tokens": "tokens after which a shard is closed; default 134217728",

        "mixtures": "shares of the sources; divided by their sum",
        "mixtures.stable": "warm-up and stable stage; may be left out with one source",
        "mixtures.decay": "decay stage; null = as the stable stage",

        "train.steps": "optimizer steps, the decay included",
        "train.batch_size": "sequences of a step; default 16",
        "train.batch_growth": "later batch sizes, each {from_step, batch_size}; default none",
        "train.sequence_length": "tokens of a sequence; default 512",
        "train.sampling":
            "permutation (each token once per pass) or random_offset (with replacement); default permutation",
        "train.micro_batch_size":
            "sequences in memory at once: changes memory and speed, not results; null = batch_size",
        "train.reduction_leaves":
            "leaves of the tree that sums gradients, a power of two: up to that many ranks give the same bits; default 1",
        "train.compute": "storage of activations: auto, f32, bf16; default auto",
        "train.recompute": "keep layer inputs only: less memory, a third more work; default false",
        "train.document_mask": "attention stays inside a document; default false",
        "train.grad_clip": "largest L2 norm of the gradient; 0 = off; default 1",
        "train.log_every": "steps between console lines; default 1",
        "train.eval_every": "steps between measurements of data.validation; 0 = at the end only; default 0",
        "train.save_every": "steps between checkpoints; 0 = at the end only; default 0",
        "train.keep_last": "newest checkpoints kept beside the best one; default 3",

        "optimizer.beta1": "AdamW: decay of the first moment; default 0.9",
        "optimizer.beta2": "decay of the second moment; default 0.95",
        "optimizer.eps": "added to the root of the second moment; default 1e-8",
        "optimizer.weight_decay": "decoupled, times the learning rate, never on norms; default 0.1",
        "optimizer.decay_embeddings": "whether the embedding, which is the head too, is decayed; default true",
        "optimizer.compensate_mup_decay": "multiply the hidden matrices' decay by width / base width; default false",

        "schedule.kind": "wsd, cosine, cosine_period, cosine_loop, constant, inverse_sqrt, linear; default wsd",
        "schedule.learning_rate": "peak; under muP, hidden matrices use it divided by width / base width; default 0.01",
        "schedule.min_learning_rate": "rate at the end, or the floor; default 0",
        "schedule.initial_learning_rate": "rate before the first warm-up step; default 0",
        "schedule.warmup_steps": "steps of linear rise; default: a twentieth of train.steps, at most 2000",
        "schedule.decay": "half_life, exponential, linear, cosine, one_minus_sqrt, inverse, square; default half_life",
        "schedule.decay_steps": "steps of the decay; 0 = never; null = a tenth of train.steps",
        "schedule.half_life_steps": "half_life only: steps in which the rate halves; this or the next",
        "schedule.half_life_tokens": "the same in tokens; null = 19.66e9, the published one",
        "schedule.period_steps": "cosine_period, cosine_loop: the period; null = train.steps",

        "guard.spike_factor": "skip a step whose loss or gradient norm is this many times the recent median; null = "
            + "only NaN and infinity; default 10",
        "guard.window": "accepted steps that the median is taken over; default 64",
        "guard.max_skips": "skips in a row after which the run stops with an error; default 10",

        "benchmarks": "tasks evaluated during training; default null = none",
        "benchmarks.tasks": "tasks, groups or YAML files, as for xmodel eval",
        "benchmarks.limit": "documents of each task; null = all; default 100",
        "benchmarks.every": "steps between evaluations; 0 = at the end only; default 0",
        "benchmarks.best": "TASK/METRIC that decides on the best checkpoint; null = the validation loss; default null",
    ]
}
