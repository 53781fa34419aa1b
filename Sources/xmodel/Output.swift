// Where output goes: results to standard output, completely or as an error; messages to standard error. Xmodel.swift
// says how errors end the program.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

/// Standard output, unbuffered, so that results and messages interleave as they happen. Throws `OutputError`, for
/// example when a pipe's reader has gone.
enum Output {
    static func write(_ text: String) throws { try FileHandle.standardOutput.writeText(text) }

    static func line(_ text: String = "") throws { try write(text + "\n") }
}

/// Writes a line to standard error. A failure is ignored: work must not stop because nobody reads the messages.
func talk(_ line: String) {
    try? FileHandle.standardError.writeText(line + "\n")
}
