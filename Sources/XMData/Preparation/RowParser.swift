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
}

package struct RowParser: Sendable {
    private let record: ConversationRecord

    package init(_ source: SourceConfig) {
        record = ConversationRecord(format: source.format, fields: source.fields ?? [:])
    }

    /// `counts` hears why something was dropped.
    package func parse(_ item: RawItem, counts: inout [String: Int]) -> RowContent {
        switch item {
        case .tokens(let tokens): return .tokens(tokens)
        case .text(let document): return .text(document.text)
        case .record(let record, _):
            do throws(RecordProblem) {
                return .conversations(try self.record.conversations(record))
            } catch {
                counts["skipped_" + error.name, default: 0] += 1
                return .nothing
            }
        }
    }
}
