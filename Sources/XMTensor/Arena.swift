// All memory of a run is reserved here before step 0, under a name and a group, so that `--dry-run` can print the plan.
// A plan runs the same code on an arena that allocates nothing, so it cannot drift from what a run allocates.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// Owns zero-filled, page-aligned memory of one device. Regions keep their memory alive, so they may outlive the arena.
/// Not thread-safe: reservations happen before the threads start.
package final class Arena: @unchecked Sendable {
    /// One named reservation.
    package struct Entry: Sendable, Equatable {
        package let group: String
        package let name: String
        package let sizeBytes: Int
    }

    package let backend: any Backend
    /// In a plan, reservations record their sizes and return regions that must not be read or written.
    package let isPlan: Bool
    package private(set) var entries: [Entry] = []
    package private(set) var totalBytes = 0
    /// The unused rest of the current slab. Small reservations share slabs, hence huge pages: kernels that stream
    /// through weights then need half as many address translations.
    private var slab = DeviceRegion(memory: .none, offset: 0, sizeBytes: 0)
    private var memories: [DeviceMemory] = []
    private static let slabBytes = 32 << 20
    private static let pageBytes = 4096
    /// Kernels may read, but never write, one vector past the last element.
    private static let slackBytes = 64

    /// Allocates on `backend`.
    package init(on backend: any Backend) {
        (self.backend, isPlan) = (backend, false)
    }

    /// Plans for `backend` without allocating.
    package init(planningOn backend: any Backend) {
        (self.backend, isPlan) = (backend, true)
    }

    /// Total bytes per group, in the order of first use.
    package var groups: [(group: String, sizeBytes: Int)] {
        var order: [String] = []
        var sums: [String: Int] = [:]
        for entry in entries {
            if sums[entry.group] == nil { order.append(entry.group) }
            sums[entry.group, default: 0] += entry.sizeBytes
        }
        return order.map { ($0, sums[$0]!) }
    }

    /// Reserves a zero-filled tensor. Throws `ArenaError.outOfMemory`.
    package func tensor(_ group: String, _ name: String, _ dtype: DType, _ shape: [Int]) throws -> Tensor {
        let bytes = shape.reduce(dtype.size) { product, count in
            // Shapes come from files and recipes: an overflow must become "out of memory", not a trap.
            let (bytes, isTooLarge) = product.multipliedReportingOverflow(by: count)
            return isTooLarge ? .max : bytes
        }
        return Tensor(try reserve(group, name, bytes: bytes), dtype, shape)
    }

    /// Reserves zero-filled bytes. Throws `ArenaError.outOfMemory` naming them.
    package func reserve(_ group: String, _ name: String, bytes: Int) throws -> DeviceRegion {
        let error = ArenaError.outOfMemory(name: "\(group)/\(name)", sizeBytes: bytes, alreadyBytes: totalBytes)
        // No machine has half of what 63 bits can count; below that limit, sums of sizes cannot overflow.
        guard bytes <= 1 << 62 - totalBytes else { throw error }
        if !isPlan { try grow(to: bytes, or: error) }
        totalBytes += bytes
        entries.append(Entry(group: group, name: name, sizeBytes: bytes))
        guard !isPlan else { return DeviceRegion(memory: .none, offset: 0, sizeBytes: bytes) }
        let region = slab.region(at: 0, sizeBytes: bytes)
        let taken = Self.padded(bytes)
        slab = slab.region(at: taken, sizeBytes: slab.sizeBytes - taken)
        return region
    }

    /// Makes the slab large enough for `bytes`. What is left of the old slab, less than 32 MiB, stays unused.
    private func grow(to bytes: Int, or error: ArenaError) throws {
        let size = Self.padded(bytes)
        guard size > slab.sizeBytes else { return }
        let whole = max(size, Self.slabBytes)
        do {
            memories.append(try backend.allocate(bytes: whole))
            slab = DeviceRegion(memory: memories[memories.count - 1], offset: 0, sizeBytes: whole)
        } catch is DeviceMemoryError { throw error }
    }

    private static func padded(_ bytes: Int) -> Int {
        (max(bytes, 1) + slackBytes + pageBytes - 1) / pageBytes * pageBytes
    }
}

/// Names the reservation that did not fit; callers add what to reduce.
package enum ArenaError: Error, CustomStringConvertible, Equatable {
    case outOfMemory(name: String, sizeBytes: Int, alreadyBytes: Int)

    package var description: String {
        switch self {
        case .outOfMemory(let name, let sizeBytes, let alreadyBytes):
            "not enough memory for \(name): wanted \(HumanText.bytes(sizeBytes)) in addition to "
                + "\(HumanText.bytes(alreadyBytes)) already reserved"
        }
    }
}
