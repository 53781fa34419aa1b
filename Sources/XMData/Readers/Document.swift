// A document as a reader found it, where it stood, and what a reader counts on its way.
// Next: DocumentFiles.swift (which files), DocumentStream.swift (how they are read).
// SPDX-License-Identifier: Apache-2.0

/// One document of a corpus: text in UTF-8 with LF line ends where its file used CRLF throughout.
package struct Document: Sendable, Equatable {
    package var text: String
    package let origin: DocumentOrigin
    /// Further fields of its row that were asked for, as text: a category, an identifier, an address.
    package var metadata: [String: String]

    package init(text: String, origin: DocumentOrigin, metadata: [String: String] = [:]) {
        (self.text, self.origin, self.metadata) = (text, origin, metadata)
    }
}

/// Where a document stood: enough to find it again.
package struct DocumentOrigin: Codable, Sendable, Hashable, CustomStringConvertible {
    /// Path relative to the root that the files were looked up in.
    package let file: String
    /// Number of the row in its file, from 0, rows that were skipped included.
    package let row: Int

    package init(file: String, row: Int) { (self.file, self.row) = (file, row) }

    package var description: String { "\(file):\(row)" }
}

/// Where the next document of a file begins. Saved beside what was made of the documents before it.
package struct ReaderPosition: Codable, Sendable, Equatable {
    /// Bytes of the decompressed file before the next row; 0 in Parquet files, where `row` says all.
    package var offset: Int
    /// Rows before it.
    package var row: Int

    package static let start = ReaderPosition(offset: 0, row: 0)

    package init(offset: Int, row: Int) { (self.offset, self.row) = (offset, row) }
}

/// Why a row gave no document.
package enum SkipCause: String, Codable, Sendable, CaseIterable {
    /// No text, or white space only.
    case empty
    /// Longer than `ReaderOptions.maximumDocumentBytes`.
    case tooLong = "too_long"
    /// The line is not one JSON object.
    case notJSON = "not_json"
    /// The row lacks the text field, or holds null in it.
    case missingField = "missing_field"
    /// The text field holds a number, a list or an object.
    case notText = "not_text"
    /// A CSV or TSV row with more or fewer fields than the header.
    case wrongColumns = "wrong_columns"
    /// A CSV or TSV row with text after a closing quote.
    case badQuotes = "bad_quotes"
}

/// What was read; counts of several files add up.
package struct ReadingCounts: Codable, Sendable, Equatable {
    /// Bytes of decompressed files (in Parquet, of decompressed pages).
    package var bytes = 0
    package var documents = 0
    /// Bytes of the documents' text.
    package var textBytes = 0
    /// Files that began with a byte order mark.
    package var byteOrderMarks = 0
    /// Documents whose CRLF became LF.
    package var carriageReturns = 0
    /// Documents that were ISO-8859-1 or UTF-16 and were converted.
    package var converted = 0
    /// Documents with damaged UTF-8 or lone surrogates, replaced by U+FFFD.
    package var repaired = 0
    package var skipped: [SkipCause: Int] = [:]
    /// The first few skipped rows of each cause.
    package var skippedSamples: [SkippedRow] = []

    package struct SkippedRow: Codable, Sendable, Equatable {
        package let cause: SkipCause
        package let origin: DocumentOrigin
        package let detail: String
    }

    static let samplesPerCause = 3

    package init() {}

    package mutating func skip(_ cause: SkipCause, at origin: DocumentOrigin, _ detail: String) {
        skipped[cause, default: 0] += 1
        if skippedSamples.count(where: { $0.cause == cause }) < Self.samplesPerCause {
            skippedSamples.append(SkippedRow(cause: cause, origin: origin, detail: detail))
        }
    }

    package mutating func add(_ other: ReadingCounts) {
        bytes += other.bytes
        documents += other.documents
        textBytes += other.textBytes
        byteOrderMarks += other.byteOrderMarks
        carriageReturns += other.carriageReturns
        converted += other.converted
        repaired += other.repaired
        skipped.merge(other.skipped, uniquingKeysWith: +)
        for sample in other.skippedSamples
        where skippedSamples.count(where: { $0.cause == sample.cause }) < Self.samplesPerCause {
            skippedSamples.append(sample)
        }
    }
}

extension SkipCause: CodingKeyRepresentable {}
