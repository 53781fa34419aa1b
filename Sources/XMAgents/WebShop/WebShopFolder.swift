// A shop made ready once: the published files (5 GB for the full catalogue) reduced to what an episode needs, and the
// search index beside them.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package enum WebShopFolder {
    private static let (products, attributes, index) = ("products.jsonl", "attributes.json", "search.index")
    /// The instructions keep the form in which they came.
    private static let instructions = ["instructions.json", "instructions.jsonl"]

    /// Reads the published files (WebShopCatalogue's) and writes the folder.
    /// - Returns: the number of products.
    package static func make(
        _ folder: URL, products: URL, attributes: URL, instructions: URL? = nil
    ) throws -> Int {
        let catalogue = try WebShopCatalogue(products: products, attributes: attributes, instructions: instructions)
        try AtomicFolder.create(folder)
        try AtomicFile.create(folder.appending(path: Self.products)) { file in
            for product in catalogue.products {
                let line = Array((JSONValue.object(["product": row(product)]).text + "\n").utf8)
                try line.withUnsafeBytes { try file.write($0) }
            }
        }
        try copy(attributes, to: folder.appending(path: Self.attributes))
        if let instructions {
            let isLines = instructions.pathExtension == "jsonl"
            try copy(instructions, to: folder.appending(path: Self.instructions[isLines ? 1 : 0]))
        }
        try BM25Index(catalogue.products.map { (identifier: $0.asin, text: $0.searchText) })
            .write(to: folder.appending(path: index))
        return catalogue.products.count
    }

    package static func load(_ folder: URL, goals: WebShopGoals.Source) throws -> WebShop {
        let human = instructions.map { folder.appending(path: $0) }
        let catalogue = try WebShopCatalogue(
            products: folder.appending(path: products), attributes: folder.appending(path: attributes),
            instructions: human.first { FileManager.default.fileExists(atPath: $0.path) })
        let index = try BM25Index(contentsOf: folder.appending(path: Self.index))
        guard index.documentCount == catalogue.products.count else {
            throw WebShopError.badIndex(
                Self.index, "has \(index.documentCount) products and \(Self.products) has \(catalogue.products.count)")
        }
        return WebShop(catalogue, goals: goals, index: index)
    }

    private static func copy(_ source: URL, to target: URL) throws {
        let file = try MappedFile(source)
        try AtomicFile.create(target) { try $0.write(file.bytes) }
    }

    /// A product in the keys of the published file, as WebShopCatalogue reads it.
    private static func row(_ product: WebShopProduct) -> JSONValue {
        let amounts: [Double] =
            switch product.pricing {
            case .single(let amount): [amount]
            case .range(let low, let high): [low, high]
            }
        let options = product.options.map { option in
            (key: option.name, value: JSONValue.array(option.values.map { .object(["value": .string($0)]) }))
        }
        return .object([
            "asin": .string(product.asin), "category": .string(product.category), "query": .string(product.query),
            "product_category": .string(product.productCategory), "name": .string(product.title),
            "full_description": .string(product.description),
            "small_description": .array(product.bulletPoints.map { .string($0) }),
            "pricing": .array(amounts.map { .number("\($0)") }),
            "customization_options": .object(JSONObject(options)),
        ])
    }
}
