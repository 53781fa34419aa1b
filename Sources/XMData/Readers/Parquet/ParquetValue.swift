// Converts one value of a Parquet column to JSON: numbers in their shortest decimal form, dates and times in ISO 8601,
// decimals with their point. Next: ParquetSchema.swift, the source of a column's logical type.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

enum ParquetValue {
    /// The value as JSON; nil for types without a JSON form.
    static func json(_ bytes: UnsafeRawBufferPointer, _ leaf: ParquetSchema.Leaf) -> JSONValue? {
        switch (leaf.type, leaf.meaning) {
        case (0, _): .bool(bytes.first == 1)
        case (1, .unsigned): .number("\(UInt32(truncatingIfNeeded: integer(bytes)))")
        case (2, .unsigned): .number("\(UInt64(bitPattern: Int64(integer(bytes))))")
        case (1, .date): .string(date(integer(bytes)))
        case (2, .timestamp(let unitsPerSecond)): .string(timestamp(integer(bytes), unitsPerSecond))
        case (1...2, .decimal(let scale)): .number(decimal(Int128(integer(bytes)), scale))
        case (1...2, _): .number("\(integer(bytes))")
        case (3, _): .string(julian(bytes))
        case (4, _): .number("\(Float(bitPattern: UInt32(truncatingIfNeeded: integer(bytes))))")
        case (5, _): .number("\(Double(bitPattern: UInt64(bitPattern: Int64(integer(bytes)))))")
        case (6...7, .decimal(let scale)): bigEndian(bytes).map { .number(decimal($0, scale)) }
        case (7, .uuid): .string(uuid(bytes))
        case (7, .float16), (7, .interval): nil
        default: .string(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The error for a type without a JSON form.
    static func unsupported(_ leaf: ParquetSchema.Leaf, path: String) -> ReaderError {
        let type =
            switch leaf.meaning {
            case .float16: "FLOAT16"
            case .interval: "INTERVAL"
            case .decimal: "DECIMAL of more than 38 digits"
            default: "number \(leaf.type)"
            }
        return .unsupported(
            path: path, what: "the column '\(leaf.name)' of type \(type)",
            advice: "write the file without the column, or with the column as text")
    }

    // MARK: - Conversions

    private static func integer(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.count == 4
            ? Int(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))
            : Int(Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
    }

    /// Big-endian two's complement; nil beyond 128 bits.
    private static func bigEndian(_ bytes: UnsafeRawBufferPointer) -> Int128? {
        guard let first = bytes.first, bytes.count <= 16 else { return bytes.isEmpty ? 0 : nil }
        return bytes.reduce(first >= 0x80 ? -1 : 0) { $0 << 8 | Int128($1) }
    }

    /// The unscaled value with a decimal point: 1234 at scale 2 is 12.34.
    private static func decimal(_ unscaled: Int128, _ scale: Int) -> String {
        guard 1...76 ~= scale else { return "\(unscaled)" }
        let digits = "\(unscaled.magnitude)"
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        return (unscaled < 0 ? "-" : "") + padded.dropLast(scale) + "." + padded.suffix(scale)
    }

    /// Days since 1970-01-01 as a Gregorian date. Years are counted from March, so that a leap day is a year's last
    /// day.
    private static func date(_ days: Int) -> String {
        let shifted = days + 719_468  // since 0000-03-01
        let (era, dayOfEra) = floored(shifted, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let year = era * 400 + yearOfEra + (month < 10 ? 0 : 1)
        return padded(year, 4) + "-" + padded(month < 10 ? month + 3 : month - 9, 2) + "-" + padded(day, 2)
    }

    /// "2024-01-31T12:30:00", with six or nine fractional digits if the fraction is not zero, as Python prints it.
    private static func timestamp(_ units: Int, _ unitsPerSecond: Int) -> String {
        let (seconds, fraction) = floored(units, by: unitsPerSecond)
        let (days, second) = floored(seconds, by: 86_400)
        let time = padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2)
        let nanoseconds = fraction * (1_000_000_000 / unitsPerSecond)
        let digits = nanoseconds % 1000 == 0 ? padded(nanoseconds / 1000, 6) : padded(nanoseconds, 9)
        return date(days) + "T" + time + (fraction == 0 ? "" : "." + digits)
    }

    /// INT96, the timestamp of old writers: nanoseconds within the day, then the Julian day number.
    private static func julian(_ bytes: UnsafeRawBufferPointer) -> String {
        let nanoseconds = Int64(littleEndian: bytes.loadUnaligned(as: Int64.self))
        let day = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self))
        let (days, rest) = floored(Int(nanoseconds), by: 86_400_000_000_000)
        let time = timestamp(rest, 1_000_000_000).split(separator: "T")[1]
        return date(Int(day) - 2_440_588 + days) + "T" + time
    }

    private static func uuid(_ bytes: UnsafeRawBufferPointer) -> String {
        bytes.enumerated().map { index, byte in
            ([4, 6, 8, 10].contains(index) ? "-" : "") + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private static func floored(_ value: Int, by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = "\(abs(value))"
        return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
