// The rows of data files, through XMData's readers, and fields of a row whose absence is an error that names the row.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMData
package import XMSupport

/// A row of a data file.
struct DataRow {
    let file: String
    /// From 1.
    let number: Int
    let members: JSONObject

    /// A field; null counts as absent.
    func value(_ field: String) throws(DatasetError) -> JSONValue {
        guard let value = members[field], value != .null else {
            throw DatasetError.missingField(file: file, row: number, field: field)
        }
        return value
    }

    func text(_ field: String) throws(DatasetError) -> String {
        let value = try value(field)
        guard let text = value.string else { throw wrong(field, value, "a text") }
        return text
    }

    /// The fields in this order; a text that is a gold answer must not be empty.
    func fields(_ names: [String], gold: String? = nil) throws(DatasetError) -> JSONObject {
        var result = JSONObject()
        for name in names { result.append(name, try value(name)) }
        if let gold, try value(gold).string?.isEmpty == true {
            throw DatasetError.missingField(file: file, row: number, field: gold)
        }
        return result
    }

    func wrong(_ field: String, _ value: JSONValue, _ wanted: String) -> DatasetError {
        .wrongField(file: file, row: number, field: field, found: value.text, wanted: wanted)
    }
}

enum DataRows {
    /// All rows of a JSON, JSON Lines, CSV, TSV or Parquet file, also compressed. A row that cannot be read is an
    /// error.
    ///
    /// - Parameter header: whether the first row of a CSV file names the columns; else they are "0", "1", …
    static func read(_ url: URL, header: Bool = true) throws -> [DataRow] {
        let name = url.lastPathComponent
        let files = try DocumentFiles([name], root: url.deletingLastPathComponent()).files
        let stream = try files[0].open(ReaderOptions(header: header))
        var rows: [DataRow] = []
        while let (record, _) = try stream.nextRecord() {
            guard let members = record.object else {
                throw DatasetError.badRow(file: name, row: rows.count + 1, reason: "is not an object")
            }
            rows.append(DataRow(file: name, number: rows.count + 1, members: members))
        }
        if let skipped = stream.counts.skippedSamples.min(by: { $0.origin.record < $1.origin.record }) {
            throw DatasetError.badRow(file: name, row: skipped.origin.record + 1, reason: skipped.detail)
        }
        guard !rows.isEmpty else { throw DatasetError.empty(file: name) }
        return rows
    }

    /// The lines of a text file, which end in LF or CRLF.
    static func lines(_ url: URL) throws -> [String] {
        var lines = try text(url).utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            line in
            String(Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line))
        }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    static func text(_ url: URL) throws -> String {
        do {
            return try String(contentsOf: url, encoding: .utf8)
        } catch { throw DatasetError.badFile(file: url.lastPathComponent, reason: "is no UTF-8 text") }
    }
}

/// A data file that a task names by its path instead of a dataset: its rows are the documents.
package enum DatasetFile {
    /// Whether a task's `dataset` is the path of a file.
    package static func isFile(_ name: String) -> Bool { DocumentFormat(name: name) != nil }

    package static func documents(_ url: URL) throws -> [JSONObject] { try DataRows.read(url).map(\.members) }
}
