// Random access to a file: any thread reads any range into its own memory. A mapping would be as fast, but truncating
// the file under it ends the program with a bus error; here that is an ordinary error.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package final class PositionedFile: Sendable {
    package let path: String
    /// Size when the file was opened.
    package let sizeBytes: Int
    let descriptor: Int32
    /// Time of the last write before the file was opened.
    private let modified: timespec

    /// Throws `FileError.unreadable` naming the file and the system's reason.
    package init(_ url: URL) throws {
        path = url.path
        descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError.unreadable(url.path, String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError.unreadable(url.path, "not a regular file")
        }
        (sizeBytes, modified) = (Int(status.st_size), status.st_mtim)
    }

    deinit { close(descriptor) }

    /// Fills `memory` with the bytes from `offset` on. Throws `FileError.changed` when the file was written to or
    /// truncated after it was opened, so that everything read belongs to one version of it.
    package func read(at offset: Int, into memory: UnsafeMutableRawBufferPointer) throws {
        var rest = memory
        var place = offset
        while let start = rest.baseAddress, !rest.isEmpty {
            let count = pread(descriptor, start, rest.count, off_t(place))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError.unreadable(path, String(cString: strerror(errno))) }
            guard count > 0 else { break }
            rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
            place += count
        }
        var status = stat()
        fstat(descriptor, &status)
        let isSame = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec) == (modified.tv_sec, modified.tv_nsec)
        guard rest.isEmpty, isSame, Int(status.st_size) == sizeBytes else {
            throw FileError.changed(path, opened: sizeBytes, now: Int(status.st_size))
        }
    }

    /// A copy of the bytes in `range`.
    package func bytes(_ range: Range<Int>) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            let memory = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count)
            try read(at: range.lowerBound, into: memory)
            count = range.count
        }
    }
}
