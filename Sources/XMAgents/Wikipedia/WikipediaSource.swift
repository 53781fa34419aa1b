// Where the Wikipedia environment finds its pages. The original asks the live encyclopedia, which has changed since;
// here a source is exchangeable: an index of pages on disk (WikipediaIndex.swift), which also serves a user's own
// folder, or a recording of what was answered before (RecordedWikipedia.swift).
// SPDX-License-Identifier: Apache-2.0

package protocol WikipediaSource: Sendable {
    /// Names the source in results, with a digest where there is one: scores over different sources do not compare.
    var identity: String { get }

    /// What a search for an entity finds. Searching again for the same entity finds the same.
    func find(_ entity: String) throws -> WikipediaAnswer
}

package enum WikipediaAnswer: Sendable, Equatable {
    case page(WikipediaPage)
    /// No page has this name; titles of similar ones, best first.
    case similar([String])
}

package struct WikipediaPage: Sendable, Equatable, Codable {
    package var title: String
    /// Texts of the page's paragraphs and lists, in this order.
    package var paragraphs: [String]

    package init(title: String, paragraphs: [String]) { (self.title, self.paragraphs) = (title, paragraphs) }

    /// A page that only lists the meanings of a name, by the original's rule.
    package var isDisambiguation: Bool { paragraphs.contains { $0.contains(bytesOf: "may refer to:") } }

    /// The text that is shown and searched: paragraphs of more than two words, each ending with a line feed.
    package var text: String {
        paragraphs.lazy.map(\.pythonStripped).filter { $0.pythonSplit(" ").count > 2 }.map { $0 + "\n" }.joined()
    }

    /// The sentences of a page's text: what stands between two ". ", each with a full stop added. The last sentence of
    /// a paragraph therefore ends with two, as in the original.
    package static func sentences(of text: String) -> [String] {
        text.pythonSplit("\n").map(\.pythonStripped).filter { !$0.isEmpty }
            .flatMap { $0.pythonSplit(". ") }.map(\.pythonStripped).filter { !$0.isEmpty }.map { $0 + "." }
    }

    /// The paragraph of which a search showed this. It added a full stop to every sentence; the last one is taken away.
    static func withoutAddedStop(_ shown: String) -> String {
        shown.utf8.last == UInt8(ascii: ".") ? String(decoding: shown.utf8.dropLast(), as: UTF8.self) : shown
    }
}
