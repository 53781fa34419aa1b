// Decoder of Parquet's RLE/bit-packing hybrid, used for levels, dictionary indices and booleans.
// SPDX-License-Identifier: Apache-2.0

struct RunLengthDecoder {
    private let bytes: UnsafeRawBufferPointer
    private let width: Int
    private var position = 0
    /// Values left in the current run, and its value; or values left in the current bit-packed group, and the offset of
    /// its next bit.
    private var repeats = 0
    private var value = 0
    private var packed = 0
    private var bit = 0

    /// `width`: bits per value, 0 to 32.
    init(_ bytes: UnsafeRawBufferPointer, width: Int) { (self.bytes, self.width) = (bytes, width) }

    /// A plain sequence of bits without run headers: PLAIN booleans.
    init(bits: UnsafeRawBufferPointer) {
        self.init(bits, width: 1)
        packed = 8 * bits.count
    }

    /// The next value; nil when the bytes end.
    mutating func next() -> Int? {
        if repeats == 0 && packed == 0 {
            // Empty runs are legal, and a corrupt file may contain many.
            repeat { guard head() else { return nil } } while repeats == 0 && packed == 0
        }
        if repeats > 0 {
            repeats -= 1
            return value
        }
        packed -= 1
        var result = 0
        var taken = 0
        while taken < width {
            guard bit >> 3 < bytes.count else { return nil }
            let here = min(width - taken, 8 - bit & 7)
            result |= (Int(bytes[bit >> 3]) >> (bit & 7) & (1 << here - 1)) << taken
            taken += here
            bit += here
        }
        if packed == 0 { position = (bit + 7) >> 3 }
        return result
    }

    /// Reads the header of the next run or group.
    private mutating func head() -> Bool {
        var header = 0
        var shift = 0
        while true {
            guard position < bytes.count, shift < 35 else { return false }
            let byte = Int(bytes[position])
            position += 1
            header |= (byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        if header & 1 == 1 {
            packed = (header >> 1) * 8
            bit = position * 8
        } else {
            repeats = header >> 1
            let count = (width + 7) / 8
            guard count <= bytes.count - position else { return false }
            value = (0..<count).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
            position += count
        }
        return true
    }
}
