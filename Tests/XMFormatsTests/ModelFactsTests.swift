// What `xmodel inspect` shows: facts of GGUF and safetensors files and of model folders, whole and sharded.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTensor
import XMFormats
import XMSupport
import XMTensor
import XMTestSupport

@Suite("ModelFactsTests")
struct ModelFactsTests {
    private static let config = """
        {"model_type": "xmodel", "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "hidden_size": 32, "max_position_embeddings": 1024, "rope_theta": 10000.5, "tie_word_embeddings": true,
         "eos_token_id": [1, 2, 3, 4, 5, 6, 7, 8], "rope_scaling": null}
        """

    private func write(_ name: String, _ shape: [Int], to url: URL) throws {
        let values = [Float](repeating: 1, count: shape.reduce(1, *))
        try values.withUnsafeBytes {
            try SafetensorsWriter.write(
                [SafetensorsTensor(name: name, dtype: .f32, shape: shape, bytes: $0)], metadata: ["format": "pt"],
                to: url)
        }
    }

    @Test("a GGUF file states metadata, totals and the cache of its architecture")
    func gguf() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "a.gguf")
        var metadata = GGUFFileTests.metadata
        for (key, value) in [
            "block_count": 2, "attention.head_count": 4, "embedding_length": 32, "context_length": 600,
        ] as [String: UInt32] {
            metadata["llama." + key] = .uint32(value)
        }
        try GGUFFileTests.write(url, metadata: metadata)
        let facts = try ModelFacts.read(url)
        #expect(facts.format == .gguf)
        #expect(facts.parameters == 6 + 64 + 0 + 1)
        #expect(
            facts.totals.map { "\($0.type) \($0.tensors) \($0.elements) \($0.bytes)" }
                == ["Q4_0 1 64 36", "F32 2 7 28", "Q4_K 1 0 0"])
        // No head_count_kv: as many as query heads. 2 layers, 4 heads, keys and values of 8.
        #expect(facts.cacheSizes.map(\.positions) == [512, 600])
        #expect(facts.cacheSizes.map(\.bytes16) == [512 * 128 * 2, 600 * 128 * 2])
        // One byte each, and for the 16 rows of 8 a scale of two.
        #expect(facts.cacheSizes.map(\.bytesQ8) == [512 * (128 + 32), 600 * (128 + 32)])
        let shown = Dictionary(uniqueKeysWithValues: facts.metadata.map { ($0.key, "\($0.value)") })
        #expect(shown["i"] == "0.1")
        #expect(shown["g"] == "18446744073709551615")
        #expect("\(MetadataText.text("a\u{1b}[2J\n\u{9b}é"))" == #"a\u{1b}[2J\n\u{9b}é"#)
        #expect(shown["strings"] == "[, é, 你好 🙂]")
    }

    @Test("heads that differ from layer to layer are summed for the cache")
    func headsOfLayers() throws {
        let folder = try TemporaryFolder()
        for (heads, total) in [([1, 1], 2), ([2, 1], 3), ([1], nil), ([-1, 1], nil), ([1, 1 << 30], nil)]
            as [([Int32], Int?)]
        {
            let file = try TinyGGUF.write(to: folder.url.appending(path: "a.gguf")) {
                $0["llama.attention.head_count_kv"] = .array(GGUFArray(heads))
            }
            #expect(try ModelFacts.read(file).cacheShape?.keyValueHeads == total)
        }
    }

    @Test("sizes of a header that cannot be are no sizes")
    func absurdSizes() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "a.gguf")
        for value: UInt64 in [0, 1 << 40, .max] {
            var metadata = GGUFFileTests.metadata
            for key in ["block_count", "attention.head_count", "embedding_length", "context_length"] {
                metadata["llama." + key] = .uint64(value)
            }
            try GGUFFileTests.write(url, metadata: metadata)
            #expect(try ModelFacts.read(url).cacheShape == nil)
        }
    }

    @Test("a folder states its config, and only the weights of the model")
    func folder() throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("config.json", Self.config)
        try write("model.norm.weight", [32], to: folder.url.appending(path: "model.safetensors"))
        try write("moments", [1000], to: folder.url.appending(path: "optimizer.safetensors"))
        let facts = try ModelFacts.read(folder.url)
        #expect(facts.format == .folder)
        #expect(facts.parameters == 32)
        // 2 layers, 2 heads, keys and values of 8, four bytes.
        #expect(facts.cacheSizes.last?.bytes32 == 1024 * 2 * 2 * 16 * 4)
        let shown = Dictionary(uniqueKeysWithValues: facts.metadata.map { ($0.key, "\($0.value)") })
        #expect(shown["eos_token_id"] == "[1, 2, 3, 4, 5, 6, … 8 in total]")
        #expect(shown["rope_scaling"] == "null")
        #expect(shown["tie_word_embeddings"] == "true")
        let json = String(decoding: try JSONEncoder().encode(facts), as: UTF8.self)
        #expect(json.contains(#""count":8"#) && json.contains(#""kv_cache_sizes""#))
    }

    @Test("a run stands for its newest checkpoint")
    func run() throws {
        let folder = try TemporaryFolder()
        for (step, width) in [("step-00000009", 9), ("step-00000010", 10)] {
            let checkpoint = folder.url.appending(path: "checkpoints/\(step)")
            try FileManager.default.createDirectory(at: checkpoint, withIntermediateDirectories: true)
            try Data(Self.config.utf8).write(to: checkpoint.appending(path: "config.json"))
            try write("w", [width], to: checkpoint.appending(path: "model.safetensors"))
        }
        let facts = try ModelFacts.read(folder.url)
        #expect(facts.path.hasSuffix("checkpoints/step-00000010") && facts.parameters == 10)
    }

    @Test("a tensor that appears in two shards is refused")
    func twice() throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("config.json", Self.config)
        for name in ["1", "2"] { try write("a", [3], to: folder.url.appending(path: "\(name).safetensors")) }
        _ = try folder.file(
            "model.safetensors.index.json", #"{"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}"#)
        #expect { try ModelFacts.read(folder.url) } throws: { "\($0)".contains("duplicate tensor 'a' in ") }
    }

    @Test("shards are found through the index")
    func shards() throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("config.json", Self.config)
        try write("a", [3], to: folder.url.appending(path: "model-1.safetensors"))
        try write("b", [5], to: folder.url.appending(path: "model-2.safetensors"))
        let index = "model.safetensors.index.json"
        _ = try folder.file(index, #"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#)
        #expect(try ModelFacts.read(folder.url).tensors.map(\.name) == ["a", "b"])
        _ = try folder.file(index, #"{"weight_map": {"a": "../elsewhere.safetensors"}}"#)
        #expect { try ModelFacts.read(folder.url) } throws: { "\($0)".contains("'../elsewhere.safetensors'") }
        _ = try folder.file(index, "[]")
        #expect { try ModelFacts.read(folder.url) } throws: { "\($0)".contains("index.json: not a valid JSON object") }
    }

    @Test("other files are refused with a sentence that says what is wanted")
    func others() throws {
        let folder = try TemporaryFolder()
        let text = try folder.file("a.bin", "PK something else")
        #expect { try ModelFacts.read(text) } throws: { "\($0)".contains("neither GGUF nor safetensors") }
        #expect { try ModelFacts.read(folder.url) } throws: { "\($0)".contains("contains no model") }
        #expect { try ModelFacts.read(folder.url.appending(path: "x")) } throws: { "\($0)".contains("cannot be read") }
        let single = folder.url.appending(path: "w.safetensors")
        try write("w", [4, 2], to: single)
        let facts = try ModelFacts.read(single)
        #expect(facts.format == .safetensors && facts.parameters == 8 && facts.cacheSizes.isEmpty)
        #expect(facts.metadata.map { "\($0.key)=\($0.value)" } == ["format=pt"])
    }
}
