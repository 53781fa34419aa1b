// A document as read from a file, its origin, and the statistics of reading.
// Next: DocumentFiles.swift (which files), DocumentStream.swift (how they are read).
// SPDX-License-Identifier: Apache-2.0

/// One document of a corpus: its text, with line ends converted as in LineEnds.swift.
package struct Document: Sendable, Equatable {
    package var text: String
    package let origin: DocumentOrigin
    /// Additional requested fields of its record, as text: a category, an identifier, a URL.
    package var metadata: [String: String]

    package init(text: String, origin: DocumentOrigin, metadata: [String: String] = [:]) {
        (self.text, self.origin, self.metadata) = (text, origin, metadata)
    }
}

/// Where a document was found.
package struct DocumentOrigin: Codable, Sendable, Hashable, CustomStringConvertible {
    /// Path relative to the root in which the files were looked up.
    package let file: String
    /// Index of the record in its file, from 0, counting skipped records.
    package let record: Int

    package init(file: String, record: Int) { (self.file, self.record) = (file, record) }

    package var description: String { "\(file):\(record)" }
}

/// Where the next record of a file begins. Saved with the output of the records before it, to resume from.
package struct ReaderPosition: Codable, Sendable, Equatable {
    /// Bytes of the decompressed file before the next record; 0 in Parquet files, where `record` suffices.
    package var offset: Int
    /// Number of records before it.
    package var record: Int

    package static let start = ReaderPosition(offset: 0, record: 0)

    package init(offset: Int, record: Int) { (self.offset, self.record) = (offset, record) }
}

/// Why a record was skipped.
package enum SkipCause: String, Codable, Sendable, CaseIterable {
    /// Empty, or only white space.
    case empty
    /// Longer than `ReaderOptions.maximumDocumentBytes`.
    case tooLong = "too_long"
    /// Not a JSON object.
    case notJSON = "not_json"
    /// The text field is absent or null.
    case missingField = "missing_field"
    /// The text field is a number, a list or an object.
    case notText = "not_text"
    /// A CSV or TSV record with more or fewer fields than the header.
    case wrongColumns = "wrong_columns"
    /// A CSV or TSV record with text after a closing quote.
    case badQuotes = "bad_quotes"
}

/// Statistics of reading; counts of several files are summed.
package struct ReadingCounts: Codable, Sendable, Equatable {
    /// Decompressed bytes read (in Parquet, of pages).
    package var bytes = 0
    package var documents = 0
    /// Bytes of the documents' text.
    package var textBytes = 0
    /// Files that begin with a byte order mark.
    package var byteOrderMarks = 0
    /// Documents whose CRLF or CR was converted to LF.
    package var carriageReturns = 0
    /// Documents converted from ISO-8859-1 or UTF-16.
    package var converted = 0
    /// Documents in which invalid UTF-8 or lone surrogates were replaced by U+FFFD.
    package var repaired = 0
    package var skipped: [SkipCause: Int] = [:]
    /// The first few skipped records for each cause.
    package var skippedSamples: [SkippedRecord] = []

    package struct SkippedRecord: Codable, Sendable, Equatable {
        package let cause: SkipCause
        package let origin: DocumentOrigin
        package let detail: String
    }

    static let samplesPerCause = 3

    package init() {}

    package mutating func skip(_ cause: SkipCause, at origin: DocumentOrigin, _ detail: String) {
        skipped[cause, default: 0] += 1
        if skippedSamples.count(where: { $0.cause == cause }) < Self.samplesPerCause {
            skippedSamples.append(SkippedRecord(cause: cause, origin: origin, detail: detail))
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
