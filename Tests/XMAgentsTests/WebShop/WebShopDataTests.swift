// The official 1,000 products, from the data root.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMAgents

@Suite(
    "WebShopDataTests",
    .enabled(if: DataRoot.has("agents/webshop/documents_1000.jsonl"), "no WebShop products: set XMODEL_DATA"))
struct WebShopDataTests {
    static let folder = DataRoot.url.appending(path: "agents/webshop")

    static func catalogue() throws -> WebShopCatalogue {
        try WebShopCatalogue(
            products: folder.appending(path: "documents_1000.jsonl"),
            attributes: folder.appending(path: "items_ins_v2_1000.json"),
            instructions: folder.appending(path: "goals_human_1000.jsonl"))
    }

    static func lines(_ name: String) throws -> [JSONValue] {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        return try JSONLines.lines(of: text).map { try JSONValue.parse($0.text) }
    }

    @Test("what is indexed is what the search engine was given")
    func contents() throws {
        let products = try Self.catalogue().products
        let documents = try Self.lines("documents_1000.jsonl")
        #expect(products.count == 1000)
        for (product, document) in zip(products, documents) {
            #expect(product.searchText.utf8.elementsEqual(document["contents"]!.string!.utf8), "\(product.asin)")
            #expect(product.pricing.label == document["product"]?["Price"]?.string)
        }
    }

    @Test("goals in the order of the original: seed 233 over 6,910 synthetic and 13 human ones")
    func goals() throws {
        let catalogue = try Self.catalogue()
        let synthetic = WebShopGoals.make(.synthetic, from: catalogue.products).goals
        #expect(synthetic.count == 6910)
        #expect(WebShopGoals.make(.human, from: catalogue.products).goals.count == 13)
    }

    @Test("who finds the wanted product and its options has the whole reward")
    func oracle() throws {
        let shop = WebShop(try Self.catalogue(), goals: .synthetic)
        for number in stride(from: 0, to: shop.goals.count, by: 97) {
            let goal = shop.goals[number]
            var environment = try WebShopEnvironment(shop, goal: number)
            _ = environment.reset()
            let query = shop.catalogue[goal.asin]!.query
            var page = environment.step("search[<q> \(query)]")
            while page.admissible?.contains("click[\(goal.asin.lowercased())]") == false {
                page = environment.step("click[Next >]")
            }
            _ = environment.step("click[\(goal.asin)]")
            for case .pair(_, let value) in goal.options { _ = environment.step("click[\(value)]") }
            let end = environment.step("click[Buy Now]")
            #expect(end.isDone && end.reward > 0.5, "goal \(number): \(end.reward)")
        }
    }
}
