// File descriptors that close themselves, and the one that wakes every waiting thread at once.
// SPDX-License-Identifier: Apache-2.0

import CXMSystem
import Foundation
import Synchronization

/// Owns a descriptor. Those made here are closed in every program that is started, except where it is told otherwise.
final class Descriptor: Sendable {
    let number: Int32

    private init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Takes over a new descriptor under a number of at least 10, so that it is none of those that a child is given.
    private static func moved(_ number: Int32) throws(SandboxError) -> Descriptor {
        defer { close(number) }
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 10)
        guard copy >= 0 else { throw .systemCall("fcntl", code: errno) }
        return Descriptor(owning: copy)
    }

    private static func moved(_ pair: [Int32]) throws(SandboxError) -> (Descriptor, Descriptor) {
        let first: Descriptor
        do { first = try moved(pair[0]) } catch {
            close(pair[1])
            throw error
        }
        return (first, try moved(pair[1]))
    }

    static func pipe() throws(SandboxError) -> (readEnd: Descriptor, writeEnd: Descriptor) {
        var pair: [Int32] = [-1, -1]
        guard xm_pipe(&pair) == 0 else { throw .systemCall("pipe2", code: errno) }
        return try moved(pair)
    }

    /// Two ends of one stream.
    static func socketPair() throws(SandboxError) -> (Descriptor, Descriptor) {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { throw .systemCall("socketpair", code: errno) }
        return try moved(pair)
    }

    static func nothing() throws(SandboxError) -> Descriptor {
        let number = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard number >= 0 else { throw .systemCall("open /dev/null", code: errno) }
        return try moved(number)
    }

    /// A pipe that has been filled and closed: its reader gets the bytes and the end. For less than a pipe holds.
    static func holding(_ bytes: UnsafeRawBufferPointer) throws(SandboxError) -> Descriptor {
        precondition(bytes.count <= 4096, "a pipe holds at least a page")
        let (readEnd, writeEnd) = try pipe()
        let count = withExtendedLifetime(writeEnd) { write(writeEnd.number, bytes.baseAddress, bytes.count) }
        guard count == bytes.count else { throw .systemCall("write", code: errno) }
        return readEnd
    }

    /// Sends what a socket takes at once. Returns the number of bytes, 0 when nobody reads any more.
    func send(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.withUnsafeBytes {
            max(
                0,
                Foundation.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)))
        }
    }

    /// What can be read now, at most `limit` bytes; empty at the end.
    func read(limit: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, Foundation.read(number, buffer.baseAddress, limit))
        }
    }
}

/// A request to stop. Its descriptor becomes readable, and stays so, when the request is made.
final class Interruption: Sendable {
    let signal: Descriptor
    private let writeEnd: Mutex<Descriptor?>

    init() throws(SandboxError) {
        let ends = try Descriptor.pipe()
        signal = ends.readEnd
        writeEnd = Mutex(ends.writeEnd)
    }

    func raise() { writeEnd.withLock { $0 = nil } }
}
