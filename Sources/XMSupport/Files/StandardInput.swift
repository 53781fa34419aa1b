// Standard input as text, whole or line by line. Unlike `readLine`, it tells a read error from the end of the input.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package final class StandardInput {
    /// Bytes read but not yet handed out.
    private var buffer: [UInt8] = []
    /// Start of the next line in `buffer`.
    private var start = 0
    private var isAtEnd = false

    package init() {}

    /// Everything up to the end. Throws `StandardInputError`.
    package func readToEnd() throws(StandardInputError) -> Data {
        while !isAtEnd { try readMore() }
        defer { (buffer, start) = ([], 0) }
        return Data(buffer[start...])
    }

    /// The next line without its line end, nil at the end of the input. Throws `StandardInputError`.
    package func line() throws(StandardInputError) -> String? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return text(buffer[start..<end])
            }
            if isAtEnd {
                defer { start = buffer.count }
                return start < buffer.count ? text(buffer[start...]) : nil
            }
            buffer.removeFirst(start)
            (searched, start) = (buffer.count, 0)
            try readMore()
        }
    }

    private func text(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }

    private func readMore() throws(StandardInputError) {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        var count = 0
        repeat { count = read(STDIN_FILENO, &piece, piece.count) } while count < 0 && errno == EINTR
        guard count >= 0 else {
            throw StandardInputError(reason: FileError.reason(errno))
        }
        buffer += piece[..<count]
        isAtEnd = count == 0
    }
}

package struct StandardInputError: Error, CustomStringConvertible, Equatable {
    let reason: String

    package var description: String {
        "standard input cannot be read (\(reason)); pipe a text into the program or redirect a file to it"
    }
}
