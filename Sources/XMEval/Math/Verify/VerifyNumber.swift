// Numbers and sums of numbers in plain text, outside of LaTeX: `16`, `$3.50`, `1,234`, `50%`, `3/4`, as math_verify
// finds them: behind white space or an equals sign.
// SPDX-License-Identifier: Apache-2.0

struct VerifyNumber {
    enum Kind {
        case number(integer: Scalars, decimals: Scalars, isPercent: Bool)
        case arithmetic(Scalars)
    }

    var kind: Kind
    var end: Int

    private static let currencies = Scalars("$€£¥₹₽₪₩₫฿₡₢₣₤₥₦₧₨₭₮₯₰₱₲₳₴₵₶₷₸₺₻₼₾₿")

    private static let stops = Scalars(".,:)$")
    private static let maximumArithmetic = 200

    /// What may be read from here on, the preferred reading first.
    static func readings(
        in text: Scalars, at start: Int, arithmetic: Bool = true, numbers: Bool = true
    )
        -> [VerifyNumber]
    {
        guard start == 0 || start < text.count && (text[start].isPythonSpace || text[start] == "=") else { return [] }
        var index = start
        // At the beginning of the text nothing need stand in front.
        var places: [Int] = start == 0 ? [0] : []
        if index < text.count, text[index].isPythonSpace || text[index] == "=" {
            index += 1
            places = [index] + places
        }
        var result: [VerifyNumber] = []
        for place in places {
            let stars = text.matches("**", at: place) ? place + 2 : place
            if arithmetic { result += arithmeticReadings(in: text, at: stars) }
            guard numbers else { continue }
            let sign = stars < text.count && currencies.contains(text[stars]) ? stars + 1 : stars
            if let number = number(in: text, at: sign) { result.append(number) }
        }
        return result
    }

    private static func isOperator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "+", "-", "*", "×", "/", "^", "(", ")", "÷": true
        default: false
        }
    }

    private static func arithmeticReadings(in text: Scalars, at start: Int) -> [VerifyNumber] {
        var first = start
        for sign in ["-", "(", "-"] as [Unicode.Scalar] where first < text.count && text[first] == sign { first += 1 }
        guard first < text.count, text[first].isASCIIDigit else { return [] }
        let isOperator = { (scalar: Unicode.Scalar) in Scalars("+-*×/^()÷").contains(scalar) }
        let run = text[first...].prefix(300).prefix {
            isOperator($0) || $0.isASCIIDigit || $0 == "." || $0.isPythonSpace
        }
        guard let operation = run.dropFirst().firstIndex(where: isOperator), operation + 1 < run.endIndex else {
            return []
        }
        // An end needs a stop behind it, with stars in between or not. The longest is preferred.
        func isEnd(_ end: Int) -> Bool {
            let stop = text.matches("**", at: end) ? [end + 2, end] : [end]
            return stop.contains { $0 >= text.count || stops.contains(text[$0]) || text[$0].isPythonSpace }
        }
        let ends = ((operation + 2)...run.endIndex).reversed().filter(isEnd)
        return ends.prefix(1).map { end in
            // The stop is part of the match.
            VerifyNumber(kind: .arithmetic(Scalars(text[start..<end])), end: min(text.count, end + 1))
        }
    }

    private static func number(in text: Scalars, at start: Int) -> VerifyNumber? {
        guard start < text.count, start == 0 || !text[start - 1].isASCIIDigit else { return nil }
        let sign = text[start] == "-" ? start + 1 : start
        let digits = text[sign...].prefix(while: \.isASCIIDigit)
        var end = digits.endIndex
        var decimals: Range<Int>?
        func decimalsEnd(_ point: Int, _ points: Scalars) -> Int? {
            guard point < text.count, points.contains(text[point]) else { return nil }
            let run = text[(point + 1)...].prefix(while: \.isASCIIDigit)
            return run.isEmpty ? nil : run.endIndex
        }
        if digits.isEmpty {
            guard sign == start, let last = decimalsEnd(start, ["."]) else { return nil }
            (decimals, end) = (start..<last, last)
        } else if let groups = groupsEnd(in: text, digits: digits) {
            end = groups
            if let last = decimalsEnd(end, ["."]) { (decimals, end) = (end..<last, last) }
        } else if let last = decimalsEnd(end, [".", ","]) {
            (decimals, end) = (end..<last, last)
        }
        let integer = Scalars(text[start..<(decimals?.lowerBound ?? end)])
        let percentAt = text[end...].firstIndex { !$0.isPythonSpace } ?? text.count
        let percent = ["%", "percent", "Percent", "pct", "Pct"].first { text.matches($0, at: percentAt) }
        if let percent { end = percentAt + percent.unicodeScalars.count }
        return VerifyNumber(
            kind: .number(
                integer: integer, decimals: decimals.map { Scalars(text[$0]) } ?? [], isPercent: percent != nil),
            end: end)
    }

    /// Groups of three digits behind a comma or space, after at most three digits of which the first is no zero.
    private static func groupsEnd(in text: Scalars, digits: ArraySlice<Unicode.Scalar>) -> Int? {
        guard digits.count <= 3, digits.first != "0" else { return nil }
        var end = digits.endIndex
        while end + 3 < text.count, [" ", ","].contains(text[end]),
            text[(end + 1)...(end + 3)].allSatisfy(\.isASCIIDigit)
        {
            end += 4
        }
        return end > digits.endIndex ? end : nil
    }
}
