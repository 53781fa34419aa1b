// What every format's reader does: cut a file into rows. `DocumentStream` makes documents of them.
// To add a format: a reader here, a case in `DocumentFormat`, a line in `DocumentFile.open`.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// One row; its bytes are valid until the next is read.
enum Row {
    /// A document as it is.
    case text(UnsafeRawBufferPointer)
    /// An object in JSON.
    case json(UnsafeRawBufferPointer)
    /// Values in the order of `RowReader.columns`; nil for null.
    case values([UnsafeRawBufferPointer?])
    /// A whole row, with the number of its texts that were ISO-8859-1, and that were damaged UTF-8.
    case record(JSONValue, converted: Int, repaired: Int)
    case skipped(SkipCause, detail: String)
}

protocol RowReader: AnyObject {
    /// Names of the columns of `Row.values`; empty for other rows.
    var columns: [String] { get }
    /// Where the next row begins.
    var position: ReaderPosition { get }
    /// Decompressed bytes taken so far.
    var bytesRead: Int { get }
    var hasByteOrderMark: Bool { get }
    /// Tells which columns will be looked at: the text's, then those of metadata. Before the first `next`.
    func select(_ names: [String]) throws
    /// Tells that whole rows are wanted, of which these fields will be looked at; nil for all.
    func selectRecords(_ names: [String]?) throws
    /// The next row; nil at the end.
    func next() throws -> Row?
}

extension RowReader {
    var columns: [String] { [] }
    var hasByteOrderMark: Bool { false }
    func select(_ names: [String]) throws {}
    func selectRecords(_ names: [String]?) throws {}
}
