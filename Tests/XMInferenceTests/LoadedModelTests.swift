// Loading a model from disk: its digest, its memory, and errors that name what is to blame.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMInference
import XMTensor
import XMTestSupport

@Suite("LoadedModelTests")
struct LoadedModelTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
    }

    private func load(slots: Int = 1, capacity: Int = 32, cacheType: CacheType? = nil) throws -> LoadedModel {
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 1))
        return try LoadedModel(
            try ModelBundle(folder.url.path), backend: backend,
            shape: EngineShape(slots: slots, capacity: capacity, cacheType: cacheType))
    }

    @Test("a weight that is not a number is named")
    func notANumber() async throws {
        let file = folder.url.appending(path: "model.safetensors")
        let name = "model.layers.0.mlp.down_proj.weight"
        let start = try #require(try SafetensorsFile(file).tensors[name]).range.lowerBound
        var bytes = try Data(contentsOf: file)
        bytes.replaceSubrange(start + 8..<start + 12, with: [0, 0, 0xC0, 0x7F])
        try bytes.write(to: file)
        let model = EngineModel(try load())
        await #expect {
            try await model.results(of: [
                EngineRequest(prompt: [5, 6], generation: GenerationOptions(maxTokens: 1))
            ])
        } throws: {
            "\($0)".contains(name) && "\($0)".contains("element 2")
        }
    }

    @Test("a context that does not fit the machine is refused before anything is taken")
    func notEnoughMemory() throws {
        #expect { _ = try load(slots: 1 << 36) } throws: { "\($0)".contains("the context of 32 positions") }
    }

    @Test("the plan counts the bytes of the cache's type")
    func cacheBytes() throws {
        // One layer, one key/value head of 16: keys and values of 2 slots of 32 positions; Q8 adds a scale of 2 bytes.
        for (type, bytes) in [(CacheType.f32, 64), (.bf16, 32), (.f16, 32), (.q8, 18)] {
            let loaded = try load(slots: 2, cacheType: type)
            #expect(loaded.memory.first { $0.group == "KV cache" }?.sizeBytes == 2 * 2 * 32 * bytes)
        }
    }

    @Test("the weights' digest is the same for the same weights and another for others")
    func digest() throws {
        let first = try load().identity
        #expect(try load(slots: 2).identity == first && first.weightsDigest.count == 64)
        #expect(first.name == folder.url.lastPathComponent)
        try TinyModelFolder.write(to: folder.url, seed: 2)
        #expect(try load().identity.weightsDigest != first.weightsDigest)
    }

    @Test("weights that are missing are named; the file may change after loading")
    func missing() throws {
        let loaded = try load()
        let request = EngineRequest(prompt: [5, 6], generation: GenerationOptions(maxTokens: 4))
        let before = try loaded.engine.run([request])
        let file = folder.url.appending(path: "model.safetensors")
        let handle = try FileHandle(forWritingTo: file)
        try handle.truncate(atOffset: 8)
        try handle.close()
        #expect(try loaded.engine.run([request])[0].tokens == before[0].tokens)
        #expect { _ = try load() } throws: { "\($0)".contains(file.lastPathComponent) }
        try FileManager.default.removeItem(at: file)
        #expect { _ = try load() } throws: { "\($0)".contains("model.safetensors.index.json") }
    }
}
