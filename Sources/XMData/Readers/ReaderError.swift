// Errors that make a whole file unreadable; a single bad record is skipped and counted instead (`SkipCause`).
// SPDX-License-Identifier: Apache-2.0

package enum ReaderError: Error, CustomStringConvertible, Equatable {
    case noFiles(pattern: String, root: String)
    case unknownFormat(path: String)
    case unreadable(path: String, reason: String)
    /// `path`: with bytes outside ASCII escaped.
    case nameIsNotUTF8(path: String)
    /// `offset`: in the file on disk.
    case damaged(path: String, offset: Int, reason: String)
    case unsupported(path: String, what: String, advice: String)
    case noField(path: String, field: String, found: [String])
    case badPosition(path: String, offset: Int, available: Int)

    package var description: String {
        switch self {
        case .noFiles(let pattern, let root):
            "no files match '\(pattern)' in \(root); name a file, a folder or a pattern; supported files end in "
                + DocumentFormat.extensions
        case .unknownFormat(let path):
            "\(path): unknown file format; supported are " + DocumentFormat.extensions
        case .unreadable(let path, let reason):
            "\(path): cannot be read (\(reason)); make it readable or remove it from the source"
        case .nameIsNotUTF8(let path):
            "\(path): the file name is not UTF-8; rename the file or remove it from the source"
        case .damaged(let path, let offset, let reason):
            "\(path): damaged at byte \(offset) (\(reason)); fetch the file again or remove it from the source"
        case .unsupported(let path, let what, let advice): "\(path): \(what) is not supported; \(advice)"
        case .noField(let path, let field, let found):
            "\(path): no record has the text field '\(field)'; found "
                + (found.isEmpty ? "no fields" : found.joined(separator: ", ")) + "; set the source's 'field'"
        case .badPosition(let path, let offset, let available):
            "\(path): the saved position \(offset) is beyond the end of the file at \(available), so the file has "
                + "changed; start over with --restart"
        }
    }
}
