// How the records of a file are turned into documents.
// SPDX-License-Identifier: Apache-2.0

package struct ReaderOptions: Codable, Sendable, Equatable {
    /// Structured files only: the field that contains the text; "a.b.c" is field c of object b of object a. In a CSV
    /// file without a header, the number of the column, from 0.
    package var field: String
    /// Structured files only: additional fields to keep as `Document.metadata`, under these names.
    package var metadata: [String]
    /// Text files only: a line that separates documents. Nil: a file is one document.
    package var separator: String?
    /// CSV and TSV only: whether the first record names the columns.
    package var header: Bool
    /// Longer documents are skipped and counted, which bounds a reader's memory.
    package var maximumDocumentBytes: Int

    package init(
        field: String = "text", metadata: [String] = [], separator: String? = nil, header: Bool = true,
        maximumDocumentBytes: Int = 64 << 20
    ) {
        (self.field, self.metadata, self.separator, self.header) = (field, metadata, separator, header)
        self.maximumDocumentBytes = maximumDocumentBytes
    }

    enum CodingKeys: String, CodingKey {
        case field, metadata, separator, header
        case maximumDocumentBytes = "maximum_document_bytes"
    }
}
