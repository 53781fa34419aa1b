// Loading products, and the goals made of them.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@testable import XMAgents

@Suite("WebShopCatalogueTests")
struct WebShopCatalogueTests {
    @Test("products are read as the engine reads them")
    func products() throws {
        let products = try TinyShop().catalogue().products
        #expect(products.map(\.asin) == ["B000000001", "B000000002", "B000000003"])
        let tea = products[0]
        #expect(tea.query == "green tea" && tea.attributes == ["caffeine free", "hand picked"])
        #expect(tea.options.map(\.name) == ["size", "flavor name"])
        #expect(tea.options[0].values == ["20 bags | box", "40 bags"])
        #expect(products.map(\.pricing.label) == ["$4.5", "$1010.25 to $1020.75", "$100.0"])
        #expect(products[1].bulletPoints == ["Strong"])
        #expect(
            tea.searchText
                == "alpine green tea bags 20 count tea from the mountains. hand picked size: 20 bags | box, 40 bags, "
                + "and flavor name: mint")
    }

    @Test("the search engine's documents give the same products")
    func documents() throws {
        let shop = try TinyShop()
        let lines = TinyShop.rows.prefix(3).map { row in
            #"{"id": "x", "contents": "y", "product": "#
                + row.split(separator: "\n").joined()
                .replacing(#""$1,010.25 - $1,020.75""#, with: "[1010.25, 1020.75]").replacing(
                    #""$4.50""#, with: "[4.5]")
                + "}"
        }
        let file = try shop.folder.file("documents.jsonl", lines.joined(separator: "\n") + "\n")
        let catalogue = try WebShopCatalogue(
            products: file, attributes: shop.attributes, instructions: shop.instructions)
        #expect(catalogue.products == (try shop.catalogue().products))
    }

    /// Prices and limits of `random.Random(int(asin, 36))` in CPython 3.11.
    @Test("synthetic goals: one for each combination of options")
    func synthetic() throws {
        let shop = try TinyShop().shop()
        #expect(shop.goals.count == 4)
        let tea = shop.goals.filter { $0.asin == "B000000001" }
        #expect(tea.allSatisfy { $0.priceUpper > 4.5 && $0.priceUpper <= 40 && $0.attributes == ["caffeine free"] })
        let limit = Int(tea[0].priceUpper)
        #expect(
            Set(tea.map(\.instruction)) == [
                "Find me green tea with flavor name: mint, and size: 20 bags | box, and price lower than \(limit).00 dollars",
                "Find me green tea with flavor name: mint, and size: 40 bags, and price lower than \(limit).00 dollars",
            ])
        #expect(tea[0].options.first == .pair(name: "flavor name", value: "mint"))
    }

    @Test("human goals: those with attributes, without outer full stops")
    func human() throws {
        let goals = try TinyShop().shop(.human).goals
        #expect(goals.count == 1)
        #expect(goals[0].instruction == "i need mint tea, and price lower than \(Int(goals[0].priceUpper)).00 dollars")
        #expect(goals[0].options == [.value("mint")])
    }

    @Test(
        "bad files are named with their row",
        arguments: [
            ("[{\"asin\": \"B000000001\"", "items.json: row 1 is not JSON"),
            ("{}", "items.json: is not an array of products"), ("[]", "items.json: has no products"),
            ("", "items.json: "),
            ("[" + TinyShop.rows[0] + ", {\"asin\": 3}]", "items.json: in row 2, 'asin' is missing or not a string"),
            ("[{\"asin\": \"../../etc\"}]", "in row 1, 'asin' is '../../etc'"),
            (
                "[" + TinyShop.rows[0].replacing("\"$4.50\"", with: "\"free\"") + "]",
                "items.json: in row 1, 'pricing' is 'free'"
            ),
            (
                "[" + TinyShop.rows[0].replacing("\"$4.50\"", with: "\"$1.2.3\"") + "]",
                "items.json: in row 1, 'pricing' is '$1.2.3'"
            ),
            (
                "[" + TinyShop.rows[0].replacing("\"40 bags\"", with: "7") + "]",
                "items.json: in row 1, 'customization_options' is missing or not of objects with 'value'"
            ),
            (String(repeating: "[", count: 100_000), "items.json: row 1 is not JSON"),
        ])
    func badProducts(text: String, message: String) throws {
        let shop = try TinyShop()
        let file = try shop.folder.file("items.json", text)
        let error = #expect(throws: WebShopError.self) {
            try WebShopCatalogue(products: file, attributes: shop.attributes)
        }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test("bad attributes and instructions are named with their product")
    func badInstructions() throws {
        let shop = try TinyShop()
        let attributes = try shop.folder.file("a.json", #"{"B1": {"attributes": "x"}}"#)
        #expect(
            throws: WebShopError.badInstruction("a.json", product: "B1", key: "attributes", wanted: "a list of strings")
        ) {
            try WebShopCatalogue(products: shop.products, attributes: attributes)
        }
        let human = try shop.folder.file("h.jsonl", "{\"asin\": \"B1\", \"instruction\": \"x\"}\n")
        #expect(
            throws: WebShopError.badInstruction(
                "h.jsonl", product: "B1", key: "instruction_attributes", wanted: "a list of strings")
        ) {
            try WebShopCatalogue(products: shop.products, attributes: shop.attributes, instructions: human)
        }
        #expect(throws: WebShopError.noGoal(index: 4, count: 4)) { try ReActWebShop(shop.shop(), goal: 4) }
    }
}
