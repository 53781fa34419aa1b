// ReAct's wording of the shop, and what it forbids.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XMAgents

@Suite("ReActWebShopTests")
struct ReActWebShopTests {
    static func start(_ asin: String) throws -> (ReActWebShop, WebShopGoal) {
        let shop = try TinyShop().shop()
        let goal = TinyShop.goal(shop, asin)
        return (try ReActWebShop(shop, goal: goal), shop.goals[goal])
    }

    @Test("from the search to the purchase")
    func purchase() throws {
        var (shop, goal) = try Self.start("B000000001")
        #expect(shop.reset().text == "\nWebshop \nInstruction:  \n\(goal.instruction) \n[Search] ")
        #expect(shop.step("think[I want tea]").text == "OK.")
        #expect(
            shop.step("search[green mint tea]").text
                == "\n[Back to Search] \nPage 1 (Total results: 3) \n[Next >] \n[B000000001] \nAlpine Green Tea Bags 20 "
                + "Count \n$4.5 \n[B000000002] \nHarbour Black Tea Loose Leaf \n$1010.25 to $1020.75 \n[B000000003] "
                + "\nCopper Kettle \n$100.0 ")
        let item = shop.step("click[B000000001]")
        #expect(
            item.text
                == "\n[Back to Search] \n[< Prev] \nsize [20 bags | box][40 bags]\nflavor name [mint]"
                + "\nAlpine Green Tea Bags 20 Count \nPrice: $4.5 \nRating: N.A. \n[Description] \n[Features] "
                + "\n[Reviews] \n[Buy Now] ")
        for option in goal.options {
            guard case .pair(_, let value) = option else { continue }
            #expect(shop.step("click[\(value)]").text == "You have clicked \(value).")
        }
        #expect(shop.step("click[Description]").text == "\n[Back to Search] \n[< Prev] \nTea from the mountains. ")
        #expect(shop.step("click[< Prev]").text.contains("[[mint]]"))
        let end = shop.step("click[Buy Now]")
        #expect(end == Observation("Your score (min 0.0, max 1.0): 1.0", reward: 1, isDone: true))
    }

    @Test(
        "what the page does not allow is invalid",
        arguments: [
            (
                "",
                ["", "click[Buy Now]", "click[Back to Search]", "click[< Prev]", "click[Next >]", "buy", "Search[tea]"]
            ),
            (
                "search[tea]",
                ["search[tea]", "click[Next >]", "click[< Prev]", "click[b000000001]", "click[Description]"]
            ),
            (
                "click[B000000001]",
                ["click[Mint]", "click[buy now]", "click[B000000001]", "search[x]"]
            ),
            ("click[Features]", ["click[Buy Now]", "click[Reviews]", "click[Next >]"]),
        ])
    func invalid(last: String, actions: [String]) throws {
        var (shop, _) = try Self.start("B000000001")
        for action in ["search[tea]", "click[B000000001]", "click[Features]"] where !last.isEmpty {
            _ = shop.step(action)
            if action == last { break }
        }
        let before = shop
        for action in actions + [String(repeating: "click[", count: 1 << 18)] {
            var shop = before
            let answer = shop.step(action)
            if action == actions.last, last == "click[Features]" { #expect(answer.text == "Invalid action!") }
            if action.utf8.count < 100 { #expect(answer.text == "Invalid action!", "\(action)") }
        }
    }

    @Test("an option that cuts its URL makes the page and the score fail, as in the recorded episodes")
    func cutAddress() throws {
        var (shop, _) = try Self.start("B000000003")
        _ = shop.step("search[kettle]")
        _ = shop.step("click[B000000003]")
        #expect(shop.step("click[red #2]").text == "You have clicked red #2.")
        #expect(shop.step("click[Description]").text.isEmpty)
        _ = shop.step("click[< Prev]")
        let end = shop.step("click[Buy Now]")
        #expect(end.text.isEmpty && end.isDone && end.reward == 0)
    }

    @Test("queries that are no part of a path find nothing", arguments: ["tea/coffee", "#1 tea", "tea?", "", "[tea"])
    func queries(query: String) throws {
        var (shop, _) = try Self.start("B000000003")
        #expect(shop.step("search[\(query)]").text.isEmpty)
        #expect(shop.step("click[B000000003]").text == "Invalid action!")
        #expect(shop.step("click[Back to Search]").text.contains("[Search]"))
    }

    @Test("values with an apostrophe are never shown as chosen, and a choice replaces an earlier one")
    func choices() throws {
        var (shop, _) = try Self.start("B000000003")
        _ = shop.step("search[kettle]")
        _ = shop.step("click[B000000003]")
        _ = shop.step("click[red #2]")
        _ = shop.step("click[o'blue]")
        _ = shop.step("click[Reviews]")
        let item = shop.step("click[< Prev]").text
        #expect(item.contains("color [red #2][o'blue]\n"))
    }

    @Test("who knows the goal buys it with the whole reward")
    func expert() throws {
        let shop = try TinyShop().shop()
        for (number, goal) in shop.goals.enumerated() {
            let environment = try ReActWebShop(shop, goal: number)
            let actions = environment.expertActions()
            // The kettle's "red #2" cannot be bought through ReAct's addresses.
            let isBuyable = !goal.options.contains(.pair(name: "color", value: "red #2"))
            #expect((actions != nil) == isBuyable)
            #expect(actions?.last == (isBuyable ? "click[Buy Now]" : nil))
        }
        let human = try ReActWebShop(try TinyShop().shop(.human), goal: 0).expertActions()
        #expect(human == ["search[i need mint tea]", "click[B000000001]", "click[mint]", "click[Buy Now]"])
    }
}
