// Streams the documents, or whole records, of one file in order. Bad records are skipped and counted; a damaged file
// throws. Next: RecordReader.swift, the interface of the formats.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMSupport

package final class DocumentStream {
    private let file: DocumentFile
    private let records: any RecordReader
    private let options: ReaderOptions
    private let isWide: Bool
    /// Paths of the fields taken from a record: the text's, then those of the metadata.
    private let paths: [[String]]
    /// Their indices among a table's columns.
    private var columns: [Int?] = []
    private var counted = ReadingCounts()
    /// Field names of the first record without the text field, for the error if no record has it.
    private var fieldsWithoutText: [String]?
    private var text: [UInt8] = []
    private var isSelected = false

    /// `isWide`: the file is UTF-16, which its byte source converts.
    init(_ records: any RecordReader, of file: DocumentFile, options: ReaderOptions, isWide: Bool) throws {
        (self.records, self.file, self.options, self.isWide) = (records, file, options, isWide)
        let names = [options.field] + options.metadata
        paths = names.map { $0.split(separator: ".").map(String.init) }
        columns = names.map { records.columns.firstIndex(of: $0) }
        if records.hasByteOrderMark { counted.byteOrderMarks = 1 }
    }

    /// Where the next record begins; `DocumentFile.open` resumes from there.
    package var position: ReaderPosition { records.position }

    /// Statistics since this stream was opened.
    package var counts: ReadingCounts {
        var counts = counted
        counts.bytes = records.bytesRead
        return counts
    }

    /// The next document; nil at the end.
    package func next() throws -> Document? {
        if !isSelected { try records.select([options.field] + options.metadata) }
        isSelected = true
        while true {
            let origin = DocumentOrigin(file: file.path, record: records.position.record)
            guard let record = try records.next() else {
                if counted.documents == 0, let found = fieldsWithoutText {
                    throw ReaderError.noField(path: file.url.path, field: options.field, found: found)
                }
                return nil
            }
            if let document = try document(record, origin) {
                countDocument()
                counted.textBytes += document.text.utf8.count
                return document
            }
        }
    }

    /// The next record as a JSON value, for records that are more than one text; nil at the end. A plain-text document
    /// becomes an object with the single member "text". `fields` (nil: all) limits which fields are read; the first
    /// call decides.
    package func nextRecord(fields: [String]? = nil) throws -> (record: JSONValue, origin: DocumentOrigin)? {
        if !isSelected { try records.selectRecords(fields) }
        isSelected = true
        while true {
            let origin = DocumentOrigin(file: file.path, record: records.position.record)
            guard let raw = try records.next() else { return nil }
            let record: JSONValue
            switch raw {
            case .skipped(let cause, let detail):
                counted.skip(cause, at: origin, detail)
                continue
            case .text(let bytes): record = .object(["text": .string(string(bytes, isFile: true))])
            case .values(let values):
                let members = zip(records.columns, values).map { name, bytes in
                    (key: name, value: bytes.map { JSONValue.string(string($0)) } ?? .null)
                }
                record = .object(JSONObject(members))
            case .value(let value, let converted, let repaired):
                record = value
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

    // MARK: - Records

    private func document(_ raw: RawRecord, _ origin: DocumentOrigin) throws -> Document? {
        switch raw {
        case .skipped(let cause, let detail):
            counted.skip(cause, at: origin, detail)
            return nil
        case .text(let bytes): return kept(string(bytes, isFile: true), origin) { [:] }
        case .value: preconditionFailure("whole records were not selected")
        case .values(let values):
            guard let column = columns[0] else {
                throw ReaderError.noField(path: file.url.path, field: options.field, found: records.columns)
            }
            guard let bytes = values[column] else {
                counted.skip(.missingField, at: origin, "'\(options.field)' is null")
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
        let ranges = try JSONScanner.places(of: paths, in: bytes)
        guard let range = ranges[0], bytes[range.lowerBound] != UInt8(ascii: "n") else {
            if fieldsWithoutText == nil {
                fieldsWithoutText = try JSONScanner.value(of: bytes).object?.keys.sorted() ?? []
            }
            counted.skip(.missingField, at: origin, "no '\(options.field)'")
            return nil
        }
        guard bytes[range.lowerBound] == UInt8(ascii: "\"") else {
            counted.skip(.notText, at: origin, "'\(options.field)' is not text")
            return nil
        }
        let content = try jsonString(bytes, range)
        var metadata: [String: String] = [:]
        for (name, range) in zip(options.metadata, ranges.dropFirst()) {
            guard let range, bytes[range.lowerBound] != UInt8(ascii: "n") else { continue }
            // Numbers, lists and objects are kept as spelled.
            metadata[name] =
                bytes[range.lowerBound] == UInt8(ascii: "\"")
                ? try jsonString(bytes, range) : string(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
        return kept(content, origin) { metadata }
    }

    private func jsonString(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(JSONError) -> String {
        text.removeAll(keepingCapacity: true)
        var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: bytes[range]))
        if try scanner.string(into: &text) { counted.repaired += 1 }
        return text.withUnsafeBytes { string($0) }
    }

    /// A document, unless the text is blank.
    private func kept(_ text: String, _ origin: DocumentOrigin, _ metadata: () -> [String: String]) -> Document? {
        guard text.utf8.contains(where: { $0 > 0x20 }) else {
            counted.skip(.empty, at: origin, "\(text.utf8.count) bytes of white space")
            return nil
        }
        return Document(text: text, origin: origin, metadata: metadata())
    }

    /// Decodes the bytes and counts conversions and repairs.
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
