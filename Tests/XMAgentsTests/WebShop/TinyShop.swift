// A catalogue of a few made-up products, as files in the published forms.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport
import XMTestSupport

@testable import XMAgents

struct TinyShop {
    let folder: TemporaryFolder
    let products: URL
    let attributes: URL
    let instructions: URL

    static let rows = [
        """
        {"asin": "B000000001", "category": "grocery", "query": "Green Tea ", "product_category": "Food › Tea › Green",
         "name": "Alpine Green Tea Bags 20 Count", "full_description": "Tea from the mountains.",
         "small_description": ["Hand picked", "Caffeine free"], "pricing": "$4.50", "images": ["x"],
         "customization_options": {"Size": [{"value": " 20 Bags/Box ", "image": null}, {"value": "40 bags"}],
         "Color": null, "Flavor Name": [{"value": "Mint"}]}}
        """,
        """
        {"asin": "B000000002", "category": "grocery", "query": "black tea", "product_category": "Food › Tea › Black",
         "name": "Harbour Black Tea Loose Leaf", "full_description": "", "small_description": "Strong",
         "pricing": "$1,010.25 - $1,020.75", "images": ["x"], "customization_options": ""}
        """,
        """
        {"asin": "B000000003", "category": "kitchen", "query": "kettle", "product_category": "Kitchen › Kettles",
         "name": "Copper Kettle", "full_description": "For tea & coffee <hot>", "small_description": ["One", " "],
         "pricing": "", "images": ["x"], "customization_options": {"color": [{"value": "Red #2"}, {"value": "O'Blue"}]}}
        """,
        "{\"asin\": \"nan\"}", "{\"asin\": \"B0000000014\"}",
    ]

    init(rows: [String] = Self.rows) throws {
        folder = try TemporaryFolder()
        // A row that repeats a product is skipped.
        products = try folder.file("items.json", "[" + (rows + rows.prefix(1)).joined(separator: ",\n") + "]")
        attributes = try folder.file(
            "attributes.json",
            """
            {"B000000001": {"attributes": ["caffeine free", "hand picked"], "instruction": "Find me green tea",
             "instruction_attributes": ["caffeine free"]}, "B000000002": {"attributes": ["loose leaf"]},
             "B000000003": {"attributes": [], "instruction": "Find me a kettle", "instruction_attributes": ["copper"]}}
            """)
        instructions = try folder.file(
            "human.json",
            """
            {"B000000001": [{"instruction": "i need mint tea.", "instruction_attributes": ["caffeine free"],
             "instruction_options": ["mint"]}, {"instruction": "skipped", "instruction_attributes": [],
             "instruction_options": []}]}
            """)
    }

    func catalogue() throws -> WebShopCatalogue {
        try WebShopCatalogue(products: products, attributes: attributes, instructions: instructions)
    }

    func shop(_ source: WebShopGoals.Source = .synthetic) throws -> WebShop {
        WebShop(try catalogue(), goals: source)
    }

    /// The number of the goal that wants a product, the first of them.
    static func goal(_ shop: WebShop, _ asin: String) -> Int { shop.goals.firstIndex { $0.asin == asin }! }
}
