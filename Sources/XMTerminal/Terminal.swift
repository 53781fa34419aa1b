// Whether a file handle is a terminal, and how large that is.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package enum Terminal {
    package static func isTerminal(_ handle: FileHandle) -> Bool { isatty(handle.fileDescriptor) == 1 }

    package static func width(_ handle: FileHandle) -> Int { size(handle).columns }

    /// 80 by 24 where the terminal does not report its size.
    package static func size(_ handle: FileHandle) -> (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(handle.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
    }
}
