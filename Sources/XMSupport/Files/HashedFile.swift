// A file that is written piece by piece over a long time and appears whole: buffered, hashed on the way, synced and
// renamed at its end. What an interrupted program leaves is a hidden file that the next run replaces.
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
        temporary = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).partial")
        file = try SequentialFile(temporary, for: url)
        buffer.reserveCapacity(Self.bufferBytes + 4096)
    }

    package func append(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        try flushWhenFull()
    }

    /// Values as they lie in memory: little-endian on every machine that this program runs on.
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

    /// Gives the file its name. Returns its SHA-256.
    package func finish() throws -> String {
        try flush()
        try file.finish()
        guard rename(temporary.path, url.path) == 0 else {
            throw FileError.notWritten(url.path, String(cString: strerror(errno)))
        }
        AtomicFile.syncFolder(url.deletingLastPathComponent())
        return hash.finalize()
    }

    /// Removes what was written.
    package func abandon() { unlink(temporary.path) }
}
