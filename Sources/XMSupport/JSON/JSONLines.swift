// Splits a text of JSON lines that end in LF, CRLF or CR. A CR inside a value is white space to JSON and ends nothing.
// For texts in memory; XMData's readers stream corpora.
// SPDX-License-Identifier: Apache-2.0

package enum JSONLines {
    package struct Line: Equatable {
        /// From 1; blank lines count.
        package let number: Int
        package let text: String
    }

    /// The lines that are not blank. A byte order mark at the start is skipped.
    package static func lines(of text: String) -> [Line] {
        let bytes = Array(text.utf8)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var lines: [Line] = []
        var (start, number) = (bytes.starts(with: mark) ? mark.count : 0, 1)
        // Open brackets and quotes; a broken value ends at the next LF.
        var (depth, isInString, isEscaped) = (0, false, false)
        func close(at end: Int) {
            let line = bytes[start..<end]
            if !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
                lines.append(Line(number: number, text: String(decoding: line, as: UTF8.self)))
            }
        }
        for (index, byte) in bytes.enumerated().dropFirst(start) {
            switch byte {
            case UInt8(ascii: "\n"):
                // The CR of this CRLF has ended the line already.
                if index == start, index > 0, bytes[index - 1] == UInt8(ascii: "\r"), number > 1 {
                    start = index + 1
                    continue
                }
                close(at: index)
                (start, number, depth, isInString, isEscaped) = (index + 1, number + 1, 0, false, false)
            case UInt8(ascii: "\r") where depth <= 0 && !isInString:
                close(at: index)
                (start, number, depth) = (index + 1, number + 1, 0)
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isInString: isEscaped = true
            case UInt8(ascii: "\""): isInString.toggle()
            case UInt8(ascii: "{"), UInt8(ascii: "["): if !isInString { depth += 1 }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): if !isInString { depth -= 1 }
            default: break
            }
        }
        close(at: bytes.count)
        return lines
    }
}
