// The rows of WebShop's published files, one at a time: the full catalogue has more than a million products.
// `items_shuffle*.json` is an array; `documents.jsonl`, the search engine's input, has a product in each line.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

struct WebShopFile {
    let url: URL
    private let file: MappedFile

    init(_ url: URL) throws {
        self.url = url
        file = try MappedFile(url)
    }

    var name: String { url.lastPathComponent }

    /// Calls `body` with each product and its row, counted from 1.
    func eachProduct(_ body: (WebShopRow) throws -> Void) throws {
        if url.pathExtension == "jsonl" {
            try eachLine { row in
                guard let product = row.value["product"], product.object != nil else {
                    throw row.wrong("product", "an object")
                }
                try body(WebShopRow(file: name, number: row.number, value: product))
            }
        } else {
            for (index, range) in try elements().enumerated() {
                let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
                try body(WebShopRow(file: name, number: index + 1, value: JSONScanner.value(of: bytes)))
            }
        }
    }

    /// Where the elements of the file's array lie.
    private func elements() throws -> [Range<Int>] {
        var scanner = JSONScanner(file.bytes)
        guard scanner.kind() == .list else { throw WebShopError.wrongForm(name, wanted: "an array of products") }
        var ranges: [Range<Int>] = []
        do {
            try scanner.list(depth: 0) { scanner throws(JSONError) in
                let start = scanner.position
                try scanner.skipValue(depth: 1)
                ranges.append(start..<scanner.position)
            }
            try scanner.end()
        } catch {
            throw WebShopError.notJSON(name, row: ranges.count + 1, error.description)
        }
        return ranges
    }

    /// Calls `body` with the value of each line that is not blank.
    func eachLine(_ body: (WebShopRow) throws -> Void) throws {
        for (index, line) in file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) {
            do {
                let value = try JSONScanner.value(of: UnsafeRawBufferPointer(rebasing: line))
                try body(WebShopRow(file: name, number: index + 1, value: value))
            } catch let error as JSONError {
                throw WebShopError.notJSON(name, row: index + 1, error.description)
            }
        }
    }

    /// The members of the one object that the file is.
    func members() throws -> JSONObject {
        do {
            guard let object = try JSONScanner.value(of: file.bytes).object else {
                throw WebShopError.wrongForm(name, wanted: "an object whose keys are products")
            }
            return object
        } catch let error as JSONError {
            throw WebShopError.notJSON(name, row: 1, error.description)
        }
    }
}

/// A value with its place, for messages.
struct WebShopRow {
    let file: String
    let number: Int
    let value: JSONValue

    func wrong(_ key: String, _ wanted: String) -> WebShopError {
        .wrongValue(file, row: number, key: key, wanted: wanted)
    }

    func string(_ key: String) throws -> String {
        guard let text = value[key]?.string else { throw wrong(key, "a string") }
        return text
    }
}
