// `xmodel bench linear`: the matmuls of inference for every storage type, beside the memory's read bandwidth. Each
// shape runs over copies of its matrix that together exceed the caches, as the layers of a model do.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMSupport
import XMTensor

struct BenchLinearCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "linear",
        abstract: "Time linear layers on quantized weights: GB/s of weights, GFLOP/s.",
        discussion: """
            The default shapes are those of SmolLM2-135M and 2048 x 2048.

              xmodel bench linear --type Q4_0 --tokens 1
              xmodel bench linear --tokens 512 --n 2048 --k 2048
            """)

    @Option(help: "Storage type: F32, F16, BF16, Q8_0, Q4_0, ... (default: all).") var type: String?
    @Option(help: "Tokens in the pass: 1 as in decoding, hundreds as for a prompt.") var tokens = 1
    @Option(help: "Output features.") var n: Int?
    @Option(help: "Input features.") var k: Int?
    @Option(help: "Seconds per measurement.") var seconds = 0.25
    @OptionGroup var options: ComputeOptions

    func validate() throws {
        if let type, QuantizationType(name: type) == nil {
            let names = QuantizationType.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("--type is '\(type)'; choose \(names)")
        }
        guard (n == nil) == (k == nil) else { throw ValidationError("give --n and --k together") }
        try require(("tokens", tokens, 1...Most.size), ("n", n, 1...Most.size), ("k", k, 1...Most.size))
    }

    func run() throws {
        let backend = try options.makeBackend()
        let shapes =
            // [N, K] of SmolLM2-135M's qkv, o, gate_up, down and head, then a square one of the size of larger models.
            n.map { [($0, k!)] } ?? [(960, 576), (576, 576), (3072, 576), (576, 1536), (49152, 576), (2048, 2048)]
        let types = type.flatMap { QuantizationType(name: $0).map { [$0] } } ?? QuantizationType.allCases
        let bandwidth = try MachineRate.readBandwidth(pool: backend.pool)
        try Output.line(
            "\(tokens) tokens, \(backend.compute.rawValue), \(backend.pool.threadCount) threads; "
                + String(format: "memory read at %.1f GB/s", bandwidth / 1e9))
        try Output.line("type        N      K        us    GB/s   GFLOP/s")
        for type in types {
            // K formats need rows of whole superblocks, and 576 is no multiple of 256.
            for (N, K) in shapes where K % type.blockSize == 0 {
                let time = try secondsPerMatmul(backend, type, N: N, K: K)
                let row = String(
                    format: "%6d %6d %9.1f %7.1f %9.1f", N, K, time.seconds * 1e6,
                    Double(time.weightBytes) / time.seconds / 1e9, 2 * Double(tokens * N * K) / time.seconds / 1e9)
                try Output.line(type.name.padded(columns: 6) + row)
            }
        }
    }

    /// Seconds of one matmul, from the fastest pass over all copies, and the bytes of one packed copy.
    private func secondsPerMatmul(
        _ backend: CPUBackend, _ type: QuantizationType, N: Int, K: Int
    ) throws -> (seconds: Double, weightBytes: Int) {
        let arena = Arena(on: backend)
        let bytes = try type.sizeBytes(shape: [N, K])
        // Checked first: the stored matrix, its packed copies, and activations x [tokens, K] and y [tokens, N].
        try CommandError.requireMemory(
            bytes + 2 * max(bytes, Self.workingSetBytes) + 4 * tokens * (N + K), fix: "lower --n, --k or --tokens")
        // 0x1111 is a small finite number in every float format, hence a valid block scale.
        let blocks = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        defer { blocks.deallocate() }
        memset(blocks, 0x11, bytes)
        let matrix = try BlockMatrix(type: type, rows: N, columns: K, blocks: blocks)
        var weights: [any LinearWeight] = []
        while weights.isEmpty || weights.count * bytes < Self.workingSetBytes {
            weights.append(try backend.linearWeight(stacking: [matrix], in: arena, name: "copy \(weights.count)"))
        }
        try backend.fill(weights)
        let weightBytes = arena.entries.filter { $0.group == "packed weights" }.reduce(0) { $0 + $1.sizeBytes }
        let x = try arena.tensor("bench", "x", backend.compute, [tokens, K])
        let y = try arena.tensor("bench", "y", backend.compute, [tokens, N])
        _ = backend.write(x) { $0.initializeMemory(as: UInt8.self, repeating: 0x11) }
        let scratch = try backend.makeScratch(
            ScratchShape(
                attention: AttentionShape(B: 1, T: 1, H: 1, K: 1, d: 16, scale: 1), widestInput: K, vocabulary: 0,
                training: false), in: arena)
        var best = Double.infinity
        let start = ContinuousClock.now
        repeat {
            let pass = ContinuousClock.now
            for weight in weights { backend.linearForward(x: x, weight: weight, y: y, scratch: scratch) }
            best = min(best, (ContinuousClock.now - pass).seconds)
        } while (ContinuousClock.now - start).seconds < seconds
        return (best / Double(weights.count), weightBytes / weights.count)
    }

    /// Total bytes of a matrix's copies, more than one process gets of a last-level cache.
    private static let workingSetBytes = 160 << 20
}
