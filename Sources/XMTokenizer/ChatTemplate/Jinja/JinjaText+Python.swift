// The methods of Python's strings that split, search and test, by code points; case conversion is in the +Case file.
// Code points keep their provenance.
// SPDX-License-Identifier: Apache-2.0

extension JinjaText {
    /// The first index of `part` within `range`; an empty part is found at its start.
    func find(_ part: JinjaText, in range: Range<Int>? = nil) -> Int? {
        let range = range ?? 0..<count
        guard let first = part.points.first?.value else { return range.lowerBound }
        var at = range.lowerBound
        while at + part.count <= range.upperBound {
            if points[at].value == first, hasPart(part, at: at) { return at }
            at += 1
        }
        return nil
    }

    /// The last index of `part`.
    func findLast(_ part: JinjaText, in range: Range<Int>? = nil) -> Int? {
        let range = range ?? 0..<count
        var at = range.upperBound - part.count
        while at >= range.lowerBound {
            if hasPart(part, at: at) { return at }
            at -= 1
        }
        return nil
    }

    /// Whether `part` occurs at an index; the rest of the text must be long enough.
    func hasPart(_ part: JinjaText, at place: Int) -> Bool {
        var at = place
        for point in part.points {
            if points[at].value != point.value { return false }
            at += 1
        }
        return true
    }

    func contains(_ part: JinjaText) -> Bool { find(part) != nil }
    func starts(_ part: JinjaText) -> Bool { part.count <= count && hasPart(part, at: 0) }
    func ends(_ part: JinjaText) -> Bool { part.count <= count && hasPart(part, at: count - part.count) }

    func part(_ range: Range<Int>) -> JinjaText { with(points[range]) }

    /// str.strip and its halves; `characters` nil is white space.
    func strip(_ characters: JinjaText?, left: Bool = true, right: Bool = true) -> JinjaText {
        let set = characters.map { Set($0.points.map(\.value)) }
        func drops(_ point: JinjaPoint) -> Bool { set?.contains(point.value) ?? PythonText.isBlank(point.scalar) }
        var rest = points[...]
        if left { rest = rest.drop(while: drops) }
        while right, let last = rest.last, drops(last) { rest.removeLast() }
        return with(rest)
    }

    /// str.split; with `separator` nil at runs of white space. `limit` is the maximum number of splits, negative for
    /// all.
    func split(_ separator: JinjaText?, limit: Int = -1) -> [JinjaText] {
        guard let separator else { return splitAtBlanks(limit: limit) }
        var result: [JinjaText] = []
        var start = 0
        while limit < 0 || result.count < limit, let next = find(separator, in: start..<count) {
            result.append(part(start..<next))
            start = next + separator.count
        }
        return result + [part(start..<count)]
    }

    private func splitAtBlanks(limit: Int) -> [JinjaText] {
        func isBlank(_ point: JinjaPoint) -> Bool { PythonText.isBlank(point.scalar) }
        var result: [JinjaText] = []
        var rest = points.drop(while: isBlank)
        while !rest.isEmpty {
            guard limit < 0 || result.count < limit else { return result + [with(rest)] }
            let end = rest.firstIndex(where: isBlank) ?? rest.endIndex
            result.append(with(rest[..<end]))
            rest = rest[end...].drop(while: isBlank)
        }
        return result
    }

    /// str.rsplit: like `split`, from the right.
    func splitFromRight(_ separator: JinjaText?, limit: Int) -> [JinjaText] {
        guard limit >= 0 else { return split(separator) }
        guard let separator else {
            func reversed(_ text: JinjaText) -> JinjaText { text.with(text.points.reversed()) }
            return reversed(self).splitAtBlanks(limit: limit).map(reversed).reversed()
        }
        var parts: [JinjaText] = []
        var end = count
        while parts.count < limit, let place = findLast(separator, in: 0..<end) {
            parts.append(part(place + separator.count..<end))
            end = place
        }
        return (parts + [part(0..<end)]).reversed()
    }

    /// str.splitlines.
    func lines(keepingEnds: Bool = false) -> [JinjaText] {
        var lines: [JinjaText] = []
        var at = 0
        while at < count {
            let end = points[at...].firstIndex { PythonText.isLineEnd($0.scalar) } ?? count
            let isPair = end + 1 < count && points[end].value == 0xD && points[end + 1].value == 0xA
            let next = min(end + (isPair ? 2 : 1), count)
            lines.append(part(at..<(keepingEnds ? next : end)))
            at = next
        }
        return lines
    }

    /// str.count within a range.
    func occurrences(of part: JinjaText, in range: Range<Int>) -> Int {
        guard !part.isEmpty else { return range.count + 1 }
        var (found, at) = (0, range.lowerBound)
        while let next = find(part, in: at..<range.upperBound) { (found, at) = (found + 1, next + part.count) }
        return found
    }

    /// str.replace; `limit` negative for all.
    func replacing(_ old: JinjaText, with new: JinjaText, limit: Int) -> JinjaText {
        guard old.isEmpty else { return with(Self.joined(split(old, limit: limit), separator: new).points) }
        var result: [JinjaPoint] = []
        for (index, point) in points.enumerated() {
            if limit < 0 || index < limit { result += new.points }
            result.append(point)
        }
        if limit < 0 || count < limit { result += new.points }
        return with(result)
    }

    /// str.expandtabs.
    func expandingTabs(to size: Int) -> JinjaText {
        var result: [JinjaPoint] = []
        var column = 0
        for point in points {
            if point.value == 9 {
                let blanks = size > 0 ? size - column % size : 0
                result += repeatElement(JinjaPoint(" ", isForeign: point.isForeign), count: blanks)
                column += blanks
            } else {
                result.append(point)
                column = point.value == 0xA || point.value == 0xD ? 0 : column + 1
            }
        }
        return with(result)
    }

    /// str.ljust, rjust and center; an odd space goes to the same side as in Python.
    func padded(to width: Int, with fill: JinjaPoint = JinjaPoint(" "), left: Bool, right: Bool) -> JinjaText {
        let missing = max(0, max(0, width) - count)
        let before = left && right ? missing / 2 + (missing & width & 1) : left ? missing : 0
        return with(
            Array(repeating: fill, count: before) + points + Array(repeating: fill, count: missing - before))
    }

    /// str.zfill.
    func filledWithZeros(to width: Int) -> JinjaText {
        let hasSign = points.first.map { $0.value == 0x2B || $0.value == 0x2D } == true
        let zeros = Array(repeating: JinjaPoint("0"), count: max(0, max(0, width) - count))
        return with(points[..<(hasSign ? 1 : 0)] + zeros + points[(hasSign ? 1 : 0)...])
    }

    /// The predicates of strings by name: `isdigit` and so on.
    func holds(_ predicate: String) -> Bool {
        func all(_ test: (Unicode.Scalar) -> Bool) -> Bool { !isEmpty && points.allSatisfy { test($0.scalar) } }
        func some(_ test: (Unicode.Scalar) -> Bool) -> Bool { points.contains { test($0.scalar) } }
        switch predicate {
        case "isalpha": return all(PythonText.isLetter)
        case "isalnum": return all { PythonText.isLetter($0) || PythonText.isNumeric($0) }
        case "isascii": return isEmpty || all { $0.isASCII }
        case "isdecimal": return all { $0.properties.numericType == .decimal }
        case "isdigit": return all(PythonText.isDigit)
        case "isnumeric": return all(PythonText.isNumeric)
        case "isprintable": return isEmpty || all(PythonText.isPrintable)
        case "isspace": return all(PythonText.isBlank)
        case "istitle": return isTitle
        case "isidentifier":
            guard let first = points.first?.scalar, first == "_" || first.properties.isXIDStart else { return false }
            return all { $0.properties.isXIDContinue }
        case "islower":
            return some(PythonText.isLower) && !some { PythonText.isUpper($0) || PythonText.isTitle($0) }
        case "isupper":
            return some(PythonText.isUpper) && !some { PythonText.isLower($0) || PythonText.isTitle($0) }
        default: preconditionFailure("'\(predicate)' is no predicate of strings")
        }
    }

    private var isTitle: Bool {
        var (isInside, hasWord) = (false, false)
        for point in points {
            let scalar = point.scalar
            if PythonText.isUpper(scalar) || PythonText.isTitle(scalar) {
                if isInside { return false }
                (isInside, hasWord) = (true, true)
            } else if PythonText.isLower(scalar) {
                if !isInside { return false }
                hasWord = true
            } else {
                isInside = false
            }
        }
        return hasWord
    }
}
