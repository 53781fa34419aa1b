// Parquet's encodings beside plain and dictionary pages, each turned into the plain one, so that there is one way to
// take values from a page. Formats: apache/parquet-format, Encodings.md. Every count is checked before memory is taken.
// SPDX-License-Identifier: Apache-2.0

struct ParquetEncodings {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0

    /// Values of one page; writers put a hundred thousand into one at most.
    private static let maximumValues = 1 << 25

    /// Writes the values of `bytes` plainly into `output`. `width`: bytes of a value, nil for byte arrays.
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

    /// A head, then blocks of miniblocks, whose values are differences above the block's least one.
    private mutating func integers() throws(ParquetPageError) -> [Int64] {
        let blockSize = try varint()
        let miniblocks = try varint()
        let count = try varint()
        var value = try zigzag()
        guard blockSize > 0, miniblocks > 0, blockSize % miniblocks == 0, (blockSize / miniblocks) % 8 == 0,
            blockSize / 8 <= Int(UInt32.max), count <= Self.maximumValues
        else { throw .damaged("DELTA_BINARY_PACKED values with an impossible head") }
        let perMiniblock = blockSize / miniblocks
        var values: [Int64] = []
        values.reserveCapacity(count)
        if count > 0 { values.append(value) }
        while values.count < count {
            let least = try zigzag()
            guard miniblocks <= bytes.count - place else { throw Self.cut }
            let widths = bytes[place..<place + miniblocks]
            place += miniblocks
            for width in widths where values.count < count {
                let wanted = min(perMiniblock, count - values.count)
                // The last miniblock may be cut off behind its last value.
                guard width <= 64, (wanted * Int(width) + 7) / 8 <= bytes.count - place else { throw Self.cut }
                var bit = 8 * place
                for _ in 0..<wanted {
                    value = value &+ least &+ Int64(bitPattern: bits(Int(width), at: bit))
                    values.append(value)
                    bit += Int(width)
                }
                place = min(bytes.count, place + perMiniblock / 8 * Int(width))
            }
        }
        return values
    }

    /// `width` bits from bit `start` on, lowest first.
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

    /// Lengths, then the bytes of all values; before both, how much each value shares with the one before it.
    private mutating func byteArrays(
        sharesPrefixes: Bool, isFixed: Bool = false, _ output: ScratchBytes
    ) throws(ParquetPageError) {
        let prefixes = sharesPrefixes ? try integers() : []
        let lengths = try integers()
        guard !sharesPrefixes || prefixes.count == lengths.count else {
            throw .damaged("as many prefixes as values are wanted")
        }
        var last = 0..<0  // of `output`
        for (index, length) in lengths.enumerated() {
            let prefix = sharesPrefixes ? prefixes[index] : 0
            guard length >= 0, length <= Int64(bytes.count - place), prefix >= 0, prefix <= Int64(last.count) else {
                throw .damaged("a value reaches beyond its page")
            }
            let size = Int(prefix) + Int(length)
            guard output.count + size <= ParquetColumn.maximumPageBytes else {
                throw .unsupported("a page of more than \(ParquetColumn.maximumPageBytes) bytes of values")
            }
            if !isFixed { output.append(Int64(size), bytes: 4) }
            let start = output.count
            output.repeatBytes(last.prefix(Int(prefix)))
            output.append(UnsafeRawBufferPointer(rebasing: bytes[place..<place + Int(length)]))
            place += Int(length)
            last = start..<output.count
        }
    }

    // MARK: - BYTE_STREAM_SPLIT

    /// The first bytes of all values, then the second bytes, and so on.
    private func splitStreams(_ width: Int, _ output: ScratchBytes) {
        let count = bytes.count / width
        for value in 0..<count {
            for stream in 0..<width { output.append(bytes[stream * count + value]) }
        }
    }

    // MARK: - Parts

    private static let cut = ParquetPageError.damaged("DELTA_BINARY_PACKED values end too early")

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
            guard place < bytes.count else { throw Self.cut }
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw Self.cut
    }
}

extension ScratchBytes {
    /// The lowest `bytes` bytes of a number, little-endian.
    func append(_ value: Int64, bytes: Int) {
        withUnsafeBytes(of: value.littleEndian) { append(UnsafeRawBufferPointer(rebasing: $0.prefix(bytes))) }
    }

    /// Appends what it holds at `range` once more.
    func repeatBytes(_ range: Range<Int>) {
        reserve(range.count)  // first, for it may move what is there
        append(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
}
