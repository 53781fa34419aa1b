// A file that takes long to write and appears complete or not at all: buffered, hashed while it is written, synced and
// renamed at the end. An interrupted program leaves a hidden file, which the next run replaces.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package final class HashedFile {
    private let url: URL
    private let temporary: URL
    private let file: SequentialFile
    private var buffer: [UInt8] = []
    private var hash = SHA256()
    package private(set) var sizeBytes = 0

    private static let bufferBytes = 1 << 18

    package init(_ url: URL) throws {
        self.url = url
        temporary = url.deletingLastPathComponent().appending(path: PartialName.fixed(url.lastPathComponent))
        file = try SequentialFile(temporary, for: url)
        buffer.reserveCapacity(Self.bufferBytes + 4096)
    }

    package func append(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        try flushWhenFull()
    }

    /// Appends values in the machine's byte order, little-endian on every machine this program runs on.
    package func append<T: FixedWidthInteger>(values: [T]) throws {
        values.withUnsafeBytes { buffer.append(contentsOf: $0) }
        try flushWhenFull()
    }

    private func flushWhenFull() throws { if buffer.count >= Self.bufferBytes { try flush() } }

    private func flush() throws {
        try buffer.withUnsafeBytes {
            try file.write($0)
            hash.update($0)
        }
        sizeBytes += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }

    /// Gives the file its name. Returns the SHA-256 of its contents.
    package func finish() throws -> String {
        try flush()
        try file.finish()
        guard rename(temporary.path, url.path) == 0 else {
            throw FileError.notWritten(url.path, String(cString: strerror(errno)))
        }
        AtomicFile.syncFolder(url.deletingLastPathComponent())
        return hash.finalize()
    }

    /// Deletes what has been written.
    package func abandon() { unlink(temporary.path) }
}
