// A text file given by name, or standard input.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

enum InputFile {
    /// The whole file, or all of standard input for "-". Invalid UTF-8 is replaced. Throws `FileError.unreadable`.
    static func text(_ path: String) throws -> String {
        let data = path == "-" ? try StandardInput().readToEnd() : FileManager.default.contents(atPath: path)
        guard let data else { throw FileError.unreadable(path, "no such readable file") }
        return String(decoding: data, as: UTF8.self)
    }
}
