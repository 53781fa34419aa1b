// One row of a source to what may become a document: a cleaned text, conversations with their category, or tokens.
// Pure: what a row gives depends on nothing but the row and the recipe. Next: DocumentEncoder.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport
package import XMTokenizer

/// What a row says, before it is tokens.
package enum RowContent: Sendable, Equatable {
    case nothing
    case text(String)
    case conversations([[ChatMessage]])
    case tokens([Int32])

    /// All of it as one text, for comparisons with other rows; nil for tokens.
    package var comparable: String? {
        switch self {
        case .nothing, .tokens: nil
        case .text(let text): text
        case .conversations(let all): all.joined().map(\.content).joined(separator: "\n")
        }
    }

    /// What the conversations answer, as one text; nil where nothing is asked.
    package var answer: String? {
        guard case .conversations(let all) = self else { return nil }
        return all.joined().filter { $0.role == "assistant" }.map(\.content).joined(separator: "\n")
    }
}

package struct RowParser: Sendable {
    private let record: ConversationRecord
    private let cleaning: CleaningConfig?
    private let contamination: ContaminationIndex?

    package init(_ source: SourceConfig, contamination: ContaminationIndex? = nil) {
        record = ConversationRecord(format: source.format, fields: source.fields ?? [:])
        (cleaning, self.contamination) = (source.clean, contamination)
    }

    /// What the row says, if it stays; `result` hears why something was dropped.
    package func parse(_ item: RawItem, into result: inout EncodedItem) -> RowContent {
        let content: RowContent
        switch item {
        case .tokens(let tokens): return .tokens(tokens)
        case .text(let document): content = cleaned(document, &result)
        case .record(let record, let origin):
            do throws(RecordProblem) {
                content = .conversations(try self.record.conversations(record))
            } catch {
                let reason = "skipped_" + error.name
                result.counts[reason, default: 0] += 1
                result.skipped = SkippedSample(reason: reason, origin: origin, detail: error.detail)
                return .nothing
            }
        }
        guard let contamination, let text = content.comparable, let origin = item.origin else { return content }
        var check = Decontaminator(contamination)
        guard let found = check.check(Document(text: text, origin: origin)) else { return content }
        result.contamination = found
        result.counts["contaminated_" + found.set, default: 0] += 1
        return .nothing
    }

    private func cleaned(_ document: Document, _ result: inout EncodedItem) -> RowContent {
        guard let cleaning else { return .text(document.text) }
        var cleaner = Cleaner(cleaning)
        let kept = cleaner.clean(document)
        result.cleaning = cleaner.report
        return kept.map { .text($0.text) } ?? .nothing
    }
}
