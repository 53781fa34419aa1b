// Python's two kinds of string formatting: `'%s' % value` and `'{}'.format(value)`. Unsupported features of a pattern
// are errors that name them.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum JinjaFormat {
    /// Fields `{}`, `{0}` and `{name}`; widths, precisions and conversions are not supported.
    static func braces(
        _ pattern: JinjaText, _ arguments: JinjaBoundArguments, _ evaluator: JinjaEvaluator
    ) throws -> JinjaText {
        var result = JinjaText("")
        var rest = pattern.points[...]
        var (next, isNumbered) = (0, false)
        while let point = rest.popFirst() {
            let scalar = point.scalar
            guard scalar == "{" || scalar == "}" else {
                result.points.append(point)
                continue
            }
            if rest.first?.value == scalar.value {
                result.points.append(rest.removeFirst())
                continue
            }
            guard scalar == "{", let end = rest.firstIndex(where: { $0.value == 0x7D }) else {
                throw arguments.failed("found a single '\(scalar)'")
            }
            let field = JinjaText(rest[..<end])
            rest = rest[(end + 1)...]
            let value: JinjaValue?
            if field.isEmpty || field.holds("isdecimal") {
                guard next == 0 || field.isEmpty != isNumbered else {
                    throw arguments.failed("mixes '{}' with numbered fields")
                }
                isNumbered = !field.isEmpty
                let place = field.isEmpty ? next : (try? JinjaNumbers.whole(field, base: 10)) ?? .max
                next += 1
                value = arguments.more.indices.contains(place) ? arguments.more[place] : nil
            } else {
                guard !field.points.contains(where: { "!:.[{".unicodeScalars.contains($0.scalar) }) else {
                    throw arguments.failed("with the field '{\(field.string)}' is not supported")
                }
                value = arguments.named.first { JinjaText($0.name) == field }?.value
            }
            guard let value else { throw arguments.failed("has no value for the field '{\(field.string)}'") }
            result.append(try evaluator.text(of: value))
            try evaluator.checkSize(result.count)
        }
        return result
    }

    /// `pattern % values`: %s, %r, %d, %i, %u, %x, %X, %o, %f, %F, %e, %E, %g, %G, %c and %%, with flags, width,
    /// precision and, of a mapping, (key).
    static func percent(
        _ pattern: JinjaText, _ values: JinjaValue, _ evaluator: JinjaEvaluator
    ) throws -> JinjaText {
        guard !pattern.isMarkup else { throw evaluator.failed("'%' of a text that is marked safe is not supported") }
        var tuple: [JinjaValue]?
        if case .list(let list) = values, list.isTuple { tuple = list.items }
        var used = 0
        var result = JinjaText("")
        var rest = pattern.points[...]
        func failed(_ reason: String) -> JinjaError { evaluator.failed("'%' of a string \(reason)") }
        func next() throws -> JinjaValue {
            let all = tuple ?? [values]
            guard used < all.count else { throw failed("has too few values") }
            defer { used += 1 }
            return all[used]
        }
        while let point = rest.popFirst() {
            guard point.value == 0x25 else {
                result.points.append(point)
                continue
            }
            var value: JinjaValue?
            if rest.first?.value == 0x28 {
                guard case .dict(let dict) = values, let end = rest.firstIndex(where: { $0.value == 0x29 }) else {
                    throw failed("takes a mapping for '%(name)'")
                }
                let key = JinjaText(rest[(rest.startIndex + 1)..<end])
                guard let found = dict[.string(key)] else { throw failed("has no value for '\(key.string)'") }
                value = found
                used = 1
                rest = rest[(end + 1)...]
            }
            let flags = rest.prefix { "#0- +".unicodeScalars.contains($0.scalar) }.map(\.scalar)
            rest = rest.dropFirst(flags.count)
            func number() throws -> Int? {
                if rest.first?.value == 0x2A { throw failed("with the width '*' is not supported") }
                let digits = rest.prefix { "0"..."9" ~= $0.scalar }
                rest = rest.dropFirst(digits.count)
                guard !digits.isEmpty else { return nil }
                guard let count = Int(JinjaText(digits).string), count <= 1000 else { throw failed("is too wide") }
                return count
            }
            let width = try number() ?? 0
            var precision: Int?
            if rest.first?.value == 0x2E {
                rest.removeFirst()
                precision = try number() ?? 0
            }
            guard let kind = rest.popFirst()?.scalar else { throw failed("ends inside a field") }
            if kind == "%" {
                result.append("%")
                continue
            }
            guard "srdiuxXofFeEgGc".unicodeScalars.contains(kind) else {
                throw failed("with '%\(kind)' is not supported")
            }
            let item = try value ?? next()
            let text = try field(kind, item, flags, precision, evaluator)
            let isLeft = flags.contains("-")
            if flags.contains("0"), !isLeft, !"src".unicodeScalars.contains(kind) {
                let sign = text.points.prefix { "+- ".unicodeScalars.contains($0.scalar) }
                let digits = JinjaText(text.points.dropFirst(sign.count))
                result.points += sign
                result.append(
                    digits.padded(to: width - sign.count, with: JinjaPoint("0"), left: true, right: false))
            } else {
                result.append(text.padded(to: width, left: !isLeft, right: isLeft))
            }
            try evaluator.checkSize(result.count)
        }
        if case .dict = values { return result }
        guard used >= (tuple?.count ?? 1) else { throw failed("has values that the pattern does not use") }
        return result
    }

    /// One formatted value, before padding.
    private static func field(
        _ kind: Unicode.Scalar, _ value: JinjaValue, _ flags: [Unicode.Scalar], _ precision: Int?,
        _ evaluator: JinjaEvaluator
    ) throws -> JinjaText {
        func wrong() -> JinjaError {
            evaluator.failed("'%\(kind)' of a value of type \(value.typeName)")
        }
        func signed(_ text: String, _ isNegative: Bool) -> JinjaText {
            JinjaText((isNegative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "") + text)
        }
        func cut(_ text: JinjaText) -> JinjaText { precision.map { JinjaText(text.points.prefix($0)) } ?? text }
        switch kind {
        case "s": return cut(JinjaText(try evaluator.text(of: value).points))
        case "r": return cut(value.pythonRepresentation)
        case "c":
            if let text = value.text, text.count == 1 { return text }
            guard let number = value.integer, let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) else {
                throw wrong()
            }
            return JinjaText([JinjaPoint(scalar)])
        case "d", "i", "u", "x", "X", "o":
            let isDecimal = "diu".unicodeScalars.contains(kind)
            let whole =
                value.integer ?? (isDecimal ? value.number.flatMap { Int(exactly: $0.rounded(.towardZero)) } : nil)
            guard let whole, !flags.contains("#") else { throw wrong() }
            let radix = isDecimal ? 10 : kind == "o" ? 8 : 16
            let digits = String(whole.magnitude, radix: radix, uppercase: kind == "X")
            let zeros = String(repeating: "0", count: max(0, (precision ?? 0) - digits.utf8.count))
            return signed(zeros + digits, whole < 0)
        default:
            guard let number = value.number, number.isFinite, !flags.contains("#") else { throw wrong() }
            let digits = String(format: "%.\(precision ?? 6)\(kind)", number.magnitude)
            return signed(digits, number.sign == .minus)
        }
    }
}
