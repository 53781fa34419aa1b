// Parses and prints numbers with Python's grammar and rounding: int(), float(), repr() and round(). Swift's and C's
// parsers accept more ("0x1p3", "1e5 ") and less ("1_000").
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum JinjaNumbers {
    enum Failure: Error {
        /// Not a number: Python's ValueError.
        case invalid
        /// An integer of more than 64 bits, which this interpreter does not support.
        case tooLarge
    }

    /// int(text, base).
    static func whole(_ text: JinjaText, base: Int) throws(Failure) -> Int {
        guard base == 0 || (2...36).contains(base) else { throw .invalid }
        var rest = text.strip(nil).points.map(\.scalar)[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        let prefixes: [(letters: String, base: Int)] = [("xX", 16), ("oO", 8), ("bB", 2)]
        var (radix, hasPrefix) = (base == 0 ? 10 : base, false)
        if rest.first == "0", rest.count > 2 {
            let letter = rest[rest.startIndex + 1]
            for prefix in prefixes where prefix.letters.unicodeScalars.contains(letter) {
                guard base == 0 || base == prefix.base else { continue }
                (radix, hasPrefix) = (prefix.base, true)
                rest = rest.dropFirst(2)
                if rest.first == "_" { rest.removeFirst() }
            }
        }
        guard let first = rest.first, first != "_", rest.last != "_" else { throw .invalid }
        var (value, isLarge, isUnderscore, isZero) = (0, false, false, true)
        for scalar in rest {
            if scalar == "_" {
                guard !isUnderscore else { throw .invalid }
                isUnderscore = true
                continue
            }
            isUnderscore = false
            guard let digit = digit(scalar), digit < radix else { throw .invalid }
            isZero = isZero && digit == 0
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            let (sum, carry) = product.addingReportingOverflow(isNegative ? -digit : digit)
            isLarge = isLarge || overflow || carry
            value = sum
        }
        // With base 0 the grammar is that of source code, where only 0 itself may begin with 0.
        if base == 0, !hasPrefix, first == "0", !isZero { throw .invalid }
        if isLarge { throw .tooLarge }
        return value
    }

    private static func digit(_ scalar: Unicode.Scalar) -> Int? {
        switch scalar {
        case "a"..."z": Int(scalar.value - 0x61) + 10
        case "A"..."Z": Int(scalar.value - 0x41) + 10
        default: PythonText.decimal(scalar)
        }
    }

    /// float(text).
    static func real(_ text: JinjaText) -> Double? {
        var digits = ""
        let scalars = text.strip(nil).points.map(\.scalar)
        for (index, scalar) in scalars.enumerated() {
            if scalar == "_" {
                func isDigit(_ at: Int) -> Bool {
                    scalars.indices.contains(at) && PythonText.decimal(scalars[at]) != nil
                }
                guard isDigit(index - 1), isDigit(index + 1) else { return nil }
                continue
            }
            if let value = PythonText.decimal(scalar) {
                digits += "\(value)"
            } else {
                digits.unicodeScalars.append(scalar)
            }
        }
        let words: Set<[UInt8]> = [Array("inf".utf8), Array("infinity".utf8), Array("nan".utf8)]
        let hasSign = digits.utf8.first.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") } == true
        let unsigned = Array(digits.utf8.dropFirst(hasSign ? 1 : 0))
        // ASCII letters differ in one bit.
        guard words.contains(unsigned.map { $0 | 0x20 }) || isReal(unsigned) else { return nil }
        return strtod(digits, nil)
    }

    /// digits [. digits] [e [sign] digits], with digits on one side of the point.
    private static func isReal(_ text: [UInt8]) -> Bool {
        var at = 0
        func digits() -> Int {
            let start = at
            while at < text.count, (0x30...0x39).contains(text[at]) { at += 1 }
            return at - start
        }
        func skip(_ characters: String) -> Bool {
            guard at < text.count, characters.utf8.contains(text[at]) else { return false }
            at += 1
            return true
        }
        var count = digits()
        if skip(".") { count += digits() }
        guard count > 0 else { return false }
        if skip("eE") {
            _ = skip("+-")
            guard digits() > 0 else { return false }
        }
        return at == text.count
    }

    /// round(value, digits) of a float: exact, ties to even.
    static func rounded(_ value: Double, digits: Int) -> Double {
        guard value.isFinite, value != 0, digits < 323 else { return value }
        if digits >= 0 { return strtod(String(format: "%.\(digits)f", value), nil) }
        guard digits > -309 else { return 0 * value }
        // Left of the point: the exact decimal digits, truncated and rounded by hand.
        let exact = Array(String(format: "%.1074f", value.magnitude).utf8)
        let point = exact.firstIndex(of: UInt8(ascii: "."))!
        let kept = point + digits
        guard kept >= 0 else { return 0 * value }
        let rest = exact[kept...].filter { $0 != UInt8(ascii: ".") }
        let half = [UInt8(ascii: "5")] + Array(repeating: UInt8(ascii: "0"), count: rest.count - 1)
        let isOdd = kept > 0 && exact[kept - 1] % 2 == 1
        let roundsUp = half.lexicographicallyPrecedes(rest) || rest == half && isOdd
        var head = strtod(String(decoding: exact[..<kept], as: UTF8.self), nil)
        if roundsUp { head += 1 }
        let magnitude = strtod("\(String(format: "%.0f", head))e\(-digits)", nil)
        return value < 0 ? -magnitude : magnitude
    }

    /// round(value, digits) of an int; nil beyond 64 bits.
    static func rounded(_ value: Int, digits: Int) -> Int? {
        guard digits < 0 else { return value }
        guard digits > -19 else { return digits == -19 && value.magnitude > 5_000_000_000_000_000_000 ? nil : 0 }
        let unit = (0..<(-digits)).reduce(1) { power, _ in power * 10 }
        let rest = value % unit
        let (down, magnitude) = (value - rest, rest.magnitude)
        let isUp = magnitude > UInt(unit / 2) || magnitude == UInt(unit / 2) && (down / unit) % 2 != 0
        guard isUp, unit > 1 else { return down }
        let (result, overflow) = down.addingReportingOverflow(value < 0 ? -unit : unit)
        return overflow ? nil : result
    }

    /// repr(float): the shortest digits that parse to the same number; with an exponent below 1e-4 and from 1e16 on.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        guard value != 0 else { return value.sign == .minus ? "-0.0" : "0.0" }
        // Swift's description has the same digits but places point and exponent differently.
        let parts = "\(value.magnitude)".split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
        var digits = String(mantissa[0]) + fraction
        var point = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)  // digits before the point
        while digits.hasPrefix("0"), digits.count > 1 {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
        let sign = value < 0 ? "-" : ""
        if point <= -4 || point > 16 {
            let exponent = point - 1
            let magnitude = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            let rest = digits.count > 1 ? "." + digits.dropFirst() : ""
            return "\(sign)\(digits.prefix(1))\(rest)e\(exponent < 0 ? "-" : "+")\(magnitude)"
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if digits.count <= point { return sign + digits + String(repeating: "0", count: point - digits.count) + ".0" }
        return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
    }
}
