// Recorded episodes of ReAct on the full catalogue, replayed in shops made of what each episode showed: its products
// all match its searches, so that clicks can be followed. The results of searches and the scores are those of products
// that are not at hand; pages, answers to clicks and refusals are compared.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMAgents

@Suite(
    "WebShopTranscriptTests",
    .enabled(if: DataRoot.has("agents/webshop/react_transcripts.jsonl"), "no recorded episodes: set XMODEL_DATA"))
struct WebShopTranscriptTests {
    struct Step {
        let action: String
        let observation: String
    }

    static func steps(_ episode: JSONValue) -> [Step] {
        episode["text"]!.string!.pythonSplit("Action: ").dropFirst().map { part in
            let halves = part.pythonSplit("\nObservation: ")
            let answer = halves.dropFirst().joined(separator: "\nObservation: ")
            // The log has an empty line after each observation, and the score after the last.
            let end = answer.pythonSplit("\n\n")[0]
            return Step(action: halves[0], observation: end)
        }
    }

    /// Products from the recorded pages; what no page shows stays empty.
    static func products(_ steps: [Step]) -> [WebShopProduct] {
        var products: [String: WebShopProduct] = [:]
        let queries = steps.compactMap { $0.action.dropping(prefix: "search[") }.joined(separator: " ")
        func add(_ asin: String, _ change: (inout WebShopProduct) -> Void) {
            var product = products[asin] ?? WebShopRewardTests.product(description: queries)
            product.asin = asin
            change(&product)
            products[asin] = product
        }
        for step in steps {
            let lines = step.observation.pythonSplit("\n")
            for (place, line) in lines.enumerated() where line.utf8.starts(with: "[B0".utf8) && place + 2 < lines.count
            {
                let asin = String(decoding: line.utf8.dropFirst().prefix(10), as: UTF8.self)
                add(asin) { $0.title = String(lines[place + 1].dropLast()) }
            }
            guard let asin = step.action.argument(after: "click["), lines.count > 8, lines[2] == "[< Prev] ",
                let price = lines.firstIndex(where: { $0.utf8.starts(with: "Price: $".utf8) }), price > 3
            else { continue }
            add(asin) { product in
                product.title = String(lines[price - 1].dropLast())
                let amounts = lines[price].pythonSplit("$").dropFirst().compactMap { Double($0.pythonWords[0]) }
                product.pricing = amounts.count == 1 ? .single(amounts[0]) : .range(amounts[0], amounts[1])
                product.options = lines[3..<(price - 1)].map { line in
                    let parts = line.pythonSplit(" [")
                    let values = parts.dropFirst().joined(separator: " [").dropLast().description.pythonSplit("][")
                    return .init(name: parts[0], values: values)
                }
            }
        }
        return products.values.sorted { $0.asin.precedesInPython($1.asin) }
    }

    @Test("refusals, choices and item pages are the recorded ones")
    func replay() throws {
        var (compared, unequal) = (0, [String]())
        for episode in try WebShopDataTests.lines("react_transcripts.jsonl") {
            let steps = Self.steps(episode)
            let products = Self.products(steps)
            let goal = WebShopGoal(
                asin: "", query: "", name: "", productCategory: "", instruction: episode["instruction"]!.string!,
                attributes: ["x"], priceUpper: 0, options: [])
            let shop = WebShop(
                WebShopCatalogue(products), goals: [goal], prices: products.map { _ in 0 })
            var environment = try ReActWebShop(shop, goal: 0)
            for step in steps {
                let answer = step.action == "reset" ? environment.reset() : environment.step(step.action)
                if answer.isDone { break }
                // A description or a list of results is of the full catalogue.
                let isOfCatalogue =
                    answer.text.utf8.starts(with: "\n[Back to Search] \nPage 1".utf8)
                    || ["click[Description]", "click[Features]", "click[Reviews]"].contains(step.action)
                if isOfCatalogue && step.observation != "Invalid action!" { continue }
                compared += 1
                // A page ends in a space, which the log's own line feed follows.
                if !answer.text.utf8.elementsEqual(step.observation.utf8) {
                    unequal.append("\(episode["fixed"]!.integer!): \(step.action)")
                    break
                }
            }
        }
        #expect(compared > 1400)
        #expect(unequal.isEmpty, "\(unequal)")
    }
}
