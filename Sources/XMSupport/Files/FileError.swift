// Errors about files and folders: each names the path, what is wrong and what to do.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum FileError: Error, CustomStringConvertible, Equatable {
    /// Path and the system's reason.
    case unreadable(String, String)
    /// Path, and its sizes in bytes.
    case changed(String, opened: Int, now: Int)
    /// Path and the system's reason.
    case notWritten(String, String)
    case incomplete(folder: String, file: String)
    case corrupt(folder: String, file: String, found: String, wanted: String)
    case noManifest(folder: String)

    /// The system's own words for an error code, except where they do not name the cause.
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
                + "); wait until the other program is done or fetch the file again, then start over"
        case .notWritten(let path, let reason):
            "\(path): cannot be written (\(reason)); nothing saved before is lost: "
                + (reason == Self.tooLarge ? "raise the limit" : "free space") + " or choose another folder"
        case .incomplete(let folder, let file): "\(folder): \(file) is missing; the folder was not written completely"
        case .corrupt(let folder, let file, let found, let wanted):
            "\(folder): \(file) is damaged (found \(found), wanted \(wanted)); use the previous checkpoint"
        case .noManifest(let folder): "\(folder): has no manifest.json; it is not a finished folder of this program"
        }
    }
}
