// A file's bytes without reading them: mapped, read-only, gone with the last reference. A file that is cut while it is
// mapped ends the program with a bus error; what is read for longer than a moment goes through PositionedFile.swift.
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

package enum FileError: Error, CustomStringConvertible, Equatable {
    case unreadable(String, String)
    case changed(String, opened: Int, now: Int)
    case notWritten(String, String)
    case incomplete(folder: String, file: String)
    case corrupt(folder: String, file: String, found: String, wanted: String)
    case noManifest(folder: String)

    /// What the system said, in its words but for a limit that they do not name.
    static func reason(_ code: Int32) -> String {
        switch code {
        case EFBIG: tooLarge
        case EBADF: "it is closed"
        default: String(cString: strerror(code))
        }
    }

    private static let tooLarge = "File too large for its file system, or for the limit that ulimit -f shows"

    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path): cannot be read (\(reason)); check the path and its permissions"
        case .changed(let path, let opened, let now):
            "\(path): changed while it was being read ("
                + (now == opened ? "something wrote to it" : "it had \(opened) bytes and has \(now)")
                + "); let the writing end or fetch the file again, then start over"
        case .notWritten(let path, let reason):
            "\(path): cannot be written (\(reason)); nothing saved before is lost: "
                + (reason == Self.tooLarge ? "raise the limit" : "free space") + " or choose another folder"
        case .incomplete(let folder, let file): "\(folder): \(file) is missing; the folder was not written completely"
        case .corrupt(let folder, let file, let found, let wanted):
            "\(folder): \(file) is damaged (found \(found), wanted \(wanted)); use the checkpoint before it"
        case .noManifest(let folder): "\(folder): has no manifest.json; it is not a finished folder of this program"
        }
    }
}
