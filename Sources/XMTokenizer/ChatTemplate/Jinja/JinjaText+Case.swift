// Upper, lower and title case as in CPython: Unicode's full case mappings, including the final sigma of Greek words.
// SPDX-License-Identifier: Apache-2.0

extension JinjaText {
    func uppercased() -> JinjaText {
        with(points.flatMap { $0.replaced(by: $0.scalar.properties.uppercaseMapping) })
    }

    func lowercased() -> JinjaText { with(points.indices.flatMap(lowered)) }

    /// str.capitalize.
    package func capitalized() -> JinjaText { with(points.indices.flatMap { $0 == 0 ? titled($0) : lowered($0) }) }

    /// str.title: letters after a letter in lower case, all others in title case.
    func titlecased() -> JinjaText {
        var isInside = false
        return with(
            points.indices.flatMap { index in
                defer { isInside = points[index].scalar.properties.isCased }
                return isInside ? lowered(index) : titled(index)
            })
    }

    func swappingCase() -> JinjaText {
        with(
            points.indices.flatMap { index in
                let scalar = points[index].scalar
                if PythonText.isUpper(scalar) { return lowered(index) }
                return PythonText.isLower(scalar)
                    ? points[index].replaced(by: scalar.properties.uppercaseMapping) : [points[index]]
            })
    }

    /// Jinja's filter `title`: words begin after spaces, hyphens and opening brackets.
    func titledWords() -> JinjaText {
        func begins(_ point: JinjaPoint) -> Bool {
            PythonText.isBlank(point.scalar) || "-({[<".unicodeScalars.contains(point.scalar)
        }
        var result: [JinjaPoint] = []
        var rest = points[...]
        while let first = rest.first {
            let isBreak = begins(first)
            let end = rest.firstIndex { begins($0) != isBreak } ?? rest.endIndex
            // Each word is lower-cased by itself, so that a sigma at its end becomes a final sigma.
            let word = with(rest[..<end])
            result += word.with([first]).uppercased().points + word.with(word.points.dropFirst()).lowercased().points
            rest = rest[end...]
        }
        return with(result)
    }

    private func titled(_ index: Int) -> [JinjaPoint] {
        points[index].replaced(by: points[index].scalar.properties.titlecaseMapping)
    }

    private func lowered(_ index: Int) -> [JinjaPoint] {
        let point = points[index]
        guard point.value == 0x3A3 else { return point.replaced(by: point.scalar.properties.lowercaseMapping) }
        // A sigma is final after a cased letter and not before one (Unicode, section 3.13, Final_Sigma).
        func isCased(_ neighbours: some Sequence<JinjaPoint>) -> Bool {
            neighbours.first { !$0.scalar.properties.isCaseIgnorable }.map { $0.scalar.properties.isCased } == true
        }
        let isFinal = isCased(points[..<index].reversed()) && !isCased(points[(index + 1)...])
        return [JinjaPoint(isFinal ? "\u{3C2}" : "\u{3C3}", isForeign: point.isForeign)]
    }
}
