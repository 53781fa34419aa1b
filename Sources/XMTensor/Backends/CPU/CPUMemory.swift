// Memory of the CPU: pages of the process, whose addresses are host pointers. Only this folder dereferences them.
// SPDX-License-Identifier: Apache-2.0

import Foundation

extension CPUBackend {
    package func allocate(bytes: Int) throws -> DeviceMemory {
        // Anonymous pages arrive zeroed and take physical memory when first touched.
        let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { throw DeviceMemoryError(sizeBytes: bytes) }
        madvise(memory, bytes, 14 /* MADV_HUGEPAGE */)
        return DeviceMemory(address: UInt(bitPattern: memory), sizeBytes: bytes) {
            munmap(UnsafeMutableRawPointer(bitPattern: $0), $1)
        }
    }

    package func upload(_ bytes: UnsafeRawBufferPointer, to region: DeviceRegion) {
        precondition(bytes.count == region.sizeBytes)
        UnsafeMutableRawBufferPointer(start: region.pointer, count: region.sizeBytes).copyMemory(from: bytes)
    }

    package func download(_ region: DeviceRegion, to bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count == region.sizeBytes)
        bytes.copyMemory(from: UnsafeRawBufferPointer(start: region.pointer, count: region.sizeBytes))
    }

    package func hostView(of region: DeviceRegion) -> UnsafeMutableRawBufferPointer? {
        UnsafeMutableRawBufferPointer(start: region.pointer, count: region.sizeBytes)
    }

    /// Nothing to wait for: operations are synchronous.
    package func synchronize() {}
}

extension DeviceRegion {
    var pointer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: address)! }
    var floats: UnsafeMutablePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }
}

extension Tensor {
    var pointer: UnsafeMutableRawPointer { region.pointer }

    /// The elements; the storage must be f32.
    var f32: UnsafeMutablePointer<Float> {
        precondition(dtype == .f32)
        return region.floats
    }

    /// The bit patterns of bf16 elements; the storage must be bf16.
    var bf16: UnsafeMutablePointer<UInt16> {
        precondition(dtype == .bf16)
        return pointer.assumingMemoryBound(to: UInt16.self)
    }
}
