// Which tokens end an answer. A folder lists their ids (generation_config.json, config.json). A GGUF file lists a few
// and llama.cpp recognises the rest by their text; this program recognises the same ones.
// SPDX-License-Identifier: Apache-2.0

import XMTokenizer

enum EndTokens {
    /// Symbols that end a turn in common templates; they end an answer even if a folder does not list them.
    static let turnEnds = [ChatTemplate.turnEnd, "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>"]

    /// Texts that end a generation in llama.cpp whatever the type of the token (llama-vocab.cpp, `special_eog_ids`).
    private static let texts = [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "<end_of_turn>",
        "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>",
        "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
    ]

    /// Texts of llama.cpp's fill-in-the-middle tokens, which end a generation too: padding, repository name, end of
    /// file. In each row the first one in the vocabulary counts, and only if the file's key is absent.
    private static let fillTexts = [
        "fim_pad_token_id": ["<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"],
        "fim_rep_token_id": ["<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"],
        "fim_sep_token_id": ["<|file_sep|>"],
    ]

    /// The tokens that end a generation in llama.cpp. `named` holds ids by the file's keys without `tokenizer.ggml.`;
    /// `id` finds a token by its text.
    static func llamaCpp(named: [String: Int32], id: (String) -> Int32?) -> Set<Int32> {
        var found: [String: Int32] = [:]
        for text in texts { found[text] = id(text) }
        // With tool calls, <|end|> and </s> only end a part of an answer.
        let hasCall = found["<|call|>"] != nil || found["<|calls|>"] != nil
        var inner: [Int32?] = []
        if hasCall, found["<|return|>"] != nil || found["<|flush|>"] != nil { inner.append(found["<|end|>"]) }
        if found["<|tool_response>"] != nil { inner.append(found["</s>"]) }
        let fill = fillTexts.compactMap { key, texts in
            named[key] == nil ? texts.lazy.compactMap(id).first : nil
        }
        return Set(named.values).union(found.values).union(fill).subtracting(inner.compactMap(\.self))
    }
}
