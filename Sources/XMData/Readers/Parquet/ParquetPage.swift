// Page headers and compression codecs. Sizes are checked before memory is allocated.
// SPDX-License-Identifier: Apache-2.0

import CXMCompression

struct ParquetPageHeader {
    enum Kind: Int {
        case data, index, dictionary, dataV2
    }

    var kind = Kind.index
    var uncompressedSize = 0
    var compressedSize = 0
    var crc: UInt32?
    var values = 0
    var encoding = 0
    /// Encodings of the levels in version 1 pages.
    var definitionEncoding = 3
    var repetitionEncoding = 3
    /// Version 2 pages: sizes in bytes of the levels, which precede the values uncompressed.
    var definitionBytes = 0
    var repetitionBytes = 0
    var isCompressed = true
    /// Size of the header itself in bytes.
    var length = 0

    init(_ bytes: UnsafeRawBufferPointer) throws(ThriftError) {
        var reader = ThriftReader(bytes)
        var header = Self()
        var kindNumber = -1
        try reader.structure { reader, number, kind throws(ThriftError) in
            switch (number, kind) {
            case (1, .int32): kindNumber = try reader.integer()
            case (2, .int32): header.uncompressedSize = try reader.integer()
            case (3, .int32): header.compressedSize = try reader.integer()
            case (4, .int32): header.crc = UInt32(truncatingIfNeeded: try reader.integer())
            case (5, .structure), (7, .structure):  // data_page_header, dictionary_page_header
                try reader.structure { reader, number, kind throws(ThriftError) in
                    switch (number, kind) {
                    case (1, .int32): header.values = try reader.integer()
                    case (2, .int32): header.encoding = try reader.integer()
                    case (3, .int32): header.definitionEncoding = try reader.integer()
                    case (4, .int32): header.repetitionEncoding = try reader.integer()
                    default: try reader.skip(kind)
                    }
                }
            case (8, .structure):  // data_page_header_v2
                try reader.structure { reader, number, kind throws(ThriftError) in
                    switch (number, kind) {
                    case (1, .int32): header.values = try reader.integer()
                    case (4, .int32): header.encoding = try reader.integer()
                    case (5, .int32): header.definitionBytes = try reader.integer()
                    case (6, .int32): header.repetitionBytes = try reader.integer()
                    case (7, .isFalse): header.isCompressed = false
                    default: try reader.skip(kind)
                    }
                }
            default: try reader.skip(kind)
            }
        }
        guard let kind = Kind(rawValue: kindNumber) else { throw .malformed("unknown page type \(kindNumber)") }
        let sizes = [
            header.uncompressedSize, header.compressedSize, header.values, header.definitionBytes,
            header.repetitionBytes,
        ]
        guard sizes.allSatisfy({ 0...Int(Int32.max) ~= $0 }) else { throw .malformed("a size out of bounds") }
        header.kind = kind
        header.length = reader.position
        self = header
    }

    private init() {}
}

/// Why a page cannot be used.
enum ParquetPageError: Error {
    case damaged(String)
    case unsupported(String)
}

enum ParquetCodec: Int {
    case none = 0
    case snappy = 1
    case gzip = 2
    case zstd = 6

    /// Decompresses `input`, whose contents must fill `output` exactly.
    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ParquetPageError) {
        switch self {
        case .none:
            guard input.count == output.count else { throw .damaged("a page whose size differs from its header's") }
            output.copyMemory(from: input)
        case .snappy:
            guard Snappy.decode(input, into: output) else { throw .damaged("corrupt snappy data") }
        case .gzip, .zstd:
            guard let decoder = xm_decoder_create(self == .gzip ? XM_COMPRESSION_GZIP : XM_COMPRESSION_ZSTD) else {
                throw .damaged("out of memory for decompression")
            }
            defer { xm_decoder_free(decoder) }
            var (taken, filled) = (0, 0)
            while true {
                var consumed = 0
                var produced = 0
                var reason: UnsafePointer<CChar>?
                let result = xm_decoder_run(
                    decoder, input.baseAddress.map { $0 + taken }, input.count - taken, &consumed,
                    output.baseAddress.map { $0 + filled }, output.count - filled, &produced, &reason)
                taken += consumed
                filled += produced
                if result == XM_DECODE_ENDED && filled == output.count { return }
                guard result != XM_DECODE_FAILED, consumed + produced > 0 else {
                    throw .damaged("corrupt \(self) data")
                }
            }
        }
    }
}

/// Names of the enumerations in parquet.thrift, for error messages.
enum ParquetNames {
    static func encoding(_ number: Int) -> String {
        name(
            [
                0: "PLAIN", 2: "PLAIN_DICTIONARY", 3: "RLE", 4: "BIT_PACKED", 5: "DELTA_BINARY_PACKED",
                6: "DELTA_LENGTH_BYTE_ARRAY", 7: "DELTA_BYTE_ARRAY", 8: "RLE_DICTIONARY", 9: "BYTE_STREAM_SPLIT",
            ], number)
    }

    static func codec(_ number: Int) -> String {
        name([3: "LZO", 4: "BROTLI", 5: "LZ4", 7: "LZ4_RAW"], number)
    }

    private static func name(_ names: [Int: String], _ number: Int) -> String { names[number] ?? "number \(number)" }
}
