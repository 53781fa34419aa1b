// Which tokens end an answer: of folders as transformers reads them, of GGUF files as llama.cpp does, and none is lost
// on the way from one to the other.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMInference
import XMModel
import XMTensor
import XMTestSupport
import XMTokenizer

@Suite("EndTokenTests")
struct EndTokenTests {
    private let folder: TemporaryFolder
    private let pool = ThreadPool(threadCount: 1)

    init() throws { folder = try TemporaryFolder() }

    // MARK: - Folders

    /// A folder's model: 0 to 2 are unknown, BOS and EOS.
    private func model() throws -> URL {
        try TinyModelFolder.write(to: folder.url)
        return folder.url
    }

    private func rewrite(_ name: String, _ change: (inout [String: Any]) -> Void) throws {
        let url = folder.url.appending(path: name)
        let data = FileManager.default.contents(atPath: url.path) ?? Data("{}".utf8)
        var members = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        change(&members)
        try JSONSerialization.data(withJSONObject: members).write(to: url)
    }

    @Test("config.json names ends where there is no generation_config.json, and is silent where there is one")
    func config() throws {
        let model = try model()
        let symbols = try ModelBundle(model.path).stopIDs
        let cases: [(String?, Set<Int32>)] = [
            ("7", [7]), ("[7, 2, 9]", [2, 7, 9]), ("2", [2]), ("[]", []), ("null", []), (nil, []),
        ]
        for (text, ends) in cases {
            let value = try text.map {
                try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
            }
            try rewrite("config.json") { $0["eos_token_id"] = value }
            let file = try ModelBundle(model.path)
            #expect(file.stopIDs == symbols.union(ends), "\(text ?? "absent")")
            #expect(file.notes == [])
        }
        try rewrite("config.json") { $0["eos_token_id"] = [7, 2] }
        for (text, ends) in [
            (#"{"eos_token_id": 9}"#, [9]), ("{}", []), (#"{"eos_token_id": null}"#, []),
            (#"{"eos_token_id": [8, 9], "bos_token_id": 1}"#, [8, 9]),
        ] as [(String, Set<Int32>)] {
            _ = try folder.file("generation_config.json", text)
            #expect(try ModelBundle(model.path).stopIDs == symbols.union(ends), "\(text)")
        }
    }

    @Test("what has no effect is told by name: ids that are no tokens, keys that choose tokens, unknown keys")
    func notes() throws {
        let model = try model()
        func notes() throws -> String { try ModelBundle(model.path).notes.joined(separator: "\n") }
        try rewrite("config.json") {
            $0["eos_token_id"] = [2, 99_999, -1]
            $0["zeta"] = 3
            $0["repetition_penalty"] = 1.5
        }
        let config = try notes()
        for part in [
            "config.json", "unknown: zeta;", "repetition_penalty 1.5", "eos_token_id 99999", "eos_token_id -1",
        ] {
            #expect(config.contains(part), "\(config)")
        }
        _ = try folder.file(
            "generation_config.json",
            #"{"do_sample": true, "temperature": 0.6, "top_p": 0.9, "top_k": 50, "max_length": 9, "omega": 1}"#)
        let own = try notes()
        for part in ["generation_config.json: passed over: ", "do_sample true, temperature 0.6, top_p 0.9, omega;"] {
            #expect(own.contains(part), "\(own)")
        }
        // Without sampling a temperature says nothing.
        try rewrite("config.json") { $0["zeta"] = nil }
        _ = try folder.file("generation_config.json", #"{"temperature": 0.6, "eos_token_id": 2, "do_sample": false}"#)
        #expect(try notes() == "")
    }

    // MARK: - GGUF

    private func gguf(_ symbols: [String], _ change: (inout GGUFMetadata) -> Void = { _ in }) throws -> ModelBundle {
        let url = folder.url.appending(path: "model.gguf")
        try TinyGGUF.write(to: url, tokens: TinyGGUF.tokens + symbols, change)
        return try ModelBundle(url.path)
    }

    /// llama-vocab.cpp, the texts that put a token into `special_eog_ids`.
    private static let texts = [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "<end_of_turn>",
        "<|endoftext|>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>", "<end_of_utterance>",
        "<eos>", "<turn|>", "<|tool_response>", "<|fim_pad|>", "[PAD]", "<|repo_name|>", "<reponame>", "<|file_sep|>",
    ]

    @Test("llama.cpp's names of ends, whatever the token's type, and no other", arguments: texts)
    func byText(text: String) throws {
        let found = try gguf(["c", text, text + "x"])
        // EOS is the token "</s>", which a reply of a tool takes back.
        #expect(found.stopIDs == (text == "<|tool_response>" ? [6] : [2, 6]))
        #expect(found.notes == [])
    }

    @Test("tokens that end a part of an answer end no answer, as llama.cpp tells by their neighbours")
    func inner() throws {
        for (symbols, ends) in [
            (["<|end|>", "<|call|>"], [2, 5, 6]), (["<|end|>", "<|return|>"], [2, 5, 6]),
            (["<|end|>", "<|return|>", "<|call|>"], [2, 6, 7]), (["<|end|>", "<|flush|>", "<|calls|>"], [2, 6, 7]),
            (["<|end|>", "<|flush|>", "<|call|>"], [2, 6, 7]),
            // Of the names of one fill-in token the first that is there.
            (["<PAD>", "<|fim_pad|>", "[PAD]"], [2, 6]),
        ] as [([String], Set<Int32>)] {
            #expect(try gguf(symbols).stopIDs == ends, "\(symbols)")
        }
        #expect(
            try gguf(["<|fim_pad|>", "c"]) { $0["tokenizer.ggml.fim_pad_token_id"] = .uint32(6) }.stopIDs == [2, 6])
    }

    @Test("ids of keys end an answer; -1 is none, in unsigned types too, and is told")
    func byKey() throws {
        for key in ["eot", "eom", "fim_pad", "fim_rep", "fim_sep"] {
            #expect(try gguf(["c"]) { $0["tokenizer.ggml.\(key)_token_id"] = .uint32(5) }.stopIDs == [2, 5], "\(key)")
        }
        let list = try gguf(["c", "d"]) {
            $0["tokenizer.ggml.eos_token_ids"] = .array(GGUFArray([Int32(5), 6, 700, -1]))
        }
        #expect(list.stopIDs == [2, 5, 6])
        for value: GGUFValue in [.uint32(.max), .int32(-1), .uint64(.max), .int64(-1)] {
            let none = try gguf(["c"]) {
                for key in ["eos", "bos", "padding", "eot"] { $0["tokenizer.ggml.\(key)_token_id"] = value }
            }
            #expect(none.tokenizer.unknownID == 0 && none.notes.count == 4)
            let note = try #require(none.notes.first { $0.contains("tokenizer.ggml.eos_token_id is ") })
            #expect(note.contains("model.gguf") && note.contains("taken for -1, no token"))
            #expect(note.contains(value == .uint32(.max) ? "4294967295" : value == .uint64(.max) ? "18446744" : "-1"))
        }
        // An end that is no token cannot be reached; a beginning that is none would make another text.
        #expect { try gguf(["c"]) { $0["tokenizer.ggml.bos_token_id"] = .uint32(4_000_000_000) } } throws: {
            "\($0)".contains("bos_token_id") && "\($0)".contains("4000000000 is not the id of a piece")
        }
        let beyond = try gguf(["c"]) { $0["tokenizer.ggml.eot_token_id"] = .uint32(700) }
        #expect(
            beyond.stopIDs == [2] && beyond.notes.first?.contains("eot_token_id is 700, and the vocabulary") == true)
    }

    @Test("a tokenizer that ends texts itself, or is told to normalise them, is refused")
    func refused() throws {
        #expect { try gguf(["c"]) { $0["tokenizer.ggml.add_eos_token"] = .bool(true) } } throws: {
            "\($0)".contains("model.gguf: tokenizer.ggml.add_eos_token is true")
        }
        let sampling = try gguf(["c"]) { $0["general.sampling.temp"] = .float32(0.6) }
        #expect(sampling.notes.first?.contains("general.sampling.temp 0.6: sampling is chosen on the command") == true)
    }

    // MARK: - From one to the other

    /// Ids that llama.cpp does not know by their text, in the keys that hold them.
    @Test(
        "every end of a folder ends an answer after a conversion, there and back",
        arguments: [
            ([2], nil, nil, []), ([2, 9], 9, nil, []), ([9, 7], 7, 9, []),
            ([2, 9, 7, 8, 11], 7, 8, [9, 11]),
        ] as [([Int], Int?, Int?, [Int])])
    func converted(ends: [Int], eot: Int?, eom: Int?, lost: [Int]) throws {
        let model = try model()
        try rewrite("generation_config.json") { $0["eos_token_id"] = ends }
        let source = try ModelBundle(model.path)
        let symbol = try #require(source.tokenizer.id(of: "<|im_end|>"))
        let target = folder.url.appending(path: "target.gguf")
        let said = try GGUFExport.write(
            source.weights, tokenizer: TokenizerExport(source), name: "t", as: .granite, preset: .f32, to: target,
            pool: pool)
        #expect(said.count == (lost.isEmpty ? 0 : 1))
        for id in lost { #expect(said[0].contains(" \(id) ('"), "\(said)") }
        let file = try GGUFFile(target)
        func id(_ key: String) throws -> Int? { try file.metadata.integer("tokenizer.ggml.\(key)_token_id") }
        #expect(try id("eos") == 2 && id("eot") == eot ?? Int(symbol) && id("eom") == eom)
        let written = try file.metadata.integers("tokenizer.ggml.eos_token_ids")
        #expect(written == (lost.isEmpty ? nil : source.stopIDs.sorted().map { Int($0) }))
        let read = try ModelBundle(target.path)
        #expect(read.stopIDs == source.stopIDs && read.notes == [])
        let back = folder.url.appending(path: "back")
        try FolderExport.write(
            read.weights, tokenizer: TokenizerExport(read), as: .xmodel, type: .f32, to: back, pool: pool)
        #expect(try ModelBundle(back.path).stopIDs == source.stopIDs)
    }
}
