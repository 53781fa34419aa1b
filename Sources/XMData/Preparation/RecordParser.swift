// Parses one record of a source into the content of documents: a cleaned text, conversations, or tokens. A pure
// function of the record and the recipe. Next: DocumentEncoder.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport
package import XMTokenizer

/// The content of a record, before tokenization.
package enum RecordContent: Sendable, Equatable {
    case nothing
    case text(String)
    case conversations([[ChatMessage]])
    case tokens([Int32])

    /// The whole content as one text, for comparison with other records; nil for tokens.
    package var comparable: String? {
        switch self {
        case .nothing, .tokens: nil
        case .text(let text): text
        case .conversations(let all): all.joined().map(\.content).joined(separator: "\n")
        }
    }

    /// The answers of the conversations as one text; nil for other content.
    package var answer: String? {
        guard case .conversations(let all) = self else { return nil }
        return all.joined().filter { $0.role == "assistant" }.map(\.content).joined(separator: "\n")
    }
}

package struct RecordParser: Sendable {
    private let conversation: ConversationRecord
    private let cleaning: CleaningConfig?
    private let contamination: ContaminationIndex?

    package init(_ source: SourceConfig, contamination: ContaminationIndex? = nil) {
        conversation = ConversationRecord(format: source.format, fields: source.fields ?? [:])
        (cleaning, self.contamination) = (source.clean, contamination)
    }

    /// The content of a record, `.nothing` if it is dropped; the reason is added to `result`.
    package func parse(_ record: SourceRecord, into result: inout EncodedRecord) -> RecordContent {
        let content: RecordContent
        switch record {
        case .tokens(let tokens): return .tokens(tokens)
        case .text(let document): content = cleaned(document, &result)
        case .object(let object, let origin):
            do throws(RecordProblem) {
                content = .conversations(try conversation.conversations(object))
            } catch {
                let reason = "skipped_" + error.name
                result.counts[reason, default: 0] += 1
                result.skipped = SkippedSample(reason: reason, origin: origin, detail: error.detail)
                return .nothing
            }
        }
        guard let contamination, let text = content.comparable, let origin = record.origin else { return content }
        var check = Decontaminator(contamination)
        guard let found = check.check(Document(text: text, origin: origin)) else { return content }
        result.contamination = found
        result.counts["contaminated_" + found.set, default: 0] += 1
        return .nothing
    }

    private func cleaned(_ document: Document, _ result: inout EncodedRecord) -> RecordContent {
        guard let cleaning else { return .text(document.text) }
        var cleaner = Cleaner(cleaning)
        let kept = cleaner.clean(document)
        result.cleaning = cleaner.report
        return kept.map { .text($0.text) } ?? .nothing
    }
}
