// Memory of a device, and a region of it. The host never dereferences their addresses: it moves bytes by
// `Backend.upload` and `download`, or sees them through `Backend.read` and `write`. Read next: Arena.swift,
// Tensor.swift.
// SPDX-License-Identifier: Apache-2.0

/// One allocation of a device, freed with the last region that refers to it.
package final class DeviceMemory: @unchecked Sendable {
    /// First byte in the device's own address space; only the backend that allocated it may use it.
    package let address: UInt
    package let sizeBytes: Int
    private let free: @Sendable (_ address: UInt, _ sizeBytes: Int) -> Void

    package init(
        address: UInt, sizeBytes: Int, free: @escaping @Sendable (_ address: UInt, _ sizeBytes: Int) -> Void
    ) {
        (self.address, self.sizeBytes, self.free) = (address, sizeBytes, free)
    }

    deinit { free(address, sizeBytes) }

    /// What a plan hands out: no memory. The address only has to be nonzero and aligned.
    static let none = DeviceMemory(address: 64, sizeBytes: 0) { _, _ in }
}

/// A range of bytes in a device's memory; keeps the allocation alive.
package struct DeviceRegion: Sendable {
    package let memory: DeviceMemory
    /// Bytes from the start of `memory`.
    package let offset: Int
    package let sizeBytes: Int

    package init(memory: DeviceMemory, offset: Int, sizeBytes: Int) {
        (self.memory, self.offset, self.sizeBytes) = (memory, offset, sizeBytes)
    }

    /// In the device's own address space; see `DeviceMemory.address`.
    package var address: UInt { memory.address + UInt(offset) }

    /// A part of this region: `sizeBytes` bytes from byte `start` on. Unchecked.
    package func region(at start: Int, sizeBytes: Int) -> DeviceRegion {
        DeviceRegion(memory: memory, offset: offset + start, sizeBytes: sizeBytes)
    }
}

/// The device cannot allocate that many bytes; `Arena` turns it into an error with a name.
package struct DeviceMemoryError: Error, Equatable {
    package let sizeBytes: Int

    package init(sizeBytes: Int) { self.sizeBytes = sizeBytes }
}
