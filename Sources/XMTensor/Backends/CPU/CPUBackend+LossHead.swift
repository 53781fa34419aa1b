// The tied output head with its loss, one chunk of rows at a time, the vocabulary in tiles that fit a core's cache.
// Logits exist for one tile only: what stays of them is exp(z - tile maximum) in the compute type, which becomes the
// gradient once the sums of all tiles are known. So each logit is computed once and exponentiated once.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import CXMOneDNN
import Foundation

extension CPUBackend {
    /// Rows of one product in the head; a chunk has at most `reductionChunk`.
    static let headRowTile = 128

    package func lossHead(
        h: Tensor, embedding: LinearWeight, targets: UnsafePointer<Int32>, logitScale: Float, gradientScale: Float,
        T: Int, loss: Tensor, gradients: (dh: Tensor, dE: Tensor)?
    ) {
        let (V, D) = (embedding.N, embedding.K)
        let tiles = headTiles(of: embedding)
        precondition(scratch.vocabulary >= V, "reserveScratch was called for another vocabulary")
        for sequence in stride(from: 0, to: h.rows, by: T) {
            for start in stride(from: 0, to: T, by: Self.reductionChunk) {
                let rows = sequence + start..<sequence + min(start + Self.reductionChunk, T)
                let chunk = LossChunk(
                    h: h.rows(rows), targets: targets + rows.lowerBound, loss: loss.f32 + rows.lowerBound,
                    dh: gradients?.dh.rows(rows), logitScale: logitScale, gradientScale: gradientScale)
                exponentials(of: chunk, embedding, tiles)
                finish(chunk, embedding, tiles)
                guard let dE = gradients?.dE else { continue }
                pool.runTiles(V, tile: 512) { tokens, _ in
                    accumulateWeightGradient(
                        dy: scratch.logitGradients + tokens.lowerBound * compute.size, ldy: V,
                        x: chunk.h.pointer, M: rows.count, T: rows.count, N: tokens.count, K: D,
                        dw: dE.f32 + tokens.lowerBound * D)
                }
            }
        }
    }

    /// One chunk of rows on its way through the head.
    private struct LossChunk {
        let h: Tensor  // act [rows, D]
        let targets: UnsafePointer<Int32>  // [rows]
        let loss: UnsafeMutablePointer<Float>  // [rows]
        let dh: Tensor?  // act [rows, D]
        let logitScale: Float
        let gradientScale: Float
    }

    /// The vocabulary in the tiles that are multiplied one by one.
    private func headTiles(of embedding: LinearWeight) -> [Range<Int>] {
        switch embedding.storage {
        case .master(let weight): weight.forwardTiles
        case .blocks:
            stride(from: 0, to: embedding.N, by: Self.tileWidth).map {
                $0..<min($0 + Self.tileWidth, embedding.N)
            }
        }
    }

    /// logits f32 [rows, tile] = h Eᵀ for some rows of h and one tile of the vocabulary.
    private func logits(
        of h: Tensor, rows: Range<Int>, _ embedding: LinearWeight, tile: Int, into logits: UnsafeMutablePointer<Float>
    ) {
        switch embedding.storage {
        case .master(let weight):
            forwardProduct(weight, tile: tile, M: rows.count, out: .f32)
                .run(h.rows(rows).pointer, weight.packed(tile: tile), logits)
        case .blocks(let weight):
            let (part, first) = (weight.parts[0], tile * Self.tileWidth)
            let columns = min(Self.tileWidth, weight.N - first)
            // Rows of the activations count from the chunk's first row, those of the logits from the tile's.
            blockProduct(
                part.format, part.groups + first / PackedFormat.groupRows * part.groupBytes, K: weight.K,
                columns: columns, x: (part.format.isInteger ? weight.quantizedRows : nil) ?? h.pointer, rows: rows,
                y: logits - rows.lowerBound * columns, yType: .f32, ldy: columns)
        }
    }

    /// Per vocabulary tile: logits, their maximum and sum of exponentials per row, the target's logit where it lies in
    /// the tile, and with `dh` the exponentials, act [rows, V] in scratch.
    private func exponentials(of chunk: LossChunk, _ embedding: LinearWeight, _ headTiles: [Range<Int>]) {
        let V = embedding.N
        let tiles = headTiles.count
        if case .blocks(let weight) = embedding.storage {
            precondition(chunk.dh == nil && weight.parts.count == 1, "block weights have no backward form")
            quantize(chunk.h, for: weight)
        }
        pool.run(tiles) { tile, worker in
            let tokens = headTiles[tile]
            let logits = scratch.logits[worker]
            for first in stride(from: 0, to: chunk.h.rows, by: Self.headRowTile) {
                let rows = first..<min(first + Self.headRowTile, chunk.h.rows)
                self.logits(of: chunk.h, rows: rows, embedding, tile: tile, into: logits)
                let partial = first * tiles + tile
                let e = scratch.logitGradients + (first * V + tokens.lowerBound) * compute.size
                switch compute {
                case .bf16:
                    kernels.softmax_tile_bf16(
                        logits, tokens.count, chunk.logitScale,
                        chunk.dh == nil ? nil : e.assumingMemoryBound(to: UInt16.self), V,
                        scratch.tileMaxima + partial, scratch.tileSums + partial, tiles, rows.count, tokens.count)
                case .f32:
                    kernels.softmax_tile_f32(
                        logits, tokens.count, chunk.logitScale,
                        chunk.dh == nil ? nil : e.assumingMemoryBound(to: Float.self), V,
                        scratch.tileMaxima + partial, scratch.tileSums + partial, tiles, rows.count, tokens.count)
                }
                for row in rows where tokens.contains(Int(chunk.targets[row])) {
                    let at = (row - first) * tokens.count + Int(chunk.targets[row]) - tokens.lowerBound
                    scratch.targetLogits[row] = chunk.logitScale * logits[at]
                }
            }
        }
    }

    /// Per row tile: the loss from the sums of all tiles; with `dh` the exponentials become dlogits and dh = dlogits E.
    private func finish(_ chunk: LossChunk, _ embedding: LinearWeight, _ tiles: [Range<Int>]) {
        let V = embedding.N
        pool.runTiles(chunk.h.rows, tile: Self.headRowTile) { rows, _ in
            for row in rows {
                let logSumExp = logSumExp(row: row, tiles: tiles.count)
                let isCounted = chunk.targets[row] >= 0
                chunk.loss[row] = isCounted ? Float(logSumExp - Double(scratch.targetLogits[row])) : 0
                if chunk.dh != nil { rescale(row: row, of: chunk, tiles, logSumExp: isCounted ? logSumExp : nil) }
            }
            guard let dh = chunk.dh, case .master(let weight) = embedding.storage, let packed = weight.backward else {
                return
            }
            var back = xm_dnn_matmul.product(M: rows.count, N: embedding.K, K: V, type: compute, out: compute)
            back.packed_b = 1
            back.transpose_b = 0
            back.ldb = Int64(embedding.K)
            back.run(scratch.logitGradients + rows.lowerBound * V * compute.size, packed, dh.rows(rows).pointer)
        }
    }

    /// log of the sum of exp(z) over the vocabulary, from the maxima and sums of its tiles, in tile order.
    private func logSumExp(row: Int, tiles: Int) -> Double {
        let (maxima, sums) = (scratch.tileMaxima + row * tiles, scratch.tileSums + row * tiles)
        var highest = -Float.infinity
        for tile in 0..<tiles { highest = max(highest, maxima[tile]) }
        var sum = 0.0
        for tile in 0..<tiles { sum += Double(sums[tile]) * exp(Double(maxima[tile] - highest)) }
        return log(sum) + Double(highest)
    }

    /// dlogits = (softmax - onehot) * logitScale * gradientScale in place of the exponentials.
    private func rescale(row: Int, of chunk: LossChunk, _ tiles: [Range<Int>], logSumExp: Double?) {
        let V = tiles.last?.upperBound ?? 0
        let gradient = chunk.logitScale * chunk.gradientScale
        let start = scratch.logitGradients + row * V * compute.size
        for (tile, tokens) in tiles.enumerated() {
            let highest = Double(scratch.tileMaxima[row * tiles.count + tile])
            let factor = logSumExp.map { Float(exp(highest - $0) * Double(gradient)) } ?? 0
            let e = start + tokens.lowerBound * compute.size
            switch compute {
            case .bf16: kernels.scale_row_bf16(e.assumingMemoryBound(to: UInt16.self), factor, tokens.count)
            case .f32: kernels.scale_row_f32(e.assumingMemoryBound(to: Float.self), factor, tokens.count)
            }
        }
        guard let logSumExp else { return }
        let target = start + Int(chunk.targets[row]) * compute.size
        var value = Float((exp(Double(scratch.targetLogits[row]) - logSumExp) - 1) * Double(gradient))
        switch compute {
        case .bf16: kernels.f32_to_bf16(&value, target.assumingMemoryBound(to: UInt16.self), 1)
        case .f32: target.assumingMemoryBound(to: Float.self).pointee = value
        }
    }
}
