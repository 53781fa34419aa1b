// GGUF bytes field by field, for tests of files that lie.
// SPDX-License-Identifier: Apache-2.0

import Foundation

struct RawGGUF: Sendable {
    private(set) var bytes: [UInt8] = []

    init(magic: String = "GGUF", version: UInt32 = 3, tensors: UInt64 = 0, metadata: UInt64 = 0) {
        bytes += Array(magic.utf8) + Self.field(version) + Self.field(tensors) + Self.field(metadata)
    }

    static func field(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func string(_ text: String) -> [UInt8] { field(UInt64(text.utf8.count)) + Array(text.utf8) }

    func key(_ name: String, type: UInt32, _ value: [UInt8]) -> RawGGUF {
        appending(Self.string(name) + Self.field(type) + value)
    }

    func tensor(_ name: String, _ reversedShape: [UInt64], type: UInt32 = 0, offset: UInt64 = 0) -> RawGGUF {
        appending(
            Self.string(name) + Self.field(UInt32(reversedShape.count)) + reversedShape.flatMap { Self.field($0) }
                + Self.field(type) + Self.field(offset))
    }

    /// Padding to 32 and this many bytes of data.
    func data(_ count: Int) -> RawGGUF {
        appending([UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32 + count))
    }

    func appending(_ more: [UInt8]) -> RawGGUF {
        var result = self
        result.bytes += more
        return result
    }
}
