// The tied output head with its loss, one chunk of tokens at a time, the vocabulary in tiles that fit a core's cache.
// Logits exist for one tile only; what is kept of them is exp(z - tile maximum) in the compute type, which becomes the
// gradient once the sums of all tiles are known. Each logit is thus computed once and exponentiated once.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import CXMOneDNN
import Foundation

extension CPUBackend {
    /// Rows of one matmul in the head; a chunk has at most `reductionChunk`.
    static let headRowTile = 128

    package func lossHead(
        h: Tensor, embedding: any LinearWeight, _ batch: TokenBatch, logitScale: Float, gradientScale: Float,
        loss: Tensor, gradients: (dh: Tensor, dE: Tensor)?, scratch: any Scratch
    ) {
        let head = LossHead(embedding as! CPULinearWeight, scratch as! CPUScratch)
        let (V, D, T) = (embedding.N, embedding.K, batch.length)
        batch.targets.withUnsafeBufferPointer { targets in
            // Chunks never cross a sequence, so that dE sums in the same order for any micro-batch size.
            for sequence in stride(from: 0, to: h.rows, by: T) {
                for start in stride(from: 0, to: T, by: Self.reductionChunk) {
                    let rows = sequence + start..<sequence + min(start + Self.reductionChunk, T)
                    let chunk = LossChunk(
                        h: h.rows(rows), targets: targets.baseAddress! + rows.lowerBound,
                        loss: loss.f32 + rows.lowerBound,
                        dh: gradients?.dh.rows(rows), logitScale: logitScale, gradientScale: gradientScale)
                    exponentials(of: chunk, head)
                    finish(chunk, head)
                    guard let dE = gradients?.dE else { continue }
                    pool.runTiles(V, tile: 512) { tokens, _ in
                        accumulateWeightGradient(
                            dy: head.gradients + tokens.lowerBound * compute.size, ldy: V,
                            x: chunk.h.pointer, M: rows.count, T: rows.count, N: tokens.count, K: D,
                            dw: dE.f32 + tokens.lowerBound * D)
                    }
                }
            }
        }
    }

    /// The head with its scratch, resolved to pointers once per call.
    private struct LossHead: @unchecked Sendable {
        let weight: CPULinearWeight
        /// The vocabulary, cut into the ranges that are multiplied one at a time.
        let tiles: [Range<Int>]
        let scratch: CPUScratch
        /// f32 [chunk, tiles] each, and f32 [chunk]; see CPUScratch.swift.
        let tileMaxima: UnsafeMutablePointer<Float>
        let tileSums: UnsafeMutablePointer<Float>
        let targetLogits: UnsafeMutablePointer<Float>

        init(_ weight: CPULinearWeight, _ scratch: CPUScratch) {
            (self.weight, self.scratch) = (weight, scratch)
            guard scratch.shape.vocabulary >= weight.N, let maxima = scratch.tileMaxima, let sums = scratch.tileSums,
                let logits = scratch.targetLogits
            else { preconditionFailure("the scratch is for a smaller vocabulary") }
            (tileMaxima, tileSums, targetLogits) = (maxima.floats, sums.floats, logits.floats)
            switch weight.storage {
            case .master(let master): tiles = master.forwardTiles
            case .blocks:
                tiles = stride(from: 0, to: weight.N, by: CPUBackend.tileWidth).map {
                    $0..<min($0 + CPUBackend.tileWidth, weight.N)
                }
            }
        }

        /// act [chunk, V]; training only.
        var gradients: UnsafeMutableRawPointer { scratch.logitGradients!.pointer }
    }

    /// One chunk of tokens: rows of h and of everything per token.
    private struct LossChunk {
        let h: Tensor  // act [rows, D]
        let targets: UnsafePointer<Int32>  // [rows]
        let loss: UnsafeMutablePointer<Float>  // [rows]
        let dh: Tensor?  // act [rows, D]
        let logitScale: Float
        let gradientScale: Float
    }

    /// logits f32 [rows, tile] = h Eᵀ for some rows of h and one tile of the vocabulary; `quantized` is h as an integer
    /// format needs it.
    private func logits(
        of h: Tensor, _ quantized: UnsafeMutableRawPointer?, rows: Range<Int>, _ head: LossHead, tile: Int,
        into logits: UnsafeMutablePointer<Float>
    ) {
        switch head.weight.storage {
        case .master(let weight):
            forwardProduct(weight, tile: tile, M: rows.count, out: .f32)
                .run(h.rows(rows).pointer, weight.packed(tile: tile), logits)
        case .blocks(let weight):
            let (matrix, first) = (weight.matrices[0], tile * Self.tileWidth)
            let columns = min(Self.tileWidth, weight.N - first)
            // Rows of activations count from the start of the chunk, rows of logits from the start of the tile, hence
            // the offset.
            blockProduct(
                matrix.format, matrix.groups.pointer + first / PackedFormat.groupRows * matrix.groupBytes, K: weight.K,
                columns: columns, x: quantized ?? h.pointer, rows: rows, y: logits - rows.lowerBound * columns,
                yType: .f32, ldy: columns)
        }
    }

    /// Per vocabulary tile: logits, their maximum and sum of exponentials per row, the target's logit if it falls into
    /// the tile; if there is a `dh`, the exponentials too, act [rows, V] in scratch.
    private func exponentials(of chunk: LossChunk, _ head: LossHead) {
        let V = head.weight.N
        let tiles = head.tiles.count
        var quantized: UnsafeMutableRawPointer?
        if case .blocks(let weight) = head.weight.storage {
            precondition(chunk.dh == nil && weight.matrices.count == 1, "block weights have no backward form")
            quantized = quantize(chunk.h, for: weight, head.scratch)
        }
        let exponentials = chunk.dh == nil ? nil : head.gradients
        pool.run(tiles) { tile, worker in
            let tokens = head.tiles[tile]
            let logits = head.scratch.logits[worker].floats
            for first in stride(from: 0, to: chunk.h.rows, by: Self.headRowTile) {
                let rows = first..<min(first + Self.headRowTile, chunk.h.rows)
                self.logits(of: chunk.h, quantized, rows: rows, head, tile: tile, into: logits)
                let partial = first * tiles + tile
                let e = exponentials.map { $0 + (first * V + tokens.lowerBound) * compute.size }
                switch compute {
                case .bf16:
                    kernels.softmax_tile_bf16(
                        logits, tokens.count, chunk.logitScale, e?.assumingMemoryBound(to: UInt16.self), V,
                        head.tileMaxima + partial, head.tileSums + partial, tiles, rows.count, tokens.count)
                case .f32:
                    kernels.softmax_tile_f32(
                        logits, tokens.count, chunk.logitScale, e?.assumingMemoryBound(to: Float.self), V,
                        head.tileMaxima + partial, head.tileSums + partial, tiles, rows.count, tokens.count)
                }
                // Exactly one tile holds a target, so no two tasks write the same row. A negative target matches none.
                for row in rows where tokens.contains(Int(chunk.targets[row])) {
                    let at = (row - first) * tokens.count + Int(chunk.targets[row]) - tokens.lowerBound
                    head.targetLogits[row] = chunk.logitScale * logits[at]
                }
            }
        }
    }

    /// Per row tile: the loss from the sums of all tiles; with `dh`, exponentials become dlogits and dh = dlogits E.
    private func finish(_ chunk: LossChunk, _ head: LossHead) {
        let V = head.weight.N
        pool.runTiles(chunk.h.rows, tile: Self.headRowTile) { rows, _ in
            for row in rows {
                let logSumExp = logSumExp(row: row, head)
                let isCounted = chunk.targets[row] >= 0
                chunk.loss[row] = isCounted ? Float(logSumExp - Double(head.targetLogits[row])) : 0
                if chunk.dh != nil { rescale(row: row, of: chunk, head, logSumExp: isCounted ? logSumExp : nil) }
            }
            guard let dh = chunk.dh, case .master(let weight) = head.weight.storage, let packed = weight.backward else {
                return
            }
            // dh [rows, D] = dlogits [rows, V] E [V, D], from the packed form that the embedding has for its backward
            // pass.
            var back = xm_dnn_matmul.product(M: rows.count, N: head.weight.K, K: V, type: compute, out: compute)
            back.packed_b = 1
            back.transpose_b = 0
            back.ldb = Int64(head.weight.K)
            back.run(
                head.gradients + rows.lowerBound * V * compute.size, packed.pointer, dh.rows(rows).pointer)
        }
    }

    /// log(sum(exp(z))) over the vocabulary, from the maxima and sums of its tiles, in tile order and f64.
    private func logSumExp(row: Int, _ head: LossHead) -> Double {
        let tiles = head.tiles.count
        let (maxima, sums) = (head.tileMaxima + row * tiles, head.tileSums + row * tiles)
        var highest = -Float.infinity
        for tile in 0..<tiles { highest = max(highest, maxima[tile]) }
        var sum = 0.0
        for tile in 0..<tiles { sum += Double(sums[tile]) * exp(Double(maxima[tile] - highest)) }
        return log(sum) + Double(highest)
    }

    /// dlogits = (softmax - onehot) * logitScale * gradientScale, replacing the exponentials; zero if `logSumExp` is
    /// nil.
    private func rescale(row: Int, of chunk: LossChunk, _ head: LossHead, logSumExp: Double?) {
        let (V, tiles) = (head.weight.N, head.tiles)
        let gradient = chunk.logitScale * chunk.gradientScale
        let start = head.gradients + row * V * compute.size
        for (tile, tokens) in tiles.enumerated() {
            let highest = Double(head.tileMaxima[row * tiles.count + tile])
            let factor = logSumExp.map { Float(exp(highest - $0) * Double(gradient)) } ?? 0
            let e = start + tokens.lowerBound * compute.size
            switch compute {
            case .bf16: kernels.scale_row_bf16(e.assumingMemoryBound(to: UInt16.self), factor, tokens.count)
            case .f32: kernels.scale_row_f32(e.assumingMemoryBound(to: Float.self), factor, tokens.count)
            }
        }
        guard let logSumExp else { return }
        // The target's entry is recomputed from its f32 logit: p - 1 from a bf16 exponential would cancel for p near 1.
        let target = start + Int(chunk.targets[row]) * compute.size
        var value = Float((exp(Double(head.targetLogits[row]) - logSumExp) - 1) * Double(gradient))
        switch compute {
        case .bf16: kernels.f32_to_bf16(&value, target.assumingMemoryBound(to: UInt16.self), 1)
        case .f32: target.assumingMemoryBound(to: Float.self).pointee = value
        }
    }
}
