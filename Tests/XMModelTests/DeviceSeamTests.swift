// The device seam: a device whose memory the host cannot reach gives the CPU's bits, and what shares a backend does not
// disturb each other.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMDistributed
import XMFormats
import XMInference
import XMModel
import XMSupport
import XMTensor
import XMTestSupport
import XMTrain

@Suite("DeviceSeamTests")
struct DeviceSeamTests {
    private static let config = ModelInvariantTests.config(V: 300)

    /// A model of random weights with an engine over it.
    private static func engine(
        on backend: any Backend, cacheType: CacheType? = nil, in arena: Arena
    ) throws -> Engine {
        let model = try Xmodel2Model(config, backend: backend, positions: 80, training: false, in: arena)
        model.initialize(seed: 4)
        let shape = EngineShape(slots: 2, capacity: 80, cacheType: cacheType)
        return try Engine(model: model, shape: shape, in: arena)
    }

    /// Three sequences on two slots: greedy, drawn with every filter, penalised; prompts that share a beginning.
    private static func requests() -> [EngineRequest] {
        let prompt = (0..<50).map { Int32($0 * 7 % 300) }
        var drawn = SamplingOptions.random(temperature: 0.8)
        (drawn.topK, drawn.topP, drawn.minP) = (40, 0.9, 0.01)
        var penalised = SamplingOptions.random(temperature: 1.2, seed: 5)
        (penalised.repetitionPenalty, penalised.presencePenalty, penalised.frequencyPenalty) = (1.3, 0.2, 0.1)
        return [SamplingOptions.greedy, drawn, penalised].map {
            EngineRequest(
                prompt: prompt, scoredFrom: 40,
                generation: GenerationOptions(maxTokens: 9, sampling: $0, topLogprobs: 3))
        }
    }

    private static func step(on backend: any Backend, in arena: Arena) throws -> TrainStep {
        let model = try Xmodel2Model(config, backend: backend, positions: 24, training: true, in: arena)
        if !arena.isPlan { model.initialize(seed: 2) }
        let optimizer = AdamWConfig()
        return try TrainStep(
            model: model, groups: parameterGroups(model.weights.layout, config: config, optimizer: optimizer),
            optimizer: optimizer, microBatchSize: 2, length: 24, recompute: false, communicator: SingleProcess(),
            in: arena)
    }

    /// One update; its loss and norm.
    private static func update(_ step: TrainStep, number: Int) throws -> [Double] {
        let batch = ModelInvariantTests.batch(B: 4, T: 24, V: Int32(90 + number))
        let gradient = try #require(try step.gradient(batch))
        step.update(learningRate: 0.01, gradientNorm: gradient.norm, clip: 1, t: number)
        return [gradient.loss, gradient.norm]
    }

    @Test("an engine on a device without host memory gives the CPU's bits", arguments: CacheType.allCases)
    func hostlessEngine(cacheType: CacheType) throws {
        let results = try TestDevice.allCases.map { device in
            let backend = try device.backend()
            let arena = Arena(on: backend)
            let results = try Self.engine(on: backend, cacheType: cacheType, in: arena).run(Self.requests())
            if let hostless = backend as? HostlessBackend { #expect(hostless.delayedOperations > 100) }
            return results
        }
        #expect(results[0] == results[1])
        #expect(results[0][1].reusedPositions > 0)
    }

    @Test("training and checkpoints on a device without host memory give the CPU's bits", arguments: DType.withMatmul)
    func hostlessTraining(compute: DType) throws {
        let folder = try TemporaryFolder()
        var files: [Data] = []
        var numbers: [[Double]] = []
        for device in TestDevice.allCases {
            let backend = try device.backend(compute: compute)
            let arena = Arena(on: backend)
            let step = try Self.step(on: backend, in: arena)
            for number in 1...4 { numbers.append(try Self.update(step, number: number)) }
            let url = folder.url.appending(path: device.rawValue)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try step.model.write(to: url)
            files.append(try Data(contentsOf: url.appending(path: "model.safetensors")))
            // What was written is what is read, on either device.
            let again = try Self.step(on: backend, in: arena)
            try again.model.load(from: url)
            #expect(again.model.weights.floats() == step.model.weights.floats())
        }
        #expect(files[0] == files[1] && numbers[..<4] == numbers[4...])
    }

    @Test("a file's quantised weights run on a device without host memory")
    func hostlessBlocks() throws {
        let folder = try TemporaryFolder()
        let file = try TinyGGUF.write(to: folder.url.appending(path: "tiny.gguf"))
        let results = try TestDevice.allCases.map { device in
            let loaded = try LoadedModel(
                try ModelBundle(file.path), backend: try device.backend(), shape: EngineShape(slots: 1, capacity: 16))
            return try loaded.engine.run([EngineRequest(prompt: [1, 3, 4, 3], scoredFrom: 1)])
        }
        #expect(results[0] == results[1] && results[0][0].scores.count == 3)
    }

    @Test("an engine and a trainer take turns on one backend, and each gives the bits that it gives alone")
    func turns() throws {
        let alone = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        let answers = try Self.engine(on: alone, in: Arena(on: alone)).run(Self.requests())
        let single = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        let trainedAlone = try Self.step(on: single, in: Arena(on: single))
        let losses = try (1...4).map { try Self.update(trainedAlone, number: $0) }

        let shared = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        let engine = try Self.engine(on: shared, in: Arena(on: shared))
        let step = try Self.step(on: shared, in: Arena(on: shared))
        // A plan in between changes nothing.
        _ = try Self.step(on: shared, in: Arena(planningOn: shared))
        var found: [[Double]] = []
        for number in 1...4 {
            found.append(try Self.update(step, number: number))
            let repeated = try engine.run(Self.requests())
            #expect(repeated.map(\.tokens) == answers.map(\.tokens))
            #expect(repeated.map(\.scores) == answers.map(\.scores))
        }
        #expect(found == losses && step.model.weights.floats() == trainedAlone.model.weights.floats())
    }

    @Test("two threads share one backend, each with a workspace of its own")
    func threads() async throws {
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        let wanted = try Self.engine(on: backend, in: Arena(on: backend)).run(Self.requests())
        let results = try await withThrowingTaskGroup(of: [EngineResult].self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try Self.engine(on: backend, in: Arena(on: backend)).run(Self.requests())
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for result in results { #expect(result == wanted) }
    }
}
