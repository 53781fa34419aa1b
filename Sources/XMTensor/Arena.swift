// All memory of a run is reserved here before step 0, under a name and a group, so that `--dry-run` can print the plan:
// a plan is the same code on an arena that takes no memory, hence it cannot drift from what is allocated.
// SPDX-License-Identifier: Apache-2.0

/// Owns zero-filled memory of one device, aligned to pages.
package final class Arena: @unchecked Sendable {
    /// One named reservation.
    package struct Entry: Sendable, Equatable {
        package let group: String
        package let name: String
        package let sizeBytes: Int
    }

    package let backend: any Backend
    /// Records sizes and hands out regions that must not be read or written.
    package let isPlan: Bool
    package private(set) var entries: [Entry] = []
    package private(set) var totalBytes = 0
    /// What is left of the allocation that small reservations come from: neighbours share large pages, which spares a
    /// processor that streams through weights half its address translations.
    private var slab = DeviceRegion(memory: .none, offset: 0, sizeBytes: 0)
    private var memories: [DeviceMemory] = []
    private static let slabBytes = 32 << 20
    private static let pageBytes = 4096
    /// Kernels may read, never write, one vector behind the last element.
    private static let slackBytes = 64

    /// Memory of that device.
    package init(on backend: any Backend) {
        (self.backend, isPlan) = (backend, false)
    }

    /// A dry run of reservations on that device.
    package init(planningOn backend: any Backend) {
        (self.backend, isPlan) = (backend, true)
    }

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

    /// Reserves a zero-filled tensor. Throws `ArenaError.outOfMemory`.
    package func tensor(_ group: String, _ name: String, _ dtype: DType, _ shape: [Int]) throws -> Tensor {
        let bytes = shape.reduce(dtype.size) { product, count in
            let (bytes, isTooLarge) = product.multipliedReportingOverflow(by: count)
            return isTooLarge ? .max : bytes
        }
        return Tensor(try reserve(group, name, bytes: bytes), dtype, shape)
    }

    /// Reserves zero-filled bytes. Throws `ArenaError.outOfMemory` naming them.
    package func reserve(_ group: String, _ name: String, bytes: Int) throws -> DeviceRegion {
        let error = ArenaError.outOfMemory(name: "\(group)/\(name)", sizeBytes: bytes, alreadyBytes: totalBytes)
        // No machine has half of what 63 bits can count; below it, sums of sizes are numbers.
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

    /// Makes the slab large enough for `bytes`.
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

package enum ArenaError: Error, CustomStringConvertible, Equatable {
    case outOfMemory(name: String, sizeBytes: Int, alreadyBytes: Int)

    package var description: String {
        switch self {
        case .outOfMemory(let name, let sizeBytes, let alreadyBytes):
            "not enough memory for \(name): \(sizeBytes >> 20) MiB wanted beside \(alreadyBytes >> 20) MiB already reserved"
        }
    }
}
