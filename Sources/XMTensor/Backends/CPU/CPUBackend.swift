// The CPU: oneDNN for matmuls with f32 masters, our fused kernels for everything else, our thread pool around both.
// This file has the choices made at start and the element-wise operations; the extensions beside it have the rest.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import CXMOneDNN
import Foundation

/// An instruction set of the fused kernels.
package enum InstructionSet: String, Sendable, CaseIterable {
    case scalar
    case avx2
    case avx512
    case avx512BF16 = "avx512_bf16"

    var kernelISA: xm_isa {
        switch self {
        case .scalar: XM_ISA_SCALAR
        case .avx2: XM_ISA_AVX2
        case .avx512: XM_ISA_AVX512
        case .avx512BF16: XM_ISA_AVX512_BF16
        }
    }

    /// The best set that this CPU and operating system support.
    package static var best: InstructionSet {
        let isa = xm_best_isa()
        return allCases.first { $0.kernelISA == isa } ?? .scalar
    }

    /// The sets that this machine supports, best last.
    package static var available: [InstructionSet] {
        allCases.filter { xm_kernels_for($0.kernelISA) != nil }
    }
}

/// Why a backend or a weight cannot be made on this machine.
package enum CPUBackendError: Error, CustomStringConvertible {
    /// XMODEL_ISA or a test asked for a set that the CPU lacks.
    case instructionSetMissing(InstructionSet)
    /// oneDNN cannot multiply the type here; weights of block formats still can.
    case matmulMissing(DType)
    /// What oneDNN itself reports, with the shape.
    case oneDNN(String)

    package var description: String {
        switch self {
        case .instructionSetMissing(let isa):
            "this CPU has no \(isa.rawValue) instructions; available: "
                + InstructionSet.available.map(\.rawValue).joined(separator: ", ")
        case .matmulMissing(let type):
            "oneDNN has no \(type.rawValue) products for this CPU (they take AVX-512), and training needs them; "
                + "compute in f32"
        case .oneDNN(let text): text
        }
    }
}

/// A backend without state between operations: several threads may use it, each with its own workspace, and share its
/// pool.
package final class CPUBackend: Backend {
    package let compute: DType
    package let instructionSet: InstructionSet
    package let pool: ThreadPool
    /// Function pointers of this instruction set; immutable.
    /// C structs of function pointers are not Sendable to Swift; these never change.
    nonisolated(unsafe) let kernels: xm_kernels
    /// Matmuls on weights in block formats, for the same instruction set.
    nonisolated(unsafe) let blockKernels: xm_block_kernels
    /// How matmuls treat quantised weights.
    package let quantizedMatmul: QuantizedMatmul

    /// Rows per task of a row-wise operation: small enough to balance load, large enough for the full matmul rate.
    static let rowTile = 64

    /// Throws `CPUBackendError.instructionSetMissing` if this machine lacks the set.
    package init(
        compute: DType, pool: ThreadPool, instructionSet: InstructionSet = .best,
        quantizedMatmul: QuantizedMatmul = .integer
    ) throws {
        guard let table = xm_kernels_for(instructionSet.kernelISA) else {
            throw CPUBackendError.instructionSetMissing(instructionSet)
        }
        self.compute = compute
        self.pool = pool
        self.instructionSet = instructionSet
        kernels = table.pointee
        blockKernels = xm_block_kernels_for(instructionSet.kernelISA).pointee
        self.quantizedMatmul = quantizedMatmul
    }

    /// Whether oneDNN has a matmul of this type for this machine, which weights with f32 masters (training) need.
    /// Matmuls on block formats are our own and run everywhere.
    package static func hasMatmul(in type: DType) -> Bool {
        var probe = xm_dnn_matmul.product(M: 64, N: 64, K: 64, type: type, out: .f32)
        return xm_dnn_implementation(&probe) != nil
    }

    /// The fastest compute type on this machine, and why, for the start-up line.
    package static var preferredCompute: (compute: DType, reason: String) {
        InstructionSet.best == .avx512BF16
            ? (.bf16, "the CPU has AVX512-BF16: twice the f32 matrix rate")
            : (.f32, "the CPU has no bf16 matrix instructions")
    }

    /// Version of the oneDNN library in use.
    package static var oneDNNVersion: String { String(cString: xm_dnn_version()) }

    // MARK: Embedding

    package func embeddingForward(_ batch: TokenBatch, table: Tensor, scale: Float, out: Tensor) {
        batch.ids.withUnsafeBufferPointer { ids in
            pool.runTiles(out.rows, tile: Self.rowTile) { rows, _ in
                kernels.embedding_forward(
                    ids.baseAddress, table.f32, scale, out.f32, rows.lowerBound, rows.upperBound, out.columns)
            }
        }
    }

    package func embeddingBackward(_ batch: TokenBatch, dx: Tensor, scale: Float, dtable: Tensor) {
        batch.ids.withUnsafeBufferPointer { ids in
            // Each task owns a range of the vocabulary, so that every row of the table has one writer and sums in token
            // order.
            pool.runTiles(dtable.rows, tile: 4096) { rows, _ in
                kernels.embedding_backward(
                    ids.baseAddress, dx.f32, scale, dtable.f32, dx.rows, dx.columns, Int32(rows.lowerBound),
                    Int32(rows.upperBound))
            }
        }
    }

    // MARK: Norm and residual

    package func residualRMSNormForward(
        x: Tensor, branch: Tensor?, alpha: Float, weight: Tensor, eps: Float, xOut: Tensor, y: Tensor, rstd: Tensor
    ) {
        let D = x.columns
        pool.runTiles(x.rows, tile: Self.rowTile) { rows, _ in
            switch compute {
            case .bf16:
                kernels.residual_rmsnorm_forward_bf16(
                    x.f32, branch?.bf16, alpha, weight.f32, eps, xOut.f32, y.bf16, rstd.f32, rows.lowerBound,
                    rows.upperBound, D)
            case .f32:
                kernels.residual_rmsnorm_forward_f32(
                    x.f32, branch?.f32, alpha, weight.f32, eps, xOut.f32, y.f32, rstd.f32, rows.lowerBound,
                    rows.upperBound, D)
            }
        }
    }

    package func residualRMSNormBackward(
        dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, alpha: Float, dx: Tensor, dbranch: Tensor?,
        dweight: Tensor, T: Int, scratch: any Scratch
    ) {
        let D = x.columns
        // Row tiles start anew in every sequence, whatever the micro-batch.
        let tilesPerSequence = (T + Self.rowTile - 1) / Self.rowTile
        let tiles = x.rows / T * tilesPerSequence
        guard let region = (scratch as! CPUScratch).normPartials, tiles * D * 4 <= region.sizeBytes else {
            preconditionFailure("the scratch is for smaller batches, or for inference")
        }
        // f32 [tiles, D]: dweight of each row tile, added up in tile order below. Tiles never cross a sequence.
        let partials = region.floats
        pool.run(tiles) { tile, _ in
            let first = tile / tilesPerSequence * T + tile % tilesPerSequence * Self.rowTile
            let last = min(first + Self.rowTile, (tile / tilesPerSequence + 1) * T)
            let partial = partials + tile * D
            partial.update(repeating: 0, count: D)
            switch compute {
            case .bf16:
                kernels.residual_rmsnorm_backward_bf16(
                    dy.bf16, x.f32, weight.f32, rstd.f32, alpha, dx.f32, dbranch?.bf16, partial, first, last, D)
            case .f32:
                kernels.residual_rmsnorm_backward_f32(
                    dy.f32, x.f32, weight.f32, rstd.f32, alpha, dx.f32, dbranch?.f32, partial, first, last, D)
            }
        }
        for tile in 0..<tiles { kernels.add_f32(partials + tile * D, dweight.f32, D) }
    }

    // MARK: Feed-forward

    package func swigluForward(gateUp: Tensor, out: Tensor) {
        pool.runTiles(out.rows, tile: Self.rowTile) { rows, _ in
            switch compute {
            case .bf16:
                kernels.swiglu_forward_bf16(gateUp.bf16, out.bf16, rows.lowerBound, rows.upperBound, out.columns)
            case .f32:
                kernels.swiglu_forward_f32(gateUp.f32, out.f32, rows.lowerBound, rows.upperBound, out.columns)
            }
        }
    }

    package func swigluBackward(dout: Tensor, gateUp: Tensor, dgateUp: Tensor, out: Tensor) {
        let F = out.columns
        pool.runTiles(out.rows, tile: Self.rowTile) { rows, _ in
            switch compute {
            case .bf16:
                kernels.swiglu_backward_bf16(
                    dout.bf16, gateUp.bf16, dgateUp.bf16, out.bf16, rows.lowerBound, rows.upperBound, F)
            case .f32:
                kernels.swiglu_backward_f32(
                    dout.f32, gateUp.f32, dgateUp.f32, out.f32, rows.lowerBound, rows.upperBound, F)
            }
        }
    }

    // MARK: Optimiser and vectors

    /// Elements per task of a flat vector operation.
    private static let vectorTile = 1 << 16

    package func adamW(weights: Tensor, gradients: Tensor, m: Tensor, v: Tensor, range: Range<Int>, step: AdamWStep) {
        var parameters = xm_adamw_params(
            learning_rate: step.learningRate, beta1: step.beta1, beta2: step.beta2, eps: step.eps,
            weight_decay: step.weightDecay, grad_scale: step.gradientScale,
            // In f64: 1 - beta2^t loses most of its digits in f32 while t is small.
            bias_correction1: Float(1 - pow(Double(step.beta1), Double(step.t))),
            bias_correction2: Float(1 - pow(Double(step.beta2), Double(step.t))))
        withUnsafePointer(to: &parameters) { parameters in
            pool.runTiles(range.count, tile: Self.vectorTile) { tile, _ in
                let at = range.lowerBound + tile.lowerBound
                kernels.adamw(weights.f32 + at, gradients.f32 + at, m.f32 + at, v.f32 + at, tile.count, parameters)
            }
        }
    }

    package func sumOfSquares(_ x: Tensor) -> Double {
        let tiles = (x.count + Self.vectorTile - 1) / Self.vectorTile
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: max(tiles, 1)) { sums in
            pool.runTiles(x.count, tile: Self.vectorTile) { tile, _ in
                sums[tile.lowerBound / Self.vectorTile] = kernels.sum_squares(x.f32 + tile.lowerBound, tile.count)
            }
            // One partial sum per fixed-size tile, added up in tile order.
            return sums[..<tiles].reduce(0, +)
        }
    }

    package func logSumExp(_ logits: Tensor, largest: Tensor, logSumExp: Tensor) {
        let V = logits.columns
        pool.run(logits.rows) { row, _ in
            // One tile of V columns, without keeping the exponentials.
            kernels.softmax_tile_f32(
                logits.f32 + row * V, V, 1, nil, 0, largest.f32 + row, logSumExp.f32 + row, 1, 1, V)
            logSumExp.f32[row] = largest.f32[row] + log(logSumExp.f32[row])
        }
    }

    // A handful of rows, each contiguous: threads would cost more than they save.
    package func gather(_ rows: [Int], of x: Tensor, into y: Tensor) {
        precondition(rows.count <= y.rows && x.columns == y.columns && x.dtype == y.dtype)
        let bytes = x.columns * x.dtype.size
        for (index, row) in rows.enumerated() {
            (y.pointer + index * bytes).copyMemory(from: x.pointer + row * bytes, byteCount: bytes)
        }
    }

    package func scale(_ x: Tensor, by factor: Float) {
        pool.runTiles(x.count, tile: Self.vectorTile) { tile, _ in
            kernels.scale_row_f32(x.f32 + tile.lowerBound, factor, tile.count)
        }
    }

    package func add(_ x: Tensor, to y: Tensor) {
        precondition(x.count == y.count)
        pool.runTiles(x.count, tile: Self.vectorTile) { tile, _ in
            kernels.add_f32(x.f32 + tile.lowerBound, y.f32 + tile.lowerBound, tile.count)
        }
    }

    package func zero(_ x: Tensor) {
        pool.runTiles(x.sizeBytes, tile: 1 << 20) { bytes, _ in
            (x.pointer + bytes.lowerBound).initializeMemory(as: UInt8.self, repeating: 0, count: bytes.count)
        }
    }
}
