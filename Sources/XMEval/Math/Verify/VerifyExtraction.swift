// Which part of a text is its answer, by math_verify's order of preference: "final answer is … I hope", "final answer
// is", a box, "answer:", "answer", then any mathematics or number; of several matches, the one that ends last.
// Next: VerifyNormalization.swift, which cleans the LaTeX.
// SPDX-License-Identifier: Apache-2.0

struct VerifyMatch {
    enum Kind {
        case latex([VerifyEnvironment])
        /// From `\boxed{` to the last closing brace of the text.
        case box(Scalars)
        case number(VerifyNumber.Kind)
    }

    var kind: Kind
    var range: Range<Int>
}

struct VerifyExtraction {
    private let text: Scalars
    /// Where "answer", and "final answer", begin, in any case.
    private let answers: [Int]
    private let finals: [Int]

    /// The match that ends last is preferred, so that the last places suffice.
    private static let maximumAnswers = 50

    init(_ text: Scalars) {
        self.text = text
        let lower = text.map { $0.isASCIILetter ? Unicode.Scalar(UInt8($0.value) | 0x20) : $0 }
        var answers: [Int] = []
        var from = 0
        while let next = lower.find("answer", from: from) {
            answers.append(next)
            from = next + 1
        }
        answers = answers.suffix(Self.maximumAnswers)
        self.answers = answers
        finals = answers.filter { lower.matches("final ", at: $0 - 6) }.map { $0 - 6 }
    }

    /// Matches in groups of falling preference, each with the preferred match first.
    func groups() -> [() -> [VerifyMatch]] {
        [
            { sorted(hopeful()) },
            { sorted(final() + boxedEnvironments() + lastBox() + finalNumbers()) },
            { sorted(answers(colon: true)) },
            { sorted(answers(colon: false)) },
            { sorted(environments(boxed: false) + plainNumbers()) },
        ]
    }

    /// The match that ends last; of those, the longest; of those, the first.
    private func sorted(_ matches: [VerifyMatch]) -> [VerifyMatch] {
        matches.enumerated().sorted { left, right in
            let (a, b) = (left.element.range, right.element.range)
            if a.upperBound != b.upperBound { return a.upperBound > b.upperBound }
            return (a.lowerBound, left.offset) < (b.lowerBound, right.offset)
        }.map(\.element)
    }

    /// Matches from the left without overlaps.
    private func scan(_ starts: some Sequence<Int>, _ match: (Int) -> VerifyMatch?) -> [VerifyMatch] {
        var result: [VerifyMatch] = []
        var from = 0
        for start in starts where start >= from {
            guard let found = match(start) else { continue }
            result.append(found)
            from = max(found.range.upperBound, start + 1)
        }
        return result
    }

    private func spacesEnd(_ start: Int) -> Int {
        start >= text.count ? text.count : text[start...].firstIndex { !$0.isPythonSpace } ?? text.count
    }

    private func latex(_ environments: [VerifyEnvironment], _ start: Int) -> VerifyMatch? {
        environments.last.map { VerifyMatch(kind: .latex(environments), range: start..<$0.end) }
    }

    /// "final answer is", a colon, spaces; then LaTeX, or a number, and "I hope".
    private func hopeful() -> [VerifyMatch] {
        func place(_ final: Int) -> Int? {
            let phrase = final + 12
            guard isPhrase(" is", at: phrase) else { return nil }
            return text.matches(":", at: phrase + 3) ? phrase + 4 : phrase + 3
        }
        func hope(_ end: Int) -> Int? {
            let dots = text.matches(".", at: end) ? [end + 1, end] : [end]
            for dot in dots {
                let spaces = dot < text.count && text[dot].isPythonSpace ? [dot + 1, dot] : [dot]
                for space in spaces where text.matches("I hope", at: space) { return space + 6 }
            }
            return nil
        }
        let latex = scan(finals) { final in
            guard let place = place(final) else { return nil }
            for start in [spacesEnd(place), spacesEnd(place) - 1] where start >= place {
                var found = VerifyEnvironment.sequence(in: text, at: start, boxed: false)
                while let last = found.last {
                    if let end = hope(last.end) { return VerifyMatch(kind: .latex(found), range: final..<end) }
                    found.removeLast()
                }
            }
            return nil
        }
        let numbers = scan(finals) { final in
            guard let place = place(final) else { return nil }
            for start in (place...max(place, spacesEnd(place))).reversed() {
                for reading in VerifyNumber.readings(in: text, at: start) {
                    if let end = hope(reading.end) ?? hope(reading.end - 1) {
                        return VerifyMatch(kind: .number(reading.kind), range: final..<end)
                    }
                }
            }
            return nil
        }
        return latex + numbers
    }

    private func isPhrase(_ phrase: String, at start: Int) -> Bool {
        for (offset, scalar) in phrase.unicodeScalars.enumerated() {
            guard start + offset < text.count else { return false }
            let here = text[start + offset]
            guard here == scalar || here.properties.lowercaseMapping == String(scalar) else { return false }
        }
        return true
    }

    /// Where the text goes on behind "final answer", at most a hundred characters, white space, "is" and a colon.
    private func placesBehindIs(_ final: Int, newlines: Bool) -> [Int] {
        var places: [Int] = []
        for gap in 0...100 {
            let start = final + 12 + gap
            guard start < text.count else { break }
            let word = spacesEnd(start)
            if word > start, text.matches("is", at: word) {
                places.append(text.matches(":", at: word + 2) ? word + 3 : word + 2)
            }
            if !newlines, text[start] == "\n" { break }
        }
        return places
    }

    private func final() -> [VerifyMatch] {
        scan(finals) { final in
            for place in placesBehindIs(final, newlines: true) {
                for start in [spacesEnd(place), spacesEnd(place) - 1] where start >= place {
                    let found = VerifyEnvironment.sequence(in: text, at: start, boxed: false)
                    if let match = latex(found, final) { return match }
                }
            }
            return nil
        }
    }

    private func finalNumbers() -> [VerifyMatch] {
        scan(finals) { final in
            for place in placesBehindIs(final, newlines: false) {
                if let reading = VerifyNumber.readings(in: text, at: place).first {
                    return VerifyMatch(kind: .number(reading.kind), range: final..<reading.end)
                }
            }
            return nil
        }
    }

    private func boxedEnvironments() -> [VerifyMatch] { text.has("\\boxed{") ? environments(boxed: true) : [] }

    private func environments(boxed: Bool) -> [VerifyMatch] {
        scan(text.indices) { latex(VerifyEnvironment.sequence(in: text, at: $0, boxed: boxed), $0) }
    }

    private func lastBox() -> [VerifyMatch] {
        guard let start = text.find("\\boxed{"), let close = text.lastIndex(of: "}"), close > start + 7 else {
            return []
        }
        return [VerifyMatch(kind: .box(Scalars(text[start...close])), range: start..<(close + 1))]
    }

    /// Within fifty characters behind "answer"; a number may also follow an equals sign within a hundred.
    private func answers(colon: Bool) -> [VerifyMatch] {
        func place(_ answer: Int) -> Int? {
            guard colon else { return answer + 6 }
            return text.matches(":", at: answer + 6) ? answer + 7 : nil
        }
        let latex = scan(answers) { answer in
            guard let place = place(answer) else { return nil }
            for start in place...(place + 50) {
                let found = VerifyEnvironment.sequence(in: text, at: start, boxed: false)
                if let match = self.latex(found, answer) { return match }
            }
            return nil
        }
        func reading(_ start: Int) -> VerifyNumber? {
            VerifyNumber.readings(in: text, at: start).first { !text.matches("=", at: spacesEnd($0.end)) }
        }
        let numbers = scan(answers) { answer in
            guard let place = place(answer), place < text.count else { return nil }
            let line = text[place...].firstIndex(of: "\n") ?? text.count
            let equals = (place..<min(line, place + 101)).filter { text[$0] == "=" }.reversed()
            var starts = equals.flatMap { equal in
                Array(((equal + 1)...max(equal + 1, spacesEnd(equal + 1))).reversed())
            }
            starts += place...min(line, place + 50)
            for start in starts {
                if let found = reading(start) {
                    return VerifyMatch(kind: .number(found.kind), range: answer..<found.end)
                }
            }
            return nil
        }
        return latex + numbers
    }

    private func plainNumbers() -> [VerifyMatch] {
        func all(arithmetic: Bool) -> [VerifyMatch] {
            scan(text.indices) { start in
                VerifyNumber.readings(in: text, at: start, arithmetic: arithmetic, numbers: !arithmetic).first
                    .map { VerifyMatch(kind: .number($0.kind), range: start..<$0.end) }
            }
        }
        return all(arithmetic: true) + all(arithmetic: false)
    }
}
