// Parquet's encodings other than PLAIN and dictionary. Each is decoded to PLAIN, so that there is one way to read
// values from a page. Formats: apache/parquet-format, Encodings.md. Every count is checked before memory is allocated.
// SPDX-License-Identifier: Apache-2.0

struct ParquetEncodings {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    /// Maximum number of values in a page; writers put at most a hundred thousand into one.
    private static let maximumValues = 1 << 25

    /// Decodes `bytes` to PLAIN values in `output`. `width`: bytes per value, nil for byte arrays.
    static func decode(
        _ encoding: Int, _ bytes: UnsafeRawBufferPointer, width: Int?, into output: ScratchBytes
    ) throws(ParquetPageError) {
        var decoder = Self(bytes: bytes)
        output.removeAll()
        switch (encoding, width) {
        case (5, 4?), (5, 8?):
            for value in try decoder.integers() { output.append(value, bytes: width ?? 8) }
        case (6, nil): try decoder.byteArrays(sharesPrefixes: false, output)
        case (7, _): try decoder.byteArrays(sharesPrefixes: true, isFixed: width != nil, output)
        case (9, let width?): decoder.splitStreams(width, output)
        default: throw .unsupported("encoding \(ParquetNames.encoding(encoding))")
        }
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    // MARK: - DELTA_BINARY_PACKED

    /// A header, then blocks of miniblocks; their values are deltas relative to the block's minimum delta.
    private mutating func integers() throws(ParquetPageError) -> [Int64] {
        let blockSize = try varint()
        let miniblocks = try varint()
        let count = try varint()
        var value = try zigzag()
        guard blockSize > 0, miniblocks > 0, blockSize % miniblocks == 0, (blockSize / miniblocks) % 8 == 0,
            blockSize / 8 <= Int(UInt32.max), count <= Self.maximumValues
        else { throw .damaged("DELTA_BINARY_PACKED values with an invalid header") }
        let perMiniblock = blockSize / miniblocks
        var values: [Int64] = []
        values.reserveCapacity(count)
        if count > 0 { values.append(value) }
        while values.count < count {
            let least = try zigzag()
            guard miniblocks <= bytes.count - offset else { throw Self.cut }
            let widths = bytes[offset..<offset + miniblocks]
            offset += miniblocks
            for width in widths where values.count < count {
                let wanted = min(perMiniblock, count - values.count)
                // The last miniblock may end after its last value.
                guard width <= 64, (wanted * Int(width) + 7) / 8 <= bytes.count - offset else { throw Self.cut }
                var bit = 8 * offset
                for _ in 0..<wanted {
                    value = value &+ least &+ Int64(bitPattern: bits(Int(width), at: bit))
                    values.append(value)
                    bit += Int(width)
                }
                offset = min(bytes.count, offset + perMiniblock / 8 * Int(width))
            }
        }
        return values
    }

    /// `width` bits from bit `start` on, least significant first.
    private func bits(_ width: Int, at start: Int) -> UInt64 {
        var result: UInt64 = 0
        var taken = 0
        while taken < width {
            let bit = start + taken
            let here = min(width - taken, 8 - bit & 7)
            result |= (UInt64(bytes[bit >> 3]) >> UInt64(bit & 7) & (1 << UInt64(here) - 1)) << UInt64(taken)
            taken += here
        }
        return result
    }

    // MARK: - DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY

    /// Lengths, then the bytes of all values; with `sharesPrefixes`, preceded by the length of the prefix that each
    /// value shares with the previous one.
    private mutating func byteArrays(
        sharesPrefixes: Bool, isFixed: Bool = false, _ output: ScratchBytes
    ) throws(ParquetPageError) {
        let prefixes = sharesPrefixes ? try integers() : []
        let lengths = try integers()
        guard !sharesPrefixes || prefixes.count == lengths.count else {
            throw .damaged("\(prefixes.count) prefix lengths for \(lengths.count) values")
        }
        var last = 0..<0  // of `output`
        for (index, length) in lengths.enumerated() {
            let prefix = sharesPrefixes ? prefixes[index] : 0
            guard length >= 0, length <= Int64(bytes.count - offset), prefix >= 0, prefix <= Int64(last.count) else {
                throw .damaged("a value extends beyond its page")
            }
            let size = Int(prefix) + Int(length)
            guard output.count + size <= ParquetColumn.maximumPageBytes else {
                throw .unsupported("a page of more than \(ParquetColumn.maximumPageBytes) bytes of values")
            }
            if !isFixed { output.append(Int64(size), bytes: 4) }
            let start = output.count
            output.repeatBytes(last.prefix(Int(prefix)))
            output.append(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)]))
            offset += Int(length)
            last = start..<output.count
        }
    }

    // MARK: - BYTE_STREAM_SPLIT

    /// The first bytes of all values, then their second bytes, and so on.
    private func splitStreams(_ width: Int, _ output: ScratchBytes) {
        let count = bytes.count / width
        for value in 0..<count {
            for stream in 0..<width { output.append(bytes[stream * count + value]) }
        }
    }

    // MARK: - Integers

    private static let cut = ParquetPageError.damaged("DELTA_BINARY_PACKED values are truncated")

    private mutating func varint() throws(ParquetPageError) -> Int {
        guard let value = Int(exactly: try unsigned()) else { throw Self.cut }
        return value
    }

    private mutating func zigzag() throws(ParquetPageError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    private mutating func unsigned() throws(ParquetPageError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard offset < bytes.count else { throw Self.cut }
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw Self.cut
    }
}

extension ScratchBytes {
    /// Appends the low-order `bytes` bytes of a number, little-endian.
    func append(_ value: Int64, bytes: Int) {
        withUnsafeBytes(of: value.littleEndian) { append(UnsafeRawBufferPointer(rebasing: $0.prefix(bytes))) }
    }

    /// Appends a copy of its own bytes at `range`.
    func repeatBytes(_ range: Range<Int>) {
        reserve(range.count)  // first, because it may move the contents
        append(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
}
