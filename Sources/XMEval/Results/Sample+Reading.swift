// What a sample says to a reader: whether it was right, what was chosen and with which confidence. All of it is read
// from the harness's members, so that files of the harness can be browsed and compared too.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

extension Sample {
    /// Filtered responses that stand for "nothing was found in the answer".
    private static let invalid = ["[invalid]", "[invalidanswer]"]

    package func metric(_ name: String) -> JSONValue? { metrics.first { $0.name == name }?.value }

    /// The first metric that is a number per document: acc, exact_match, pass@1.
    package var score: (name: String, value: Double)? {
        for metric in metrics { if let value = metric.value.double { return (metric.name, value) } }
        return nil
    }

    /// Nil where no metric says so.
    package var isRight: Bool? { score.map { $0.value >= 0.5 } }

    /// The filter found no answer.
    package var isUnanswered: Bool {
        filteredResponses.contains { response in response.string.map(Self.invalid.contains) ?? false }
    }

    // MARK: - Multiple choice

    /// The log-likelihoods of the choices; nil for other tasks.
    package var logLikelihoods: [Double]? {
        let values = filteredResponses.compactMap { response -> Double? in
            guard let pair = response.array, pair.count == 2, pair[1].string == "True" || pair[1].string == "False"
            else { return nil }
            return pair[0].string.flatMap(Double.init)
        }
        return values.count > 1 && values.count == filteredResponses.count ? values : nil
    }

    /// Context and continuation of each request.
    private var texts: [(context: String, continuation: String)] {
        arguments.map { ($0.first?.string ?? "", $0.count > 1 ? $0[1].string ?? "" : "") }
    }

    /// Each choice is a context of its own and the continuation is shared, as in Winogrande.
    private var hasSharedContinuation: Bool {
        texts.count > 1 && texts.allSatisfy { $0.continuation == texts[0].continuation }
            && texts[0].context != texts[1].context
    }

    /// The choices as a reader tells them apart.
    package var choices: [String] {
        texts.map { hasSharedContinuation ? $0.context + $0.continuation : $0.continuation }
    }

    /// Indices of the right choices, as far as the sample tells; empty where it does not.
    package var gold: Set<Int> {
        let count = logLikelihoods?.count ?? 0
        // The target is an index, a list of indices, or a choice's text.
        if let index = Int(target) { return (0..<count).contains(index) ? [index] : [] }
        if let indices = try? JSONValue.parse(target), let list = indices.array {
            return Set(list.compactMap(\.integer).filter { (0..<count).contains($0) })
        }
        let matching = texts.indices.filter { index in
            let words = texts[index].continuation.unicodeScalars.drop { $0 == " " }
            return words.elementsEqual(target.unicodeScalars.drop { $0 == " " })
        }
        if matching.count == 1 { return Set(matching) }
        // Of two choices, whether the chosen one was right tells which one is.
        guard count == 2, let chosen = question(gold: [])?.top, let isRight = metric("acc")?.double else { return [] }
        return [isRight >= 0.5 ? chosen : 1 - chosen]
    }

    /// The probabilities of the choices. Nil for tasks without choices, and where the right choice is not told.
    package var question: Calibration.Question? {
        let gold = gold
        return gold.isEmpty ? nil : question(gold: gold)
    }

    private func question(gold: Set<Int>) -> Calibration.Question? {
        logLikelihoods.map { Calibration.Question(logLikelihoods: $0, gold: gold) }
    }

    /// The probability of the choice that the model prefers.
    package var confidence: Double? {
        question(gold: []).flatMap { question in question.top.map { question.probabilities[$0] } }
    }

    // MARK: - Text

    /// What was asked. Of contexts that differ, what they begin with together.
    package var prompt: String {
        guard hasSharedContinuation else { return texts.first?.context ?? "" }
        let contexts = texts.map { Array($0.context.unicodeScalars) }
        var length = 0
        while contexts.allSatisfy({ length < $0.count && $0[length] == contexts[0][length] }) { length += 1 }
        var start = String.UnicodeScalarView()
        start.append(contentsOf: contexts[0][..<length])
        return String(start) + "…"
    }

    /// What the model chose or wrote.
    package var answer: String {
        if let question = question(gold: []), let top = question.top { return choices[top] }
        return responses.flatMap { $0 }.compactMap(\.string).joined(separator: "\n")
    }

    /// What the filter found in it, where that is a text.
    package var extracted: String { filteredResponses.compactMap(\.string).joined(separator: "\n") }

    /// The right choice's text, or the target.
    package var expected: String {
        guard logLikelihoods != nil, !gold.isEmpty else { return target }
        return gold.sorted().map { choices[$0] }.joined(separator: " | ")
    }
}
