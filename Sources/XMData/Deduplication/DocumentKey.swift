// A document's position in the whole corpus as one number, so that sorting keys sorts documents.
// SPDX-License-Identifier: Apache-2.0

package struct DocumentKey: Hashable, Comparable, Sendable, Codable, BitwiseCopyable, CustomStringConvertible {
    package let value: UInt64

    /// `file`: index in the sorted list of all files; `record`: as in `DocumentOrigin`. Both below 2^32.
    package init(file: Int, record: Int) {
        precondition(0..<1 << 32 ~= file && 0..<1 << 32 ~= record)
        value = UInt64(file) << 32 | UInt64(record)
    }

    init(value: UInt64) { self.value = value }

    package var file: Int { Int(value >> 32) }
    package var record: Int { Int(value & 0xFFFF_FFFF) }

    package static func < (a: DocumentKey, b: DocumentKey) -> Bool { a.value < b.value }
    package var description: String { "\(file):\(record)" }
}
