// Writes text to a file handle, all of it or an error. FileHandle's own `write(_:)` traps when the disk is full or the
// reader is gone, and `print` ignores both. The program's Output.swift uses this for results.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package enum OutputError: Error, CustomStringConvertible, Equatable {
    /// The reader is gone, as with `| head -1`.
    case closed
    case notWritten(reason: String)

    package var description: String {
        switch self {
        case .closed: "the output was closed by its reader"
        case .notWritten(let reason): "the output cannot be written (\(reason)); what came before it is there"
        }
    }
}

extension FileHandle {
    package func writeText(_ text: String) throws(OutputError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(fileDescriptor, $0.baseAddress, $0.count) }
            let cause = errno
            if count >= 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch cause {
            case EINTR: break
            case EAGAIN:
                // Another program that shares the terminal may have made it non-blocking.
                var target = pollfd(fd: fileDescriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&target, 1, -1)
            case EPIPE: throw .closed
            default: throw .notWritten(reason: FileError.reason(cause))
            }
        }
    }
}
