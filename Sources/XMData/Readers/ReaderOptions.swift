// How the rows of a file become documents. Part of a source in a recipe.
// SPDX-License-Identifier: Apache-2.0

package struct ReaderOptions: Codable, Sendable, Equatable {
    /// Rows only: the field that holds the text; "a.b.c" is field c of object b of object a. In a CSV file without a
    /// header, the number of the column, from 0.
    package var field: String
    /// Rows only: further fields to keep as `Document.metadata`, under these names.
    package var metadata: [String]
    /// Text files only: the line between two documents. Nil: a file is one document.
    package var separator: String?
    /// CSV and TSV only: whether the first row names the columns.
    package var header: Bool
    /// A longer document is skipped and counted; bounds the memory that a reader takes.
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
