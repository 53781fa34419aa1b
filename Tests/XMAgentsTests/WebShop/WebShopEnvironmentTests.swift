// The official text environment, page by page.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XMAgents

@Suite("WebShopEnvironmentTests")
struct WebShopEnvironmentTests {
    static func start(_ asin: String, _ mode: WebShopEnvironment.Mode) throws -> (WebShopEnvironment, WebShopGoal) {
        let shop = try TinyShop().shop()
        let goal = TinyShop.goal(shop, asin)
        return (try WebShopEnvironment(shop, goal: goal, mode: mode), shop.goals[goal])
    }

    @Test("mode text: from the search to the purchase")
    func plain() throws {
        var (environment, goal) = try Self.start("B000000003", .plain)
        #expect(environment.reset().text == "WebShop [SEP] Instruction: [SEP] \(goal.instruction) [SEP] Search")
        let top = "Instruction: [SEP] \(goal.instruction) [SEP] Back to Search"
        var observation = environment.step("search[Kettle]")
        #expect(
            observation.text
                == "\(top) [SEP] Page 1 (Total results: 1) [SEP] Next > [SEP] B000000003 [SEP] Copper Kettle [SEP] $100.0"
        )
        #expect(observation.admissible == ["click[back to search]", "click[next >]", "click[b000000003]"])
        observation = environment.step("click[B000000003]")
        #expect(
            observation.text
                == "\(top) [SEP] < Prev [SEP] color [SEP] red #2 [SEP] o'blue [SEP] Copper Kettle [SEP] Price: $100.0 "
                + "[SEP] Rating: N.A. [SEP] Description [SEP] Features [SEP] Reviews [SEP] Buy Now")
        #expect(environment.step("click[description]").text == "\(top) [SEP] < Prev [SEP] For tea & coffee <hot>")
        _ = environment.step("click[< prev]")
        // The blank feature is a blank text.
        #expect(environment.step("click[FEATURES]").text == "\(top) [SEP] < Prev [SEP] One [SEP] ")
        _ = environment.step("click[< prev]")
        _ = environment.step("click[red #2]")
        observation = environment.step("click[buy now]")
        #expect(observation.isDone && observation.text.contains("Your score (min 0.0, max 1.0) [SEP] "))
        #expect(observation.text.contains("options [SEP] {\"color\": \"red #2\"}"))
        #expect(environment.step("search[tea]") == observation)
    }

    @Test("mode text_rich marks what was chosen and opened")
    func rich() throws {
        var (environment, goal) = try Self.start("B000000003", .rich)
        #expect(environment.reset().text == "WebShop\nInstruction: \n\(goal.instruction)\n[button] Search [button_]\n")
        #expect(environment.step("search[kettle]").text.contains("\n\n[button] B000000003 [button_]\n"))
        _ = environment.step("click[b000000003]")
        let chosen = environment.step("click[red #2]").text
        #expect(chosen.utf8.starts(with: "You have clicked red #2.\nInstruction:\n".utf8))
        #expect(chosen.contains("\n  [clicked button] red #2 [clicked button_]\n  [button] o'blue [button_]\n"))
        #expect(environment.step("click[< prev]").text.contains("\n[clicked button] B000000003 [clicked button_]\n"))
        #expect(!environment.step("click[b000000003]").text.contains("You have clicked"))
    }

    @Test(
        "what is not understood changes nothing",
        arguments: [
            "", "think[hm]", "click[nothing]", "click[search]", "search[]", "search", "[x]", "click[", "]",
            "click[x]]\n",
            "buy now", String(repeating: "[", count: 1 << 20), "\u{0}\u{1B}[2J",
        ])
    func ignored(action: String) throws {
        var (environment, _) = try Self.start("B000000001", .plain)
        let first = environment.reset()
        #expect(environment.step(action) == first)
    }

    @Test("pages: numbers rise without end, and the first has no way back")
    func pages() throws {
        var (environment, _) = try Self.start("B000000001", .plain)
        _ = environment.step("search[tea]")
        #expect(environment.step("click[< prev]").text.contains("Page 1 "))
        #expect(environment.step("click[next >]").text.contains("Page 2 (Total results: 3) [SEP] < Prev [SEP] Next >"))
        #expect(environment.step("click[< prev]").text.contains("Page 1 "))
    }

    @Test(
        "searches that are commands",
        arguments: [
            ("<q> black tea", 1), ("<c> grocery", 2), ("<c>", 0), ("<a> caffeine free", 1), ("<r>", 3), ("<q>", 0),
        ])
    func commands(query: String, count: Int) throws {
        var (environment, _) = try Self.start("B000000001", .plain)
        #expect(environment.step("search[\(query)]").text.contains("(Total results: \(count))"))
    }

    @Test("an action of another episode leaves this one as it was")
    func values() throws {
        var (first, _) = try Self.start("B000000001", .plain)
        let start = first.reset()
        var second = first
        _ = second.step("search[tea]")
        #expect(first.step("x") == start)
    }
}
