// A growable byte buffer in which a record is assembled. Unlike an array's, its address is stable until it grows.
// SPDX-License-Identifier: Apache-2.0

final class ScratchBytes {
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 16)
    private(set) var count = 0

    deinit { buffer.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

    func removeAll() { count = 0 }

    func append(_ more: UnsafeRawBufferPointer) {
        reserve(more.count)
        if let source = more.baseAddress {
            (buffer.baseAddress! + count).copyMemory(from: source, byteCount: more.count)
        }
        count += more.count
    }

    func append(_ byte: UInt8) {
        reserve(1)
        buffer[count] = byte
        count += 1
    }

    /// Ensures capacity for `more` additional bytes; may move the contents.
    func reserve(_ more: Int) {
        guard count + more > buffer.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(count + more, 2 * buffer.count), alignment: 16)
        larger.copyMemory(from: bytes)
        buffer.deallocate()
        buffer = larger
    }
}
