// Products with weights in block formats: the scalar reference against Float64, every instruction set against the
// reference bit for bit, and the same bits for any number of rows, neighbours and threads.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import Foundation
import Testing
import XMSupport
@testable import XMTensor
import XMTestSupport

/// Largest difference from the exact product, relative to the sum of the magnitudes of its terms.
private enum Tolerance {
    /// Sums of some hundred terms in f32.
    static let f32 = 2e-6
    /// Activations rounded to 8 bits per block of 32: half a step of max|x| / 127, 1/254 of the largest, for every
    /// term.
    static let rounding = 1.0 / 254
}

@Suite("BlockProductTests")
struct BlockProductTests {
    private let arena: Arena

    init() throws {
        arena = Arena(on: try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2)))
    }

    /// For products of M tokens with inputs of width K and, for the loss, a vocabulary.
    private func scratch(
        _ backend: CPUBackend, M: Int = 1, K: Int, vocabulary: Int = 0
    ) throws -> any Scratch {
        let shape = AttentionShape(B: 1, T: M, H: 1, K: 1, d: 16, scale: 1)
        return try backend.makeScratch(
            ScratchShape(attention: shape, widestInput: K, vocabulary: vocabulary, training: false), in: arena)
    }

    /// Columns that every format divides, and for dense ones an odd number.
    private static func columns(_ type: QuantizationType) -> Int { type.blockSize == 1 ? 85 : 512 }

    private func numbers(_ count: Int, _ name: String, scale: Float = 1) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer {
            RandomStream(seed: 11, name, UInt64(count)).fillNormal($0, std: scale, startingAt: 0)
        }
        return values
    }

    /// A matrix of random blocks: every bit pattern of the quants, scales of moderate size and either sign.
    private func matrix(_ type: QuantizationType, rows: Int, columns: Int) throws -> BlockMatrix {
        let bytes = try type.sizeBytes(shape: [rows, columns])
        // One byte off alignment, as tensors of a file may be.
        let memory = try arena.reserve("test", "blocks", bytes: bytes + 1).pointer + 1
        if type.blockSize == 1 {
            let values = numbers(rows * columns, "weights of \(type.name)")
            try values.withUnsafeBufferPointer {
                try type.quantize($0, into: UnsafeMutableRawBufferPointer(start: memory, count: bytes))
            }
        } else {
            var random = RandomStream(seed: 5, "blocks of \(type.name)")
            for i in 0..<bytes {
                memory.storeBytes(of: UInt8.random(in: 0...255, using: &random), toByteOffset: i, as: UInt8.self)
            }
            for block in 0..<bytes / type.bytesPerBlock {
                for at in Self.halves(type) {
                    let half = UInt16.random(in: 0x2000...0x27ff, using: &random) | (block % 3 == 0 ? 0x8000 : 0)
                    memory.storeBytes(
                        of: half.littleEndian, toByteOffset: block * type.bytesPerBlock + at, as: UInt16.self)
                }
            }
        }
        return try BlockMatrix(type: type, rows: rows, columns: columns, blocks: memory)
    }

    /// Where the f16 scales of a block are.
    private static func halves(_ type: QuantizationType) -> [Int] {
        switch type {
        case .q8_0, .q4_0, .q5_0: [0]
        case .q4_1, .q5_1, .q4_k, .q5_k: [0, 2]
        case .q6_k: [208]
        case .f32, .f16, .bf16: []
        }
    }

    private func activations(_ dtype: DType, _ rows: Int, _ columns: Int) throws -> Tensor {
        let x = try arena.tensor("test", "x", dtype, [rows, columns])
        let values = numbers(rows * columns, "activations")
        for i in values.indices {
            switch dtype {
            case .f32: x.f32[i] = values[i]
            case .bf16: x.bf16[i] = UInt16(values[i].bitPattern >> 16)
            }
        }
        return x
    }

    private func product(
        _ backend: CPUBackend, _ parts: [any MatrixRows], x: Tensor, type: DType = .f32
    ) throws -> Tensor {
        let weight = try backend.linearWeight(stacking: parts, in: arena, name: "w")
        try backend.fill([weight])
        let y = try arena.tensor("test", "y", type, [x.rows, weight.N])
        backend.linearForward(x: x, weight: weight, y: y, scratch: try scratch(backend, M: x.rows, K: x.columns))
        return y
    }

    @Test(
        "the reference is the product of dequantised weights", arguments: QuantizationType.allCases, DType.allCases)
    func reference(type: QuantizationType, compute: DType) throws {
        let (M, N, K) = (3, 19, Self.columns(type))
        let w = try matrix(type, rows: N, columns: K)
        let x = try activations(compute, M, K)
        let values = arena.backend.floats(x)
        for matmul in QuantizedMatmul.allCases {
            let backend = try CPUBackend(
                compute: compute, pool: ThreadPool(threadCount: 1), instructionSet: .scalar,
                quantizedMatmul: matmul)
            let y = arena.backend.floats(try product(backend, [w], x: x))
            let isRounded = type.blockSize > 1 && matmul == .integer
            var row = [Float](repeating: 0, count: K)
            for n in 0..<N {
                w.dequantize(row: n, into: &row)
                for m in 0..<M {
                    var (sum, magnitude, slack) = (0.0, 0.0, 0.0)
                    for block in stride(from: 0, to: K, by: 32) {
                        let range = block..<min(block + 32, K)
                        let largest = range.reduce(0) { max($0, Double(abs(values[m * K + $1]))) }
                        for k in range {
                            let weight = compute == .bf16 && !isRounded ? rounded(row[k]) : row[k]
                            sum += Double(weight) * Double(values[m * K + k])
                            magnitude += abs(Double(weight) * Double(values[m * K + k]))
                            slack += isRounded ? abs(Double(weight)) * largest * Tolerance.rounding : 0
                        }
                    }
                    let error = abs(Double(y[m * N + n]) - sum)
                    #expect(error <= slack + magnitude * Tolerance.f32, "\(matmul), row \(m), column \(n)")
                }
            }
        }
    }

    private func rounded(_ value: Float) -> Float {
        var (value, half) = (value, UInt16(0))
        KernelTable.scalar.f32_to_bf16(&value, &half, 1)
        return Float(bitPattern: UInt32(half) << 16)
    }

    @Test(
        "the reference with activations that 8 bits hold is exact to f32", arguments: QuantizationType.allCases)
    func exactActivations(type: QuantizationType) throws {
        guard type.blockSize > 1 else { return }
        let (N, K) = (5, 512)
        let w = try matrix(type, rows: N, columns: K)
        let x = try arena.tensor("test", "x", .f32, [1, K])
        for k in 0..<K { x.f32[k] = Float(k * 37 % 255 - 127) * 0.5 }
        for block in 0..<K / 32 { x.f32[block * 32] = 63.5 }  // the largest, so that steps are 0.5
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 1), instructionSet: .scalar)
        let y = arena.backend.floats(try product(backend, [w], x: x))
        var row = [Float](repeating: 0, count: K)
        for n in 0..<N {
            w.dequantize(row: n, into: &row)
            let sum = (0..<K).reduce(0.0) { $0 + Double(row[$1]) * Double(x.f32[$1]) }
            // Formats with a minimum add two large terms of opposite sign.
            let magnitude = (0..<K).reduce(0.0) { $0 + abs(Double(row[$1]) * Double(x.f32[$1])) }
            #expect(abs(Double(y[n]) - sum) <= magnitude * 2 * Tolerance.f32, "column \(n)")
        }
    }

    @Test(
        "every instruction set has the bits of the reference, for any number of rows", arguments: KernelTable.fast,
        QuantizationType.allCases)
    func agreement(kernel: KernelTable, type: QuantizationType) throws {
        let (N, K) = (71, Self.columns(type))
        for compute in DType.allCases {
            let w = try matrix(type, rows: N, columns: K)
            let x = try activations(compute, 255, K)
            let scalar = try CPUBackend(
                compute: compute, pool: ThreadPool(threadCount: 2), instructionSet: .scalar)
            let fast = try CPUBackend(
                compute: compute, pool: ThreadPool(threadCount: 2), instructionSet: kernel.isa)
            for output in DType.allCases {
                let wanted = arena.backend.floats(try product(scalar, [w], x: x, type: output))
                for rows in [1, 2, 3, 17, 64, 255] {
                    let found = arena.backend.floats(try product(fast, [w], x: x.rows(0..<rows), type: output))
                    #expect(
                        found.map(\.bitPattern) == wanted[..<(rows * N)].map(\.bitPattern),
                        "\(rows) rows of \(compute), to \(output)")
                }
            }
        }
    }

    @Test("quantised activations have the bits of the reference", arguments: KernelTable.fast)
    func quantization(kernel: KernelTable) {
        var x = numbers(32 * 9, "activations", scale: 3)
        for i in 0..<32 { x[32 + i] = 0 }
        x[64 + 3] = .nan
        x[96 + 5] = -.infinity
        for i in 0..<32 { x[128 + i] = Float(i - 10) * .leastNonzeroMagnitude }  // subnormal
        x[160 + 31] = -.greatestFiniteMagnitude
        for i in 0..<32 { x[192 + i] = i == 0 ? 127 : Float(i) - 15.5 }  // halves: to even
        func run(_ isa: xm_isa) -> [xm_activation_block] {
            var blocks = [xm_activation_block](repeating: xm_activation_block(), count: 9)
            xm_block_kernels_for(isa).pointee.quantize_f32(x, &blocks, 9)
            return blocks
        }
        func bytes(_ blocks: [xm_activation_block]) -> [UInt8] {
            blocks.withUnsafeBytes { Array($0) }
        }
        let scalar = run(XM_ISA_SCALAR)
        let fast = run(xm_isa(UInt32(InstructionSet.allCases.firstIndex(of: kernel.isa)!)))
        #expect(bytes(fast) == bytes(scalar))
        #expect(scalar[1].scale == 0 && scalar[1].negative_sum == 0)
        #expect(scalar[2].scale.isNaN && scalar[3].scale.isNaN, "what is not finite stays visible")
        #expect(scalar[6].q.1 == -14 && scalar[6].q.2 == -14, "-14.5 and -13.5 go to even")
    }

    @Test("stacked matrices, each in its own format, equal their single products", arguments: [1, 2, 3])
    func stacked(threads: Int) throws {
        let K = 256
        let types: [(QuantizationType, Int)] = [(.q4_k, 40), (.q6_k, 7), (.bf16, 33), (.q8_0, 16)]
        let parts = try types.map { try matrix($0.0, rows: $0.1, columns: K) }
        for compute in DType.allCases {
            let x = try activations(compute, 600, K)
            let one = try CPUBackend(compute: compute, pool: ThreadPool(threadCount: 1))
            let many = try CPUBackend(compute: compute, pool: ThreadPool(threadCount: threads))
            let together = arena.backend.floats(try product(many, parts, x: x))
            let N = parts.reduce(0) { $0 + $1.rows }
            var first = 0
            for part in parts {
                let alone = arena.backend.floats(try product(one, [part], x: x))
                let isSame = (0..<x.rows).allSatisfy { row in
                    together[(row * N + first)..<(row * N + first + part.rows)]
                        == alone[(row * part.rows)..<((row + 1) * part.rows)]
                }
                #expect(isSame, "\(part.type.name), \(compute)")
                first += part.rows
            }
        }
    }

    @Test("rows of a file give what the same rows in memory give, also where the file interleaves the halves of heads")
    func stored() throws {
        // Two heads of 22 rows: neither whole groups of 16 nor whole tiles.
        let (N, K) = (44, 64)
        let inMemory = try matrix(.q5_1, rows: N, columns: K)
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "rows")
        let stored = UnsafeRawBufferPointer(start: inMemory.blocks, count: N * inMemory.rowBytes)
        try (Data([7, 7, 7]) + Data(stored)).write(to: url)
        let file = try PositionedFile(url)
        func rows(in order: RotaryOrder?) throws -> StoredMatrix {
            try StoredMatrix(type: .q5_1, rows: N, columns: K, in: file, at: 3, order: order)
        }
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        let x = try activations(.f32, 2, K)
        let wanted = arena.backend.floats(try product(backend, [inMemory], x: x))
        #expect(arena.backend.floats(try product(backend, [rows(in: nil)], x: x)) == wanted)
        let moved = arena.backend.floats(try product(backend, [rows(in: RotaryOrder(headSize: 22))], x: x))
        for m in 0..<2 {
            for n in 0..<N {
                // Row 3 of a head's first half is the file's row 6 of that head, row 3 of its second half row 7.
                let (head, half, i) = (n / 22, n % 22 / 11, n % 11)
                let row = 22 * head + 2 * i + half
                #expect(moved[m * N + n] == wanted[m * N + row])
            }
        }
        // Any piece of the rows is the same rows.
        let rotated = try rows(in: RotaryOrder(headSize: 22))
        let all = try rotated.floats(0..<N)
        for piece in [0..<1, 5..<17, 21..<23, 43..<44, 7..<7] {
            #expect(try rotated.floats(piece) == Array(all[piece.lowerBound * K..<piece.upperBound * K]))
        }
    }

    @Test("a matrix of megabytes goes through memory in pieces and gives the same values")
    func pieces() throws {
        let K = 200_000
        let w = try matrix(.f16, rows: 7, columns: K)
        #expect(w.pieces == [0..<2, 2..<4, 4..<6, 6..<7])
        let values = try w.floats(1..<7)
        var row = [Float](repeating: 0, count: K)
        for i in 1..<7 {
            w.dequantize(row: i, into: &row)
            #expect(values[(i - 1) * K..<i * K].elementsEqual(row))
        }
    }

    @Test("an embedding row is the dequantised row times the scale", arguments: QuantizationType.allCases)
    func embedding(type: QuantizationType) throws {
        let (V, D) = (9, 256)
        let table = try matrix(type, rows: V, columns: D)
        let backend = try CPUBackend(compute: .bf16, pool: ThreadPool(threadCount: 2))
        let ids: [Int32] = [8, 0, 3, 3]
        let out = try arena.tensor("test", "out", .f32, [ids.count, D])
        backend.embeddingForward(
            TokenBatch(batchSize: 1, ids: ids, targets: ids),
            table: try backend.embeddingTable(table, in: arena, name: "table"), scale: 12, out: out)
        var row = [Float](repeating: 0, count: D)
        for (r, id) in ids.enumerated() {
            table.dequantize(row: Int(id), into: &row)
            #expect((0..<D).allSatisfy { out.f32[r * D + $0] == row[$0] * 12 })
        }
    }

    @Test("the loss of a head in blocks is the cross-entropy of its logits")
    func lossHead() throws {
        let (M, V, D) = (150, 2500, 64)
        let table = try matrix(.q8_0, rows: V, columns: D)
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        let scratch = try scratch(backend, M: M, K: D, vocabulary: V)
        let weight = try backend.linearWeight(stacking: [table], in: arena, name: "head")
        try backend.fill([weight])
        let h = try activations(.f32, M, D)
        let logits = try arena.tensor("test", "logits", .f32, [M, V])
        backend.linearForward(x: h, weight: weight, y: logits, scratch: scratch)
        let targets = (0..<M).map { Int32($0 * 61 % V) }
        let loss = try arena.tensor("test", "loss", .f32, [M])
        backend.lossHead(
            h: h, embedding: weight, TokenBatch(batchSize: 1, ids: targets, targets: targets), logitScale: 0.25,
            gradientScale: 1, loss: loss, gradients: nil, scratch: scratch)
        for m in 0..<M {
            let z = (0..<V).map { Double(logits.f32[m * V + $0]) * 0.25 }
            let highest = z.max()!
            let wanted = log(z.reduce(0) { $0 + exp($1 - highest) }) + highest - z[Int(targets[m])]
            #expect(abs(Double(loss.f32[m]) - wanted) < 1e-4 * (1 + abs(wanted)))
        }
    }

    @Test("a plan has what packing takes")
    func plan() throws {
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 1))
        let w = try matrix(.q4_0, rows: 40, columns: 64)
        func reserve(_ arena: Arena) throws -> [Arena.Entry] {
            for name in ["a", "b"] { _ = try backend.linearWeight(stacking: [w, w], in: arena, name: name) }
            return arena.entries
        }
        let (plan, real) = (try reserve(Arena(planningOn: backend)), try reserve(Arena(on: backend)))
        #expect(plan == real && real.count == 4)
        #expect(throws: QuantizationError.raggedRow(type: .q4_0, columns: 40)) {
            try BlockMatrix(type: .q4_0, rows: 1, columns: 40, blocks: w.blocks)
        }
    }
}
