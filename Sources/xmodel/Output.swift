// Where the program's words go: results to standard output, all of them or an error; talk to standard error.
// Xmodel.swift says how the errors end the program.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

/// Standard output, unbuffered. Throws `OutputError`.
enum Output {
    static func write(_ text: String) throws { try FileHandle.standardOutput.writeText(text) }

    static func line(_ text: String = "") throws { try write(text + "\n") }
}

/// Writes a line to standard error. Work does not end because nobody can hear of it.
func talk(_ line: String) {
    try? FileHandle.standardError.writeText(line + "\n")
}
