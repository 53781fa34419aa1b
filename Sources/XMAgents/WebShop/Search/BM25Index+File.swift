// The index as a file: a signature, then arrays, each with its count before it (UInt64), all little-endian: inverse
// norms, places, the number of filled documents; lengths of the terms and their UTF-16; counts of the postings by term,
// and the postings.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

extension BM25Index {
    /// The number counts changes of the layout, the analysis and the scores.
    private static let signature = Array("XMBM25 1".utf8)
    private static let nameLength = 7

    package func write(to url: URL) throws {
        let terms = vocabulary.sorted { $0.value < $1.value }.map(\.key)
        try AtomicFile.create(url) { file in
            try Self.signature.withUnsafeBytes { try file.write($0) }
            try Self.write(inverseNorms, to: file)
            try Self.write(places, to: file)
            try Self.write([UInt64(filledCount)], to: file)
            try Self.write(terms.map { UInt32($0.count) }, to: file)
            try Self.write(terms.flatMap(\.self), to: file)
            try Self.write(postings.map { UInt32($0.count) }, to: file)
            try Self.write(postings.flatMap(\.self), to: file)
        }
    }

    private static func write<Element: BitwiseCopyable>(_ elements: [Element], to file: SequentialFile) throws {
        try withUnsafeBytes(of: UInt64(elements.count).littleEndian) { try file.write($0) }
        try elements.withUnsafeBytes { try file.write($0) }
    }

    /// Throws `WebShopError.badIndex` for other files, other versions and damaged ones.
    package init(contentsOf url: URL) throws {
        let file = try MappedFile(url)
        func fault(_ reason: String) -> WebShopError { .badIndex(url.lastPathComponent, reason) }
        let head = file.bytes.prefix(Self.signature.count)
        guard head.elementsEqual(Self.signature) else {
            throw fault(
                head.starts(with: Self.signature.prefix(Self.nameLength))
                    ? "was made by another version of this program" : "is not a search index")
        }
        var position = Self.signature.count
        func array<Element: BitwiseCopyable>(_ zero: Element) throws -> [Element] {
            let (size, stride) = (MemoryLayout<UInt64>.size, MemoryLayout<Element>.stride)
            guard position + size <= file.bytes.count else { throw fault("ends too early") }
            let count = file.bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            position += size
            guard count <= UInt64((file.bytes.count - position) / stride) else { throw fault("ends too early") }
            var elements = [Element](repeating: zero, count: Int(count))
            let bytes = file.bytes[position..<(position + Int(count) * stride)]
            elements.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
            position += bytes.count
            return elements
        }
        self.init()
        inverseNorms = try array(Float(0))
        places = try array(Int32(0))
        let filled = try array(UInt64(0))
        let termLengths = try array(UInt32(0))
        let units = try array(UInt16(0))
        let counts = try array(UInt32(0))
        let flat = try array(Posting(document: 0, frequency: 0))
        let documents = 0..<Int32(clamping: inverseNorms.count)
        guard position == file.bytes.count, places.count == inverseNorms.count, filled.count == 1,
            filled[0] <= UInt64(inverseNorms.count), termLengths.count == counts.count,
            termLengths.reduce(0, { $0 + Int($1) }) == units.count, counts.reduce(0, { $0 + Int($1) }) == flat.count,
            flat.allSatisfy({ documents.contains($0.document) })
        else { throw fault("is damaged") }
        filledCount = Int(filled[0])
        var (unit, posting) = (0, 0)
        vocabulary.reserveCapacity(counts.count)
        for (number, (length, count)) in zip(termLengths, counts).enumerated() {
            vocabulary[Array(units[unit..<(unit + Int(length))])] = number
            postings.append(Array(flat[posting..<(posting + Int(count))]))
            (unit, posting) = (unit + Int(length), posting + Int(count))
        }
    }
}
