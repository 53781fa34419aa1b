// A text that a command is given by name.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

enum InputFile {
    /// The whole of a file, or of standard input for "-".
    static func text(_ path: String) throws -> String {
        let data = path == "-" ? try StandardInput().readToEnd() : FileManager.default.contents(atPath: path)
        guard let data else { throw FileError.unreadable(path, "no such readable file") }
        return String(decoding: data, as: UTF8.self)
    }
}
