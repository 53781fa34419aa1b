// All memory of a run is taken here before step 0, under a name and a group, so that `--dry-run` can print the plan:
// the plan is the same code with `dryRun`, hence it cannot drift from what is allocated.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Owns zero-filled, page-aligned memory until it is freed with the arena.
package final class Arena: @unchecked Sendable {
    /// One named reservation.
    package struct Entry: Sendable, Equatable {
        package let group: String
        package let name: String
        package let sizeBytes: Int
    }

    package let isDryRun: Bool
    package private(set) var entries: [Entry] = []
    private var blocks: [(UnsafeMutableRawPointer, Int)] = []
    /// What is left of the block that small reservations come from: neighbours share large pages, which spares a
    /// processor that streams through weights half its address translations.
    private var slab = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private static let slabBytes = 32 << 20
    private var sharedBlocks: [String: (pointer: UnsafeMutableRawPointer, sizeBytes: Int)] = [:]

    /// A dry run records sizes and hands out tensors that must not be read or written.
    package init(dryRun: Bool = false) {
        isDryRun = dryRun
    }

    deinit {
        for (pointer, size) in blocks { munmap(pointer, size) }
    }

    package private(set) var totalBytes = 0

    /// Bytes per group, in the order of first use.
    package var groups: [(group: String, sizeBytes: Int)] {
        var order: [String] = []
        var sums: [String: Int] = [:]
        for entry in entries {
            if sums[entry.group] == nil { order.append(entry.group) }
            sums[entry.group, default: 0] += entry.sizeBytes
        }
        return order.map { ($0, sums[$0]!) }
    }

    /// Reserves a zero-filled tensor. Throws `ArenaError.outOfMemory` naming the tensor and the bytes wanted.
    package func tensor(_ group: String, _ name: String, _ dtype: DType, _ shape: [Int]) throws -> Tensor {
        let bytes = shape.reduce(dtype.size) { product, count in
            let (bytes, isTooLarge) = product.multipliedReportingOverflow(by: count)
            return isTooLarge ? .max : bytes
        }
        return Tensor(try reserve(group, name, bytes: bytes), dtype, shape)
    }

    /// Bytes under a name that several owners use in turn: the block reserved last under it where that is large enough,
    /// a new one otherwise. The earlier ones stay valid.
    package func shared(_ group: String, _ name: String, bytes: Int) throws -> UnsafeMutableRawPointer {
        if let block = sharedBlocks[name], block.sizeBytes >= bytes { return block.pointer }
        let pointer = try reserve(group, name, bytes: bytes)
        sharedBlocks[name] = (pointer, bytes)
        return pointer
    }

    /// Reserves raw bytes, 64-byte aligned at least.
    package func reserve(_ group: String, _ name: String, bytes: Int) throws -> UnsafeMutableRawPointer {
        // No machine has half of what 63 bits can count; below it, sums of sizes are numbers.
        guard bytes <= 1 << 62 - totalBytes else {
            throw ArenaError.outOfMemory(name: "\(group)/\(name)", sizeBytes: bytes, alreadyBytes: totalBytes)
        }
        totalBytes += bytes
        entries.append(Entry(group: group, name: name, sizeBytes: bytes))
        guard !isDryRun else { return UnsafeMutableRawPointer(bitPattern: 64)! }
        // One vector of slack behind the last element.
        let size = (max(bytes, 1) + 64 + 4095) / 4096 * 4096
        if size > slab.count {
            let whole = max(size, Self.slabBytes)
            let memory = mmap(nil, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let memory, memory != MAP_FAILED else {
                throw ArenaError.outOfMemory(
                    name: "\(group)/\(name)", sizeBytes: bytes, alreadyBytes: totalBytes - bytes)
            }
            madvise(memory, whole, 14 /* MADV_HUGEPAGE */)
            blocks.append((memory, whole))
            if size == whole { return memory }
            slab = UnsafeMutableRawBufferPointer(start: memory, count: whole)
        }
        let pointer = slab.baseAddress!
        slab = UnsafeMutableRawBufferPointer(rebasing: slab[size...])
        return pointer
    }
}

package enum ArenaError: Error, CustomStringConvertible {
    case outOfMemory(name: String, sizeBytes: Int, alreadyBytes: Int)

    package var description: String {
        switch self {
        case .outOfMemory(let name, let sizeBytes, let alreadyBytes):
            """
            not enough memory for \(name): \(sizeBytes >> 20) MiB wanted beside \(alreadyBytes >> 20) MiB already \
            reserved; lower train.micro_batch_size or train.sequence_length, or set train.recompute
            """
        }
    }
}
