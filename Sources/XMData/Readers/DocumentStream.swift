// The documents, or the whole records, of one file in order. Bad rows are skipped and counted; a damaged file throws.
// Next: RowReader.swift, what formats provide.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMSupport

package final class DocumentStream {
    private let file: DocumentFile
    private let rows: any RowReader
    private let options: ReaderOptions
    private let isWide: Bool
    /// The fields that are taken from a row: the text's, then those of the metadata.
    private let paths: [[String]]
    /// Their places among the columns of a table.
    private var columns: [Int?] = []
    private var counted = ReadingCounts()
    /// Fields of the first row without the text field, for the error when no row has it.
    private var fieldsWithoutText: [String]?
    private var text: [UInt8] = []
    private var isSelected = false

    /// `isWide`: the file is in UTF-16, which its source converts.
    init(_ rows: any RowReader, of file: DocumentFile, options: ReaderOptions, isWide: Bool) throws {
        (self.rows, self.file, self.options, self.isWide) = (rows, file, options, isWide)
        let names = [options.field] + options.metadata
        paths = names.map { $0.split(separator: ".").map(String.init) }
        columns = names.map { rows.columns.firstIndex(of: $0) }
        if rows.hasByteOrderMark { counted.byteOrderMarks = 1 }
    }

    /// Where the next document begins: `DocumentFile.open` with it goes on from there.
    package var position: ReaderPosition { rows.position }

    /// What was read since this stream was opened.
    package var counts: ReadingCounts {
        var counts = counted
        counts.bytes = rows.bytesRead
        return counts
    }

    /// The next document; nil at the end.
    package func next() throws -> Document? {
        if !isSelected { try rows.select([options.field] + options.metadata) }
        isSelected = true
        while true {
            let origin = DocumentOrigin(file: file.path, row: rows.position.row)
            guard let row = try rows.next() else {
                if counted.documents == 0, let found = fieldsWithoutText {
                    throw ReaderError.noField(path: file.url.path, field: options.field, found: found)
                }
                return nil
            }
            if let document = try document(row, origin) {
                countDocument()
                counted.textBytes += document.text.utf8.count
                return document
            }
        }
    }

    /// The next row as a whole, for records that are more than one text; nil at the end. A document of plain text is
    /// an object with the one member "text". Only `fields` will be looked at; nil: all, and the first call decides.
    package func nextRecord(fields: [String]? = nil) throws -> (record: JSONValue, origin: DocumentOrigin)? {
        if !isSelected { try rows.selectRecords(fields) }
        isSelected = true
        while true {
            let origin = DocumentOrigin(file: file.path, row: rows.position.row)
            guard let row = try rows.next() else { return nil }
            let record: JSONValue
            switch row {
            case .skipped(let cause, let detail):
                counted.skip(cause, at: origin, detail)
                continue
            case .text(let bytes): record = .object(["text": .string(string(bytes, isFile: true))])
            case .values(let values):
                let members = zip(rows.columns, values).map { name, bytes in
                    (key: name, value: bytes.map { JSONValue.string(string($0)) } ?? .null)
                }
                record = .object(JSONObject(members))
            case .record(let row, let converted, let repaired):
                record = row
                counted.converted += converted
                counted.repaired += repaired
            case .json(let bytes):
                do throws(JSONError) {
                    record = try JSONValue.parse(string(bytes))
                } catch {
                    counted.skip(.notJSON, at: origin, error.description)
                    continue
                }
            }
            countDocument()
            return (record, origin)
        }
    }

    private func countDocument() {
        counted.documents += 1
        if isWide { counted.converted += 1 }
    }

    // MARK: - Rows

    private func document(_ row: Row, _ origin: DocumentOrigin) throws -> Document? {
        switch row {
        case .skipped(let cause, let detail):
            counted.skip(cause, at: origin, detail)
            return nil
        case .text(let bytes): return kept(string(bytes, isFile: true), origin) { [:] }
        case .record: preconditionFailure("whole rows were not asked for")
        case .values(let values):
            guard let column = columns[0] else {
                throw ReaderError.noField(path: file.url.path, field: options.field, found: rows.columns)
            }
            guard let bytes = values[column] else {
                counted.skip(.missingField, at: origin, "null in '\(options.field)'")
                return nil
            }
            return kept(string(bytes), origin) {
                var metadata: [String: String] = [:]
                for (name, column) in zip(options.metadata, columns.dropFirst()) {
                    if let column, let bytes = values[column] { metadata[name] = string(bytes) }
                }
                return metadata
            }
        case .json(let bytes):
            do throws(JSONError) {
                return try document(json: bytes, origin)
            } catch {
                counted.skip(.notJSON, at: origin, error.description)
                return nil
            }
        }
    }

    private func document(json bytes: UnsafeRawBufferPointer, _ origin: DocumentOrigin) throws(JSONError) -> Document? {
        let places = try JSONScanner.ranges(of: paths, in: bytes)
        guard let place = places[0], bytes[place.lowerBound] != UInt8(ascii: "n") else {
            if fieldsWithoutText == nil {
                fieldsWithoutText = try JSONScanner.value(of: bytes).object?.keys.sorted() ?? []
            }
            counted.skip(.missingField, at: origin, "no '\(options.field)'")
            return nil
        }
        guard bytes[place.lowerBound] == UInt8(ascii: "\"") else {
            counted.skip(.notText, at: origin, "'\(options.field)' is not text")
            return nil
        }
        let content = try jsonString(bytes, place)
        var metadata: [String: String] = [:]
        for (name, place) in zip(options.metadata, places.dropFirst()) {
            guard let place, bytes[place.lowerBound] != UInt8(ascii: "n") else { continue }
            // Numbers, lists and objects are kept as they are spelt.
            metadata[name] =
                bytes[place.lowerBound] == UInt8(ascii: "\"")
                ? try jsonString(bytes, place) : string(UnsafeRawBufferPointer(rebasing: bytes[place]))
        }
        return kept(content, origin) { metadata }
    }

    private func jsonString(_ bytes: UnsafeRawBufferPointer, _ place: Range<Int>) throws(JSONError) -> String {
        text.removeAll(keepingCapacity: true)
        var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: bytes[place]))
        if try scanner.string(into: &text) { counted.repaired += 1 }
        return text.withUnsafeBytes { string($0) }
    }

    /// A document, unless the text says nothing.
    private func kept(_ text: String, _ origin: DocumentOrigin, _ metadata: () -> [String: String]) -> Document? {
        guard text.utf8.contains(where: { $0 > 0x20 }) else {
            counted.skip(.empty, at: origin, "\(text.utf8.count) bytes without text")
            return nil
        }
        return Document(text: text, origin: origin, metadata: metadata())
    }

    /// The bytes as text, with what was done to them counted.
    private func string(_ bytes: UnsafeRawBufferPointer, isFile: Bool = false) -> String {
        let (text, encoding) = TextEncoding.decode(bytes)
        switch encoding {
        case .utf8: break
        case .latin1: counted.converted += 1
        case .damagedUTF8: counted.repaired += 1
        }
        guard isFile, let unix = LineEnds.unix(text) else { return text }
        counted.carriageReturns += 1
        return unix
    }
}
