// WebShop's pages as the text nodes that a reader of their HTML sees, in order: the one source of all three renderings.
// Next: WebShopPage+Text.swift (the official modes), ReActWebShop.swift (ReAct's).
// SPDX-License-Identifier: Apache-2.0

package struct WebShopPage: Sendable, Equatable {
    package enum Node: Sendable, Equatable {
        case text(String)
        case button(String)
        /// A value of an option, with the option's name.
        case option(String, name: String)
        /// A link to a product, by its asin.
        case product(String)
        /// Preformatted text, of which the white space stays.
        case preformatted(String)

        package var text: String {
            switch self {
            case .text(let text), .button(let text), .option(let text, _), .product(let text),
                .preformatted(let text):
                text
            }
        }
    }

    package private(set) var nodes: [Node] = []

    init(_ nodes: [Node]) { self.nodes = nodes.compactMap(Self.parsed) }

    /// An empty text has no node. Of white space the parser of the original (BeautifulSoup) keeps one line feed, which
    /// the renderings drop, or one space.
    private static func parsed(_ node: Node) -> Node? {
        let text = node.text
        if text.isEmpty { return nil }
        if case .preformatted = node { return text == "\n" ? nil : node }
        guard text.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x09 || $0 == 0x0C || $0 == 0x0D }) else {
            return node
        }
        if text.utf8.contains(0x0A) { return nil }
        switch node {
        case .text: return .text(" ")
        case .button: return .button(" ")
        case .option(_, let name): return .option(" ", name: name)
        case .product: return .product(" ")
        case .preformatted: return node
        }
    }

    // MARK: - Pages

    package static func index(_ instruction: String) -> WebShopPage {
        WebShopPage([.text("WebShop"), .text("Instruction: "), .text(instruction), .button("Search")])
    }

    /// - Parameters:
    ///   - products: those of this page.
    ///   - total: how many there are on all pages.
    package static func results(
        _ instruction: String, page: Int, total: Int, products: some Sequence<WebShopProduct>
    ) -> WebShopPage {
        var nodes = top(instruction) + [.text("Page \(page) (Total results: \(total))")]
        if page > 1 { nodes.append(.button(Button.previous)) }
        nodes.append(.button(Button.next))
        for product in products {
            nodes += [.product(product.asin), .text(product.title), .text(product.pricing.label)]
        }
        return WebShopPage(nodes)
    }

    package static func item(_ instruction: String, _ product: WebShopProduct, showsAttributes: Bool) -> WebShopPage {
        var nodes = top(instruction) + [.button(Button.previous)]
        for option in product.options {
            nodes.append(.text(option.name))
            nodes += option.values.map { .option($0, name: option.name) }
        }
        nodes += [.text(product.title), .text("Price: \(product.pricing.label)"), .text("Rating: N.A.")]
        nodes += SubPage.allCases.filter { $0 != .attributes || showsAttributes }.map { .button($0.rawValue) }
        return WebShopPage(nodes + [.button(Button.buy)])
    }

    /// Reviews are not part of the published data.
    package static func subPage(_ instruction: String, _ product: WebShopProduct, _ subPage: SubPage) -> WebShopPage {
        let details: [Node] =
            switch subPage {
            case .description: [.text(product.description)]
            case .features: product.bulletPoints.map { .text(" " + $0) }
            case .reviews: []
            case .attributes:
                product.attributes.map { .text(" " + $0) }
                    + [.text(product.category), .text(product.query), .text(product.productCategory)]
            }
        return WebShopPage(top(instruction) + [.button(Button.previous)] + details)
    }

    /// The page after buying. Its hidden blocks are text like any other, and most are empty in the text environment.
    package static func done(asin: String, options: [WebShopSession.Choice], reward: Double) -> WebShopPage {
        func field(_ name: String, _ value: String? = "None") -> [Node] {
            [.text(name)] + (value.map { [.preformatted($0)] } ?? [])
        }
        let chosen = PythonJSON.object(options.sorted { $0.name.precedesInPython($1.name) }, isHTML: true)
        var nodes: [Node] = [.text("Thank you for shopping with us!"), .text("Your code: "), .preformatted("None")]
        nodes += [.text(" (Paste it in your MTurk interface.)"), .text("Purchased")]
        nodes += field("asin", asin) + field("options", chosen) + field("attrs") + field("category") + field("query")
        nodes += field("product category") + [.text("Target")]
        for name in ["asin", "options", "attrs", "price upper", "instuction text", "category"] {
            nodes += field(name, nil)
        }
        nodes += field("product category", nil) + field("query", nil) + field("Goal ") + [.text("Reward")]
        nodes += field("Your score (min 0.0, max 1.0)", "\(reward)") + field("Reward Details ")
        return WebShopPage(nodes)
    }

    private static func top(_ instruction: String) -> [Node] {
        [.text("Instruction:"), .text(instruction), .button(Button.backToSearch)]
    }

    package enum Button {
        package static let (backToSearch, previous, next, buy) = ("Back to Search", "< Prev", "Next >", "Buy Now")
    }

    package enum SubPage: String, Sendable, CaseIterable {
        case description = "Description"
        case features = "Features"
        case reviews = "Reviews"
        case attributes = "Attributes"
    }
}
