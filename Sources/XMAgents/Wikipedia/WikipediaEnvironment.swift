// HotpotQA and FEVER as an environment: search Wikipedia, look words up in the page, finish with an answer. Strings
// are those of ReAct's wikienv.py and wrappers.py (Yao et al. 2023); pages come from a WikipediaSource.
// SPDX-License-Identifier: Apache-2.0

/// A question or a claim with its answer.
package struct WikipediaQuestion: Sendable, Equatable {
    package enum Kind: String, Sendable, Codable {
        case question = "Question"
        case claim = "Claim"
    }

    package let kind: Kind
    package let text: String
    package let answer: String

    package init(_ kind: Kind, _ text: String, answer: String) {
        (self.kind, self.text, self.answer) = (kind, text, answer)
    }
}

package struct WikipediaEnvironment: AgentEnvironment {
    /// Sentences of a page that a search shows.
    private static let shownSentences = 5
    /// Titles that a search without a page shows.
    private static let shownTitles = 5

    private let question: WikipediaQuestion
    private let source: any WikipediaSource
    /// The sentences of the current page; nil before the first one is found.
    private var sentences: [String]?
    private var lookup: Lookup?
    private var last: Observation
    /// What the agent finished with.
    package private(set) var answer: String?

    /// The sentences that hold a keyword, and how many of them were shown.
    private struct Lookup {
        let keyword: String
        let results: [String]
        var shown = 0
    }

    package init(_ question: WikipediaQuestion, source: any WikipediaSource) {
        (self.question, self.source) = (question, source)
        last = Observation("\(question.kind.rawValue): \(question.text)")
    }

    package mutating func reset() -> Observation {
        self = WikipediaEnvironment(question, source: source)
        return last
    }

    package mutating func step(_ action: String) throws -> Observation {
        guard answer == nil else { return last }
        let action = action.pythonStripped
        if let entity = action.argument(after: "search[") {
            last = Observation(try search(entity))
        } else if let keyword = action.argument(after: "lookup[") {
            last = Observation(look(up: keyword))
        } else if let answer = action.argument(after: "finish[") {
            self.answer = answer
            let reward = AnswerScore.exactMatch(answer, question.answer) ? 1 : 0
            last = Observation("Episode finished, reward = \(reward)\n", reward: Double(reward), isDone: true)
        } else if action.argument(after: "think[") != nil {
            last = Observation("Nice thought.")
        } else {
            last = Observation("Invalid action: \(action)")
        }
        return last
    }

    private mutating func search(_ entity: String) throws -> String {
        var entity = entity
        var answer = try source.find(entity)
        // A list of meanings is searched for again, in brackets, which no page is called.
        if case .page(let page) = answer, page.isDisambiguation {
            entity = "[\(entity)]"
            answer = try source.find(entity)
            // The original would repeat this for ever.
            if case .page(let page) = answer, page.isDisambiguation { answer = .similar([page.title]) }
        }
        switch answer {
        case .similar(let titles):
            let list = PythonList.text(of: Array(titles.prefix(Self.shownTitles)))
            return "Could not find \(entity). Similar: \(list)."
        case .page(let page):
            let found = WikipediaPage.sentences(of: page.text)
            (sentences, lookup) = (found, nil)
            return found.prefix(Self.shownSentences).joined(separator: " ")
        }
    }

    private mutating func look(up keyword: String) -> String {
        var current: Lookup
        if let lookup, lookup.keyword.utf8.elementsEqual(keyword.utf8) {
            current = lookup
        } else {
            let lowered = keyword.lowercased()
            current = Lookup(
                keyword: keyword, results: (sentences ?? []).filter { $0.lowercased().contains(bytesOf: lowered) })
        }
        defer { lookup = current }
        guard current.shown < current.results.count else { return "No more results.\n" }
        current.shown += 1
        return "(Result \(current.shown) / \(current.results.count)) \(current.results[current.shown - 1])"
    }
}
