// Loads WebShop's products as `load_products` of its engine does: which rows are skipped, how prices and options are
// read. Attributes and instructions lie in files of their own. Next: WebShopGoals.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct WebShopCatalogue: Sendable {
    package private(set) var products: [WebShopProduct] = []
    private var places: [String: Int] = [:]

    /// - Parameters:
    ///   - products: `items_shuffle*.json`, or the search engine's `documents*.jsonl`.
    ///   - attributes: `items_ins_v2*.json`.
    ///   - instructions: `items_human_ins.json`, or its entries as lines with an `asin`; nil for synthetic goals alone.
    package init(products: URL, attributes: URL, instructions: URL? = nil) throws {
        let attributes = try Self.attributes(attributes)
        let human = try instructions.map(Self.humanInstructions) ?? [:]
        try WebShopFile(products).eachProduct { row in
            guard var product = try Self.product(row), places[product.asin] == nil else { return }
            if let entry = attributes[product.asin] {
                product.attributes = entry.attributes
                product.synthetic = entry.instruction
            }
            product.human = human[product.asin] ?? []
            places[product.asin] = self.products.count
            self.products.append(product)
        }
        guard !self.products.isEmpty else { throw WebShopError.noProducts(products.lastPathComponent) }
    }

    package init(_ products: [WebShopProduct]) {
        self.products = products
        places = Dictionary(products.enumerated().map { ($1.asin, $0) }) { first, _ in first }
    }

    package subscript(_ asin: String) -> WebShopProduct? { places[asin].map { products[$0] } }

    // MARK: - Products

    /// Nil for rows that the engine skips: identifiers that are 'nan' or longer than ten characters.
    private static func product(_ row: WebShopRow) throws -> WebShopProduct? {
        let asin = try row.string("asin")
        guard asin != "nan", asin.unicodeScalars.count <= 10 else { return nil }
        guard !asin.isEmpty, asin.utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 }) else {
            throw WebShopError.badIdentifier(row.file, row: row.number, found: asin)
        }
        return WebShopProduct(
            asin: asin, category: try row.string("category"),
            query: try row.string("query").pythonLowercased.pythonStripped,
            productCategory: try row.string("product_category"), title: try row.string("name"),
            description: try row.string("full_description"), bulletPoints: try bulletPoints(row),
            pricing: try pricing(row), options: try options(row), attributes: ["DUMMY_ATTR"])
    }

    /// A list of strings, or one string.
    private static func bulletPoints(_ row: WebShopRow) throws -> [String] {
        if let text = row.value["small_description"]?.string { return [text] }
        guard let points = row.value["small_description"]?.strings, !points.isEmpty else {
            throw row.wrong("small_description", "a string or a list of strings")
        }
        return points
    }

    /// None means 100; a string has amounts after dollar signs; the search engine's documents have numbers.
    private static func pricing(_ row: WebShopRow) throws -> WebShopProduct.Pricing {
        let amounts: [Double]
        switch row.value["pricing"] {
        case nil, .null, .string(""): return .single(100)
        case .string(let text):
            // Of "$1,234.50" the digits and the point count.
            amounts = try text.pythonSplit("$").dropFirst().map { part in
                let digits = part.utf8.filter { 0x30...0x39 ~= $0 || $0 == UInt8(ascii: ".") }
                guard let amount = Double(String(decoding: digits, as: UTF8.self)) else {
                    throw WebShopError.badPrice(row.file, row: row.number, found: text)
                }
                return amount
            }
            guard !amounts.isEmpty else { throw WebShopError.badPrice(row.file, row: row.number, found: text) }
        case .array(let values):
            amounts = values.compactMap(\.double)
            guard amounts.count == values.count, !amounts.isEmpty else { throw row.wrong("pricing", "numbers") }
        default: throw row.wrong("pricing", "a string or a list of numbers")
        }
        guard amounts.allSatisfy(\.isFinite) else { throw row.wrong("pricing", "of finite amounts") }
        return amounts.count == 1 ? .single(amounts[0]) : .range(amounts[0], amounts[1])
    }

    /// An option whose name appears twice keeps its first place and its last values, as in a Python dictionary.
    private static func options(_ row: WebShopRow) throws -> [WebShopProduct.Option] {
        let key = "customization_options"
        switch row.value[key] {
        case .null, .string(""): return []
        case .object(let members):
            var options: [WebShopProduct.Option] = []
            for (name, contents) in members where contents != .null {
                guard let contents = contents.array else { throw row.wrong(key, "of lists") }
                let values = try contents.map { content in
                    guard let value = content["value"]?.string else { throw row.wrong(key, "of objects with 'value'") }
                    return value.pythonStripped.pythonSplit("/").joined(separator: " | ").pythonLowercased
                }
                let option = WebShopProduct.Option(name: name.pythonLowercased, values: values)
                if let place = options.firstIndex(where: { $0.name.utf8.elementsEqual(option.name.utf8) }) {
                    options[place] = option
                } else {
                    options.append(option)
                }
            }
            return options
        default: throw row.wrong(key, "an object")
        }
    }

    // MARK: - Attributes and instructions

    private struct Entry {
        let attributes: [String]
        let instruction: WebShopProduct.Instruction?
    }

    private static func attributes(_ url: URL) throws -> [String: Entry] {
        let file = try WebShopFile(url)
        var entries: [String: Entry] = [:]
        for (asin, value) in try file.members() {
            func wrong(_ key: String, _ wanted: String) -> WebShopError {
                .badInstruction(file.name, product: asin, key: key, wanted: wanted)
            }
            guard let attributes = value["attributes"]?.strings else { throw wrong("attributes", "a list of strings") }
            var instruction: WebShopProduct.Instruction?
            if let text = value["instruction"], text != .null {
                guard let text = text.string else { throw wrong("instruction", "a string") }
                guard let chosen = value["instruction_attributes"]?.strings, !chosen.isEmpty else {
                    throw wrong("instruction_attributes", "a list of strings")
                }
                instruction = WebShopProduct.Instruction(text: text, attributes: chosen)
            }
            entries[asin] = Entry(attributes: attributes, instruction: instruction)
        }
        return entries
    }

    private static func humanInstructions(_ url: URL) throws -> [String: [WebShopProduct.Instruction]] {
        let file = try WebShopFile(url)
        var entries: [String: [WebShopProduct.Instruction]] = [:]
        func add(_ value: JSONValue, of asin: String) throws {
            func wrong(_ key: String, _ wanted: String) -> WebShopError {
                .badInstruction(file.name, product: asin, key: key, wanted: wanted)
            }
            guard let text = value["instruction"]?.string else { throw wrong("instruction", "a string") }
            guard let attributes = value["instruction_attributes"]?.strings else {
                throw wrong("instruction_attributes", "a list of strings")
            }
            guard let options = value["instruction_options"]?.strings else {
                throw wrong("instruction_options", "a list of strings")
            }
            entries[asin, default: []].append(.init(text: text, attributes: attributes, options: options))
        }
        if url.pathExtension == "jsonl" {
            try file.eachLine { row in try add(row.value, of: row.string("asin")) }
        } else {
            for (asin, list) in try file.members() {
                guard let list = list.array else {
                    throw WebShopError.badInstruction(file.name, product: asin, key: asin, wanted: "a list")
                }
                for value in list { try add(value, of: asin) }
            }
        }
        return entries
    }
}

extension JSONValue {
    fileprivate var strings: [String]? {
        guard let array, case let strings = array.compactMap(\.string), strings.count == array.count else { return nil }
        return strings
    }
}
