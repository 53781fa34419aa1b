// WebShop's official text environment (`WebAgentTextEnv`): `search[words]` from any page, `click[label]` for what the
// page offers, anything else changes nothing.
// SPDX-License-Identifier: Apache-2.0

package struct WebShopEnvironment: AgentEnvironment {
    package enum Mode: String, Sendable, CaseIterable {
        case plain = "text"
        case rich = "text_rich"
    }

    private let shop: WebShop
    private let goal: WebShopGoal
    private let mode: Mode
    /// Whether products have a page of their attributes; the original's default is that they have none.
    private let showsAttributes: Bool
    private var session = WebShopSession()
    private var page: WebShopPage
    private var reward = 0.0

    package init(_ shop: WebShop, goal number: Int, mode: Mode = .plain, showsAttributes: Bool = false) throws {
        self.shop = shop
        goal = try shop.goal(number)
        self.mode = mode
        self.showsAttributes = showsAttributes
        page = .index(goal.instruction)
    }

    package mutating func reset() -> Observation {
        (session, page, reward) = (WebShopSession(), .index(goal.instruction), 0)
        return observation
    }

    package mutating func step(_ action: String) -> Observation {
        guard session.location != .done, let (name, argument) = Self.parsed(action) else { return observation }
        let label = argument.pythonLowercased
        switch name {
        case "search":
            (session.keywords, session.page) = (label.pythonSplit(" "), 1)
            showResults()
        case "click":
            // The last of equal labels counts, as in the original's dictionary.
            if let node = page.nodes.last(where: { clickLabel($0)?.utf8.elementsEqual(label.utf8) == true }),
                label != "search"
            {
                click(node, label)
            }
        default: break
        }
        return observation
    }

    /// `(.+)\[(.+)\]` at the start, greedy, within the first line.
    private static func parsed(_ action: String) -> (name: String, argument: String)? {
        let line = Array(action.utf8.prefix { $0 != 0x0A })
        guard let close = line.lastIndex(of: UInt8(ascii: "]")),
            let open = line[..<max(close - 1, 0)].lastIndex(of: UInt8(ascii: "[")), open > 0
        else { return nil }
        return (
            String(decoding: line[..<open], as: UTF8.self), String(decoding: line[(open + 1)..<close], as: UTF8.self)
        )
    }

    // MARK: - Clicks

    /// How a node is named in a click; nil where it is only text.
    private func clickLabel(_ node: WebShopPage.Node) -> String? {
        switch node {
        case .button(let text), .product(let text): text.pythonLowercased
        case .option(let value, _): value
        case .text, .preformatted: nil
        }
    }

    /// Labels are tested in the server's order, in which an option named like a button is that button.
    private mutating func click(_ node: WebShopPage.Node, _ label: String) {
        switch (label, session.location) {
        case ("buy now", _): buy()
        case ("back to search", _): _ = reset()
        case ("next >", .results):
            session.page += 1
            showResults()
        case ("< prev", .results):
            session.page -= 1
            showResults()
        case ("< prev", .subPage): showItem()
        case ("< prev", .item): showResults()
        default:
            if let subPage = WebShopPage.SubPage.allCases.first(where: { $0.rawValue.lowercased() == label }) {
                guard let product else { return }
                session.location = .subPage(subPage)
                page = .subPage(goal.instruction, product, subPage)
                return
            }
            if case .product(let asin) = node {
                session.asin = asin
                session.visited.insert(asin)
            } else if case .option(_, let name) = node {
                session.choose(label, for: name)
            }
            showItem()
        }
    }

    private var product: WebShopProduct? { session.asin.flatMap { shop.catalogue[$0] } }

    private mutating func showResults() {
        (session.location, session.asin, session.choices) = (.results, nil, [])
        let products = shop.products(for: session.keywords)
        page = .results(
            goal.instruction, page: session.page, total: products.count,
            products: WebShop.page(session.page, of: products))
    }

    private mutating func showItem() {
        guard let product else { return }
        session.location = .item
        page = .item(goal.instruction, product, showsAttributes: showsAttributes)
    }

    private mutating func buy() {
        guard let product else { return }
        session.location = .done
        reward = shop.reward(for: goal, buying: product, choices: session.choices).total
        page = .done(asin: product.asin, options: session.choices, reward: reward)
    }

    // MARK: - Observations

    private var observation: Observation {
        let text =
            switch mode {
            case .plain: page.plainText
            case .rich: page.richText(address: address, visited: session.visited)
            }
        return Observation(text, reward: reward, isDone: session.location == .done, admissible: admissible)
    }

    /// Searches are admissible everywhere, so on the search page any words are.
    private var admissible: [String]? {
        guard session.location != .search else { return nil }
        var seen: Set<String> = []
        return page.nodes.compactMap(clickLabel).filter { seen.insert($0).inserted }.map { "click[\($0)]" }
    }

    /// The item page's URL, of which the options are a part.
    private var address: String {
        guard session.location == .item, let asin = session.asin else { return "" }
        let keywords = session.keywords.joined(separator: "+")
        return "/item_page/\(asin)/\(keywords)/\(session.page)/\(PythonJSON.object(session.choices))"
    }
}
