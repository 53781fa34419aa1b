// A read-only mapping of a file, unmapped with the last reference. If the file is truncated meanwhile, touching it ends
// the program with a bus error, so anything read for longer than a moment goes through PositionedFile.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package final class MappedFile: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer

    /// Throws `FileError.unreadable` naming the file and the system's reason.
    package init(_ url: URL) throws {
        let file = try PositionedFile(url)
        let size = file.sizeBytes
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), start != MAP_FAILED else {
            throw FileError.unreadable(url.path, String(cString: strerror(errno)))
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }
}
