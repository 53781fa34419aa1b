// Decoder of the raw Snappy format (google/snappy, format_description.txt): a length, then literals and copies.
// SPDX-License-Identifier: Apache-2.0

enum Snappy {
    /// Decodes `input` into `output`, whose size must be the decoded length. Returns false if the data is corrupt.
    static func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
        var from = 0
        guard length(input, &from) == output.count else { return false }
        var to = 0
        while from < input.count {
            let tag = Int(input[from])
            from += 1
            var count: Int
            var distance = 0
            switch tag & 3 {
            case 0:  // literal; lengths above 60 follow in 1 to 4 bytes
                count = tag >> 2
                if count >= 60 {
                    let bytes = count - 59
                    guard bytes <= input.count - from else { return false }
                    count = little(input, from, bytes)
                    from += bytes
                }
                count += 1
                guard count <= input.count - from, count <= output.count - to else { return false }
                (output.baseAddress! + to).copyMemory(from: input.baseAddress! + from, byteCount: count)
                from += count
                to += count
                continue
            case 1:  // copy of 4 to 11 bytes from up to 2047 bytes back
                guard from < input.count else { return false }
                count = (tag >> 2 & 7) + 4
                distance = (tag >> 5) << 8 | Int(input[from])
                from += 1
            case 2:
                guard input.count - from >= 2 else { return false }
                count = (tag >> 2) + 1
                distance = little(input, from, 2)
                from += 2
            default:
                guard input.count - from >= 4 else { return false }
                count = (tag >> 2) + 1
                distance = little(input, from, 4)
                from += 4
            }
            guard distance > 0, distance <= to, count <= output.count - to else { return false }
            let target = output.baseAddress! + to
            if distance >= 8 && count + 8 <= output.count - to {
                // Eight bytes at a time, past the end of the copy but not of the output; later output overwrites them.
                for offset in stride(from: 0, to: count, by: 8) {
                    let word = (target - distance + offset).loadUnaligned(as: UInt64.self)
                    (target + offset).storeBytes(of: word, as: UInt64.self)
                }
            } else if distance >= count {
                target.copyMemory(from: target - distance, byteCount: count)
            } else {
                // The copy overlaps its own output: a repeated pattern.
                for index in 0..<count { output[to + index] = output[to + index - distance] }
            }
            to += count
        }
        return to == output.count
    }

    /// The decoded length at the start, as a varint.
    private static func length(_ input: UnsafeRawBufferPointer, _ from: inout Int) -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            guard from < input.count else { return nil }
            let byte = Int(input[from])
            from += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private static func little(_ input: UnsafeRawBufferPointer, _ at: Int, _ bytes: Int) -> Int {
        var value = 0
        for index in 0..<bytes { value |= Int(input[at + index]) << (8 * index) }
        return value
    }
}
