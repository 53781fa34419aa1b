// The interface of the format readers, which divide a file into records; `DocumentStream` turns them into documents.
// To add a format: a reader in this folder, a case in `DocumentFormat`, a line in `DocumentFile.open`.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// One record as read from a file; its bytes are valid until the next is read.
enum RawRecord {
    /// A plain-text document.
    case text(UnsafeRawBufferPointer)
    /// A JSON object.
    case json(UnsafeRawBufferPointer)
    /// Values in the order of `RecordReader.columns`; nil for null.
    case values([UnsafeRawBufferPointer?])
    /// A whole record as a value, with the number of its strings that were ISO-8859-1 and that were invalid UTF-8.
    case value(JSONValue, converted: Int, repaired: Int)
    case skipped(SkipCause, detail: String)
}

protocol RecordReader: AnyObject {
    /// Column names of `RawRecord.values`; empty in other formats.
    var columns: [String] { get }
    /// Where the next record begins.
    var position: ReaderPosition { get }
    /// Decompressed bytes read so far.
    var bytesRead: Int { get }
    var hasByteOrderMark: Bool { get }
    /// Selects the columns to be read: the text's, then those of the metadata. Called before the first `next`.
    func select(_ names: [String]) throws
    /// Selects whole records with these fields, nil for all. Called before the first `next`.
    func selectRecords(_ names: [String]?) throws
    /// The next record; nil at the end.
    func next() throws -> RawRecord?
}

extension RecordReader {
    var columns: [String] { [] }
    var hasByteOrderMark: Bool { false }
    func select(_ names: [String]) throws {}
    func selectRecords(_ names: [String]?) throws {}
}
