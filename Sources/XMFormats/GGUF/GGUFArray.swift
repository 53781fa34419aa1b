// A metadata array of a GGUF file. Vocabularies have hundreds of thousands of elements, so an array stores the bytes of
// the file: opening it checks the lengths, and elements are decoded on demand.
// SPDX-License-Identifier: Apache-2.0

package struct GGUFArray: Sendable, Equatable {
    package let elementType: GGUFValueType
    package let count: Int
    /// The elements as encoded in a file, without type and count.
    package let rawBytes: [UInt8]

    /// Elements of one type, which must not be an array.
    package init(_ elements: [GGUFValue], elementType: GGUFValueType) {
        precondition(elementType != .array && elements.allSatisfy { $0.type == elementType })
        var bytes: [UInt8] = []
        for element in elements { element.encode(to: &bytes) }
        (self.elementType, count, rawBytes) = (elementType, elements.count, bytes)
    }

    /// Raw bytes, as uint8.
    package init(bytes: [UInt8]) {
        (elementType, count, rawBytes) = (.uint8, bytes.count, bytes)
    }

    package init(_ strings: [String]) { self.init(strings.map { .string($0) }, elementType: .string) }
    package init(_ floats: [Float]) { self.init(floats.map { .float32($0) }, elementType: .float32) }
    package init(_ integers: [Int32]) { self.init(integers.map { .int32($0) }, elementType: .int32) }

    /// Reads the array at the cursor and advances past it. Throws `GGUFReason` if it exceeds the file, is nested, or
    /// has an invalid bool.
    init(_ cursor: inout GGUFCursor) throws {
        elementType = try cursor.valueType("the type of an array's elements")
        guard elementType != .array else {
            throw GGUFReason(text: "nested arrays are not supported")
        }
        let claimed: UInt64 = try cursor.integer("the count of an array")
        // A string takes at least eight bytes.
        let size = claimed.multipliedReportingOverflow(by: UInt64(elementType.size ?? 8))
        guard !size.overflow, size.partialValue <= UInt64(cursor.left) else {
            throw GGUFReason(
                text:
                    "an array of \(claimed) elements of type \(elementType) does not fit the \(cursor.left) bytes left")
        }
        count = Int(claimed)
        let start = cursor.offset
        if elementType == .string {
            for _ in 0..<count { try cursor.skipString() }
        } else {
            _ = try cursor.take(size.partialValue, "an array")
        }
        rawBytes = Array(cursor.bytes[start..<cursor.offset])
        if elementType == .bool, rawBytes.contains(where: { $0 > 1 }) {
            throw GGUFReason(text: "an array of bools has a value other than 0 and 1")
        }
    }

    /// At most the first `limit` elements. Throws for a string that is not UTF-8.
    package func elements(limit: Int = .max) throws -> [GGUFValue] {
        var found: [GGUFValue] = []
        try forEach(limit: limit) { found.append($0) }
        return found
    }

    func forEach(limit: Int = .max, _ body: (GGUFValue) throws -> Void) throws {
        var cursor = GGUFCursor(rawBytes)
        for _ in 0..<min(count, limit) { try body(cursor.scalar(elementType)) }
    }

    /// Appends type, count and elements as encoded in a file.
    func encode(to bytes: inout [UInt8]) {
        bytes.appendLittleEndian(elementType.rawValue)
        bytes.appendLittleEndian(UInt64(count))
        bytes.append(contentsOf: rawBytes)
    }
}
