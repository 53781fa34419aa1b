// A device whose memory the host cannot address: its pages are protected except while its own operations run, and
// operations wait in a queue until a result is needed. The CPU executes them, so the bits must be the CPU's. Code that
// passes its tests on it touches device memory only through `Backend` and synchronises before it reads.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMTensor

/// Wraps a CPU backend; a stray access to device memory ends the test process with a signal.
package final class HostlessBackend: Backend, @unchecked Sendable {
    private let base: CPUBackend
    /// Guards everything below; recursive, since a queued operation may release the last reference to memory.
    private let lock = NSRecursiveLock()
    private var queue: [() -> Void] = []
    private let pages = ProtectedPages()
    /// Operations that did not run when they were issued: a test checks that there were some.
    private var delayed = 0

    package init(_ base: CPUBackend) { self.base = base }

    package var compute: DType { base.compute }
    package var delayedOperations: Int { lock.withLock { delayed } }

    /// Runs the queue, then `body`, with the memory accessible.
    private func now<Result>(_ body: () throws -> Result) rethrows -> Result {
        try lock.withLock {
            try pages.open {
                let waiting = queue
                queue = []
                delayed += waiting.count
                for operation in waiting { operation() }
                return try body()
            }
        }
    }

    // Queues an operation, like a stream of an asynchronous device.
    private func later(_ operation: @escaping () -> Void) { lock.withLock { queue.append(operation) } }

    // MARK: Memory

    package func allocate(bytes: Int) throws -> DeviceMemory {
        let address = try pages.map(bytes)
        return DeviceMemory(address: address, sizeBytes: bytes) { [self] address, _ in
            // Queued operations may still use this memory.
            now { pages.unmap(address) }
        }
    }
    package func upload(_ bytes: UnsafeRawBufferPointer, to region: DeviceRegion) {
        // The caller may reuse its buffer as soon as this returns.
        let copy = Array(bytes)
        later { [base] in copy.withUnsafeBytes { base.upload($0, to: region) } }
    }
    package func download(_ region: DeviceRegion, to bytes: UnsafeMutableRawBufferPointer) {
        now { base.download(region, to: bytes) }
    }
    package func hostView(of region: DeviceRegion) -> UnsafeMutableRawBufferPointer? { nil }
    package func synchronize() { now {} }

    // MARK: Weights, caches, scratch

    package func linearWeight(
        master: Tensor, training: Bool, in arena: Arena, name: String
    ) throws -> any LinearWeight {
        try base.linearWeight(master: master, training: training, in: arena, name: name)
    }
    package func linearWeight(
        stacking matrices: [any MatrixRows], in arena: Arena, name: String
    ) throws -> any LinearWeight {
        try base.linearWeight(stacking: matrices, in: arena, name: name)
    }
    package func embeddingTable(
        _ matrix: any MatrixRows, in arena: Arena, name: String
    ) throws -> any EmbeddingTable {
        try now { try base.embeddingTable(matrix, in: arena, name: name) }
    }
    package func makeKVCache(_ shape: KVCacheShape, in arena: Arena) throws -> any KVCache {
        try base.makeKVCache(shape, in: arena)
    }
    package func makeScratch(_ shape: ScratchShape, in arena: Arena) throws -> any Scratch {
        try base.makeScratch(shape, in: arena)
    }
    package func pack(_ weights: [any LinearWeight]) { later { [base] in base.pack(weights) } }
    package func fill(_ weights: [any LinearWeight]) throws { try now { try base.fill(weights) } }

    // MARK: Operations

    package func embeddingForward(_ batch: TokenBatch, table: Tensor, scale: Float, out: Tensor) {
        later { [base] in base.embeddingForward(batch, table: table, scale: scale, out: out) }
    }
    package func embeddingForward(_ batch: TokenBatch, table: any EmbeddingTable, scale: Float, out: Tensor) {
        later { [base] in base.embeddingForward(batch, table: table, scale: scale, out: out) }
    }
    package func embeddingBackward(_ batch: TokenBatch, dx: Tensor, scale: Float, dtable: Tensor) {
        later { [base] in base.embeddingBackward(batch, dx: dx, scale: scale, dtable: dtable) }
    }
    package func residualRMSNormForward(
        x: Tensor, branch: Tensor?, alpha: Float, weight: Tensor, eps: Float, xOut: Tensor, y: Tensor, rstd: Tensor
    ) {
        later { [base] in
            base.residualRMSNormForward(
                x: x, branch: branch, alpha: alpha, weight: weight, eps: eps, xOut: xOut, y: y, rstd: rstd)
        }
    }
    package func residualRMSNormBackward(
        dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, alpha: Float, dx: Tensor, dbranch: Tensor?,
        dweight: Tensor, T: Int, scratch: any Scratch
    ) {
        later { [base] in
            base.residualRMSNormBackward(
                dy: dy, x: x, weight: weight, rstd: rstd, alpha: alpha, dx: dx, dbranch: dbranch, dweight: dweight,
                T: T, scratch: scratch)
        }
    }
    package func linearForward(x: Tensor, weight: any LinearWeight, y: Tensor, scratch: any Scratch) {
        later { [base] in base.linearForward(x: x, weight: weight, y: y, scratch: scratch) }
    }
    package func linearBackwardInput(dy: Tensor, weight: any LinearWeight, dx: Tensor) {
        later { [base] in base.linearBackwardInput(dy: dy, weight: weight, dx: dx) }
    }
    package func linearBackwardWeights(_ layers: [(dy: Tensor, x: Tensor, dw: Tensor)], T: Int) {
        later { [base] in base.linearBackwardWeights(layers, T: T) }
    }
    package func rope(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, cosine: Tensor, sine: Tensor, direction: Float
    ) {
        later { [base] in
            base.rope(qkv: qkv, batch, shape: shape, cosine: cosine, sine: sine, direction: direction)
        }
    }
    package func attentionForward(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, out: Tensor, lse: Tensor, scratch: any Scratch
    ) {
        later { [base] in
            base.attentionForward(qkv: qkv, batch, shape: shape, out: out, lse: lse, scratch: scratch)
        }
    }
    package func attentionBackward(
        dout: Tensor, out: Tensor, qkv: Tensor, lse: Tensor, _ batch: TokenBatch, shape: AttentionShape, dqkv: Tensor,
        scratch: any Scratch
    ) {
        later { [base] in
            base.attentionBackward(
                dout: dout, out: out, qkv: qkv, lse: lse, batch, shape: shape, dqkv: dqkv, scratch: scratch)
        }
    }
    package func attentionCached(
        qkv: Tensor, cache: any KVCache, layer: Int, spans: [CacheSpan], shape: AttentionShape, out: Tensor,
        scratch: any Scratch
    ) {
        later { [base] in
            base.attentionCached(
                qkv: qkv, cache: cache, layer: layer, spans: spans, shape: shape, out: out, scratch: scratch)
        }
    }
    package func copyPrefix(in cache: any KVCache, from source: Int, to target: Int, positions: Int) {
        later { [base] in base.copyPrefix(in: cache, from: source, to: target, positions: positions) }
    }
    package func swigluForward(gateUp: Tensor, out: Tensor) {
        later { [base] in base.swigluForward(gateUp: gateUp, out: out) }
    }
    package func swigluBackward(dout: Tensor, gateUp: Tensor, dgateUp: Tensor, out: Tensor) {
        later { [base] in base.swigluBackward(dout: dout, gateUp: gateUp, dgateUp: dgateUp, out: out) }
    }
    package func lossHead(
        h: Tensor, embedding: any LinearWeight, _ batch: TokenBatch, logitScale: Float, gradientScale: Float,
        loss: Tensor, gradients: (dh: Tensor, dE: Tensor)?, scratch: any Scratch
    ) {
        later { [base] in
            base.lossHead(
                h: h, embedding: embedding, batch, logitScale: logitScale, gradientScale: gradientScale, loss: loss,
                gradients: gradients, scratch: scratch)
        }
    }
    package func adamW(weights: Tensor, gradients: Tensor, m: Tensor, v: Tensor, range: Range<Int>, step: AdamWStep) {
        later { [base] in
            base.adamW(weights: weights, gradients: gradients, m: m, v: v, range: range, step: step)
        }
    }
    package func sumOfSquares(_ x: Tensor) -> Double { now { base.sumOfSquares(x) } }
    package func logSumExp(_ logits: Tensor, largest: Tensor, logSumExp: Tensor) {
        later { [base] in base.logSumExp(logits, largest: largest, logSumExp: logSumExp) }
    }
    package func gather(_ rows: [Int], of x: Tensor, into y: Tensor) {
        later { [base] in base.gather(rows, of: x, into: y) }
    }
    package func scale(_ x: Tensor, by factor: Float) { later { [base] in base.scale(x, by: factor) } }
    package func add(_ x: Tensor, to y: Tensor) { later { [base] in base.add(x, to: y) } }
    package func zero(_ x: Tensor) { later { [base] in base.zero(x) } }
}

/// Pages that are inaccessible except inside `open`. Not thread-safe: used under the backend's lock.
private final class ProtectedPages {
    private var sizes: [UInt: Int] = [:]
    private var isOpen = false

    // Anonymous pages, zero-filled as `Backend.allocate` promises.
    func map(_ bytes: Int) throws -> UInt {
        let access = isOpen ? PROT_READ | PROT_WRITE : PROT_NONE
        let memory = mmap(nil, bytes, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { throw DeviceMemoryError(sizeBytes: bytes) }
        sizes[UInt(bitPattern: memory)] = bytes
        return UInt(bitPattern: memory)
    }

    func unmap(_ address: UInt) {
        guard let bytes = sizes.removeValue(forKey: address) else { return }
        munmap(UnsafeMutableRawPointer(bitPattern: address), bytes)
    }

    // Reentrant: an operation may allocate or free while the pages are open.
    func open<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard !isOpen else { return try body() }
        protect(PROT_READ | PROT_WRITE)
        isOpen = true
        defer {
            isOpen = false
            protect(PROT_NONE)
        }
        return try body()
    }

    private func protect(_ access: Int32) {
        for (address, bytes) in sizes {
            precondition(mprotect(UnsafeMutableRawPointer(bitPattern: address), bytes, access) == 0)
        }
    }
}
