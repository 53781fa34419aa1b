// Splits text into words before the merges of byte-level models. Each family is defined by a regular expression, here
// implemented as a hand-written scanner (WordScanner.swift), which tests compare with the expression itself.
// SPDX-License-Identifier: Apache-2.0

package enum PreTokenizer: String, Sendable, CaseIterable {
    /// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
    case gpt2
    /// Every number character by itself, and GPT-2's pattern for the text between.
    case smollm
    /// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
    /// ` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`, in one line
    case llama3
    /// Like llama3, but with single number characters.
    case qwen2

    /// By the value of `tokenizer.ggml.pre`; several names share a pattern.
    package init?(ggufName: String) {
        switch ggufName {
        case "gpt-2", "gpt2": self = .gpt2
        case "smollm", "refact", "starcoder", "codeshell", "command-r": self = .smollm
        case "llama-bpe", "llama3", "llama-v3", "dbrx": self = .llama3
        case "qwen2": self = .qwen2
        default: return nil
        }
    }

    /// The value of `tokenizer.ggml.pre`, which also determines whether words that are tokens skip the merges; nil if
    /// no name stands for the combination.
    package func ggufName(ignoresMerges: Bool) -> String? {
        switch self {
        case .llama3: ignoresMerges ? "llama-bpe" : "dbrx"
        case .gpt2: ignoresMerges ? nil : "gpt-2"
        case .smollm, .qwen2: ignoresMerges ? nil : rawValue
        }
    }

    /// By the expression of a `Split` in tokenizer.json.
    init?(pattern: String) {
        guard let family = Self.allCases.first(where: { $0.pattern == pattern }) else { return nil }
        self = family
    }

    /// The regular expression; nil for SmolLM's family, which has two steps.
    var pattern: String? {
        let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
        let rest = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
        return switch self {
        case .gpt2: "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"
        case .smollm: nil
        case .llama3: contractions + "\\p{N}{1,3}" + rest
        case .qwen2: contractions + "\\p{N}" + rest
        }
    }

    /// Calls `body` with the byte range of every word of well-formed UTF-8, in order, without gaps.
    func forEachWord(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        let scanner = WordScanner(text)
        var at = 0
        while at < scanner.count {
            let end: Int
            switch self {
            case .gpt2: end = scanner.endOfPlainWord(from: at, limit: scanner.count)
            case .llama3: end = scanner.endOfCodeWord(from: at, digits: 3)
            case .qwen2: end = scanner.endOfCodeWord(from: at, digits: 1)
            case .smollm:
                if scanner.classes[at] == .number {
                    end = at + 1
                } else {
                    let limit = scanner.classes[at...].firstIndex(of: .number) ?? scanner.count
                    var word = at
                    while word < limit {
                        let next = scanner.endOfPlainWord(from: word, limit: limit)
                        body(scanner.offsets[word]..<scanner.offsets[next])
                        word = next
                    }
                    at = limit
                    continue
                }
            }
            body(scanner.offsets[at]..<scanner.offsets[end])
            at = end
        }
    }

    /// The words of a text, for tests and inspection.
    package func words(of text: String) -> [String] {
        var text = text
        return text.withUTF8 { bytes in
            var words: [String] = []
            forEachWord(in: bytes) { words.append(String(decoding: bytes[$0], as: UTF8.self)) }
            return words
        }
    }
}
