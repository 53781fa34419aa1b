// A recipe with a byte-level BPE tokenizer: its files go along with the shards and the checkpoint, which can be opened,
// chatted with and exported like any other model.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMInference
import XMModel
import XMSupport
import XMTensor
import XMTestSupport
import XMTokenizer
import XMTrain

@Suite("TrainedTokenizerTests", .serialized)
struct TrainedTokenizerTests {
    private let runs: TinyRun

    init() throws { runs = try TinyRun() }

    /// tokenizer.json with all bytes, some merges and `symbols` as added tokens.
    private static func json(symbols: [String]) throws -> Data {
        var (next, alphabet): (UInt32, [String]) = (0x100, [])
        for byte in 0..<256 as Range<UInt32> {
            let isPrintable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
            alphabet.append(String(Unicode.Scalar(isPrintable ? byte : next)!))
            if !isPrintable { next += 1 }
        }
        let merges = [["t", "h"], ["th", "e"], ["Ġ", "the"], ["a", "n"], ["an", "d"], ["i", "n"]]
        let tokens = symbols + alphabet + merges.map { $0.joined() }
        let flags: [String: Any] = [
            "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true,
        ]
        let byteLevel: [String: Any] = [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
        ]
        return try JSONSerialization.data(withJSONObject: [
            "version": "1.0",
            "added_tokens": symbols.enumerated().map { id, text in
                flags.merging(["id": id, "content": text]) { $1 }
            },
            "pre_tokenizer": byteLevel, "decoder": byteLevel,
            "model": [
                "type": "BPE", "vocab": Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, $0) }),
                "merges": merges,
            ] as [String: Any],
        ])
    }

    /// A folder with the tokenizer; with `markup`, the symbols of Xmodel-2's chat template are in it.
    private func tokenizer(_ name: String, markup: Bool = true) throws -> URL {
        let url = runs.folder.appending(path: name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let symbols = ["<|begin|>", "<|end|>"] + (markup ? ["<|im_start|>", "<|im_end|>"] : [])
        try Self.json(symbols: symbols).write(to: url.appending(path: "tokenizer.json"))
        let config =
            #"{"bos_token": "<|begin|>", "eos_token": "<|end|>", "chat_template": "{{ messages[0].content }}"}"#
        try Data(config.utf8).write(to: url.appending(path: "tokenizer_config.json"))
        return url
    }

    private func config(_ tokenizer: String) -> TrainConfig {
        var config = TinyRun.config(steps: 8)
        config.data.tokenizer = tokenizer
        config.data.sources[1].maskPrompt = true
        return config
    }

    @Test("a folder and its tokenizer.json are the same tokenizer, and runs with either the same run")
    func folderOrFile() throws {
        _ = try tokenizer("bpe")
        let runs = try ["bpe", "bpe/tokenizer.json"].enumerated().map { index, name in
            try self.runs.train(config(name), "run\(index)")
        }
        #expect(runs[0].weights == runs[1].weights && runs[0].modelConfig == runs[1].modelConfig)
        #expect(runs[0].modelConfig.vocabularySize == 266 && runs[0].modelConfig.eosID == 1)
        let lines = try MetricsLog.read(self.runs.url("run0").appending(path: "metrics.jsonl"))
        #expect(lines.last!.loss < lines.first!.loss && lines.contains { $0.sourceLosses?["sft"] != nil })
        // The shards stand alone, and are checked with their tokenizer.
        let shards = try PreparedFolder(self.runs.url("run0").appending(path: "shards"))
        #expect(try shards.tokenizer().eosID == 1)
        #expect(try ShardVerifier(shards.url, pool: ThreadPool(threadCount: 1)).problems.isEmpty)
    }

    @Test("loss masks follow the tokens of a tokenizer with control symbols")
    func masks() throws {
        let files = try TokenizerFiles(tokenizer("bpe"))
        let encoder = ConversationEncoder(tokenizer: files.tokenizer, maskPrompt: true)
        let document = encoder.encode([
            ChatMessage(role: "user", content: "the héat"), ChatMessage(role: "assistant", content: "and in"),
        ])
        let trained = zip(document.tokens, document.trained ?? []).filter(\.1).map(\.0)
        #expect(files.tokenizer.decode(trained.filter { $0 > 3 }) == "and in\n")
        #expect(trained.contains(3) && trained.last == 1)
    }

    @Test("the checkpoint is opened, prompted in the format it was trained in, exported and resumed")
    func checkpoint() throws {
        _ = try tokenizer("bpe")
        let trainer = try runs.train(config("bpe"), "run")
        let checkpoint = try #require(trainer.latestCheckpoint)
        let names = try FileManager.default.contentsOfDirectory(atPath: checkpoint.path)
        #expect(names.contains("tokenizer.json") && !names.contains("tokenizer.model"))
        let bundle = try ModelBundle(runs.url("run").path)
        #expect(
            bundle.tokenizer.encode("<|im_start|>the")
                == trainer.data.inputs.tokenizer.tokenizer.encode("<|im_start|>the"))
        let messages = [ChatMessage(role: "user", content: "What is 3 + 4?")]
        let prompt = try #require(bundle.chatTemplate).render(messages, addGenerationPrompt: true)
        #expect(prompt == ChatTemplate.render(messages, addGenerationPrompt: true))
        #expect(bundle.stopIDs.isSuperset(of: [1, 3]))

        let target = runs.folder.appending(path: "model.gguf")
        try GGUFExport.write(
            bundle.weights, tokenizer: TokenizerExport(bundle), name: "tiny", as: .granite,
            preset: QuantizationPreset(name: "f32"), to: target, pool: ThreadPool(threadCount: 1))
        let exported = try ModelBundle(target.path)
        let text = "the land and <|im_start|>user\nin 中"
        #expect(exported.tokenizer.encode(text) == bundle.tokenizer.encode(text))

        #expect(runs.refusal(config("bpe"), "run") == "no error")
        // Another EOS is another tokenizer.
        let other = try tokenizer("other")
        try Data(#"{"bos_token": "<|begin|>", "eos_token": "<|im_end|>"}"#.utf8).write(
            to: other.appending(path: "tokenizer_config.json"))
        var changed = config("other")
        changed.data.shards = runs.folder.appending(path: "other-shards").path
        #expect(runs.refusal(changed, "run").contains("data.tokenizer sha256:"))
    }

    @Test("tokenizers that cannot serve are refused with what to do")
    func refused() throws {
        _ = try tokenizer("plain", markup: false)
        #expect(runs.refusal(config("plain"), "a").contains("data.sources.1.render is chat, and "))
        var plain = config("plain")
        for index in plain.data.sources.indices where index > 0 { plain.data.sources[index].render = .plain }
        plain.data.validation?[0].render = .plain
        #expect(runs.refusal(plain, "b") == "no error")
        try FileManager.default.removeItem(at: runs.folder.appending(path: "plain/tokenizer_config.json"))
        #expect(runs.refusal(plain, "c").contains("has no EOS token to end documents with"))
        _ = try runs.temporary.file("model.gguf", "GGUF\u{3}")
        #expect(runs.refusal(config("model.gguf"), "d").contains("'xmodel convert' and name the folder"))
        try FileManager.default.createDirectory(
            at: runs.folder.appending(path: "empty"), withIntermediateDirectories: true)
        #expect(runs.refusal(config("empty"), "e").contains("no such file, and no tokenizer.model"))
    }
}
