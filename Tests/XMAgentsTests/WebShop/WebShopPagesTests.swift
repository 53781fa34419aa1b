// The original site's own test pages have the texts of ours, in the same order.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@testable import XMAgents

@Suite(
    "WebShopPagesTests", .enabled(if: DataRoot.has("agents/webshop/pages"), "no pages of the site: set XMODEL_DATA"))
struct WebShopPagesTests {
    /// The visible texts of a page with the names of their elements. The pages are simple: no attribute holds a '>'.
    static func texts(_ name: String) throws -> [(element: String, text: String)] {
        let file = WebShopDataTests.folder.appending(path: "pages/\(name).html")
        var html = try String(contentsOf: file, encoding: .utf8)
        for pattern in ["<!--[\\s\\S]*?-->", "<script[\\s\\S]*?</script>", "<head>[\\s\\S]*?</head>"] {
            html = html.replacingOccurrences(of: pattern, with: "", options: .regularExpression)
        }
        return html.pythonSplit("<").dropFirst().compactMap { part in
            let halves = part.pythonSplit(">")
            var text = halves.dropFirst().joined(separator: ">")
            guard !text.pythonStripped.isEmpty else { return nil }
            for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&#34;", "\""), ("&amp;", "&")] {
                text = text.replacing(entity, with: character)
            }
            return (halves[0].pythonWords.first ?? "", text)
        }
    }

    static func product(_ texts: [(element: String, text: String)]) -> WebShopProduct {
        var product = WebShopRewardTests.product()
        product.bulletPoints = texts.filter { $0.element == "p" }.map { String($0.text.dropFirst()) }
        for (place, entry) in texts.enumerated() {
            switch entry.element {
            case "label":
                if texts[place - 1].element == "h4" {
                    product.options.append(.init(name: texts[place - 1].text, values: []))
                }
                product.options[product.options.count - 1].values.append(entry.text)
            case "h2": product.title = entry.text
            case "p": product.description = entry.text
            default:
                let amounts = entry.text.pythonSplit("$").dropFirst().compactMap { Double($0.pythonWords[0]) }
                if amounts.count == 1 { product.pricing = .single(amounts[0]) }
                if amounts.count == 2 { product.pricing = .range(amounts[0], amounts[1]) }
            }
        }
        return product
    }

    @Test("item, description and features")
    func item() throws {
        for (name, subPage) in [("", nil), ("_desc", .description), ("_feat", .features)]
            as [(String, WebShopPage.SubPage?)]
        {
            let texts = try Self.texts("mock_parse_item_page_ws\(name)")
            let (product, instruction) = (Self.product(texts), texts[1].text)
            let page =
                subPage.map { WebShopPage.subPage(instruction, product, $0) }
                ?? WebShopPage.item(instruction, product, showsAttributes: false)
            #expect(page.nodes.map(\.text) == texts.map(\.text))
            #expect(texts.count > 4)
        }
    }

    @Test("results")
    func results() throws {
        let texts = try Self.texts("mock_parse_results_ws")
        let products = texts.indices.filter { texts[$0].element == "a" }.map { place in
            var product = Self.product([texts[place + 2]])
            (product.asin, product.title) = (texts[place].text, texts[place + 1].text)
            return product
        }
        #expect(products.count == 10)
        let page = WebShopPage.results(texts[1].text, page: 1, total: 50, products: products)
        #expect(page.nodes.map(\.text) == texts.map(\.text))
    }
}
