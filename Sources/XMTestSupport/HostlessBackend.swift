// A device whose memory the host cannot address: its pages are protected except while its own operations run, and
// operations wait in a queue until a result is needed. The CPU executes them, so the bits must be the CPU's. Code that
// passes its tests on it touches device memory only through `Backend` and synchronises before it reads.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMTensor

/// Wraps a CPU backend; a stray access to device memory ends the test process with a signal.
package final class HostlessBackend: ForwardingBackend, @unchecked Sendable {
    package let base: any Backend
    /// Guards everything below; recursive, since a queued operation may release the last reference to memory.
    private let lock = NSRecursiveLock()
    private var queue: [() -> Void] = []
    private let pages = ProtectedPages()
    /// Operations that did not run when they were issued: a test checks that there were some.
    private var delayed = 0

    package init(_ base: CPUBackend) { self.base = base }

    package var delayedOperations: Int { lock.withLock { delayed } }

    /// Runs the queue, then `operation`, with the memory accessible.
    package func result<Result>(_ name: String, _ operation: () throws -> Result) rethrows -> Result {
        try lock.withLock {
            try pages.open {
                let waiting = queue
                queue = []
                delayed += waiting.count
                for earlier in waiting { earlier() }
                return try operation()
            }
        }
    }

    /// Queues the operation, like a stream of an asynchronous device.
    package func perform(_ name: String, _ operation: @escaping () -> Void) {
        lock.withLock { queue.append(operation) }
    }

    // MARK: Memory

    package func allocate(bytes: Int) throws -> DeviceMemory {
        let address = try lock.withLock { try pages.map(bytes) }
        return DeviceMemory(address: address, sizeBytes: bytes) { [self] address, _ in
            // Queued operations may still use this memory.
            result(#function) { pages.unmap(address) }
        }
    }
    package func upload(_ bytes: UnsafeRawBufferPointer, to region: DeviceRegion) {
        // The caller may reuse its buffer as soon as this returns.
        let copy = Array(bytes)
        perform(#function) { [base] in copy.withUnsafeBytes { base.upload($0, to: region) } }
    }
    package func download(_ region: DeviceRegion, to bytes: UnsafeMutableRawBufferPointer) {
        result(#function) { base.download(region, to: bytes) }
    }
    package func hostView(of region: DeviceRegion) -> UnsafeMutableRawBufferPointer? { nil }
    package func synchronize() { result(#function) {} }
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
