// A source that answers what was answered before: recorded searches, one a line, or the printed episodes of ReAct's
// notebooks. It makes old episodes repeatable; a search that was never made is an error, not a miss.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct RecordedWikipedia: WikipediaSource {
    package let identity: String
    private var answers: [[UInt8]: WikipediaAnswer] = [:]
    /// Paragraphs that the site put in front of every page when the answers were recorded.
    private let preamble: [String]

    /// Reads JSON Lines. A row has `query` and one of: `paragraphs`, a page's texts; `similar`, titles;
    /// `first_five_sentences`, what a search showed of a page.
    package init(_ url: URL, preamble: [String] = []) throws {
        let data = try FileBytes.read(url)
        identity = "recording \(url.lastPathComponent), sha256 \(SHA256.hex(of: data).prefix(16))"
        self.preamble = preamble
        for line in JSONLines.lines(of: String(decoding: data, as: UTF8.self)) {
            let row = try WikipediaRow.parse(line.text, file: url.path, line: line.number)
            guard let query = row["query"]?.string else {
                throw WikipediaError.missingField(file: url.path, line: line.number, field: "query")
            }
            if let paragraphs = row["paragraphs"]?.array {
                record(query, paragraphs: paragraphs.compactMap(\.string))
            } else if let titles = row["similar"]?.array {
                answers[Array(query.utf8)] = .similar(titles.compactMap(\.string))
            } else if let shown = row["first_five_sentences"]?.string {
                record(query, shown: shown)
            } else {
                throw WikipediaError.missingField(
                    file: url.path, line: line.number, field: "paragraphs, similar or first_five_sentences")
            }
        }
    }

    package func find(_ entity: String) throws -> WikipediaAnswer {
        guard let answer = answers[Array(entity.utf8)] else {
            throw WikipediaError.notRecorded(query: entity, source: identity)
        }
        guard case .page(var page) = answer else { return answer }
        page.paragraphs = preamble + page.paragraphs
        return .page(page)
    }

    /// Adds what a printed search answered: `action` with its observation. Observations of other actions and pages that
    /// are known already are passed over.
    package mutating func record(action: String, observation: String) {
        guard let entity = (action.argument(after: "Search[") ?? action.argument(after: "search[")) else { return }
        let observation = observation.pythonStripped
        for (query, isDisambiguation) in [(entity, false), ("[\(entity)]", true)] {
            guard let list = observation.dropping(prefix: "Could not find \(query). Similar: "),
                let titles = PythonList.items(of: list)
            else { continue }
            if isDisambiguation { record(entity, paragraphs: ["\(entity) may refer to:"]) }
            answers[Array(query.utf8)] = .similar(titles)
            return
        }
        guard answers[Array(entity.utf8)] == nil else { return }
        let mark = preamble.map { $0 + ". " }.joined()
        record(entity, shown: observation.dropping(prefix: mark) ?? observation)
    }

    private mutating func record(_ query: String, paragraphs: [String]) {
        answers[Array(query.utf8)] = .page(WikipediaPage(title: query, paragraphs: paragraphs))
    }

    private mutating func record(_ query: String, shown: String) {
        record(query, paragraphs: [WikipediaPage.withoutAddedStop(shown)])
    }
}
