// WebShop as ReAct sees it (S. Yao et al. 2023, WebShop notebook): other words for the same pages, three products a
// page and no second page, options named one by one, `think[...]`, and "Invalid action!" for what cannot be done.
// SPDX-License-Identifier: Apache-2.0

package struct ReActWebShop: AgentEnvironment {
    let shop: WebShop
    let goal: WebShopGoal
    private var session = WebShopSession()
    /// The asins of the last page of results, those not shown included.
    private var asins: [String] = []
    /// The option that each value of the last item page with options belongs to; kept when another item is opened, as
    /// in the original.
    private var optionNames: [(value: String, name: String)] = []

    /// The answer to the purchase, which stays.
    private var end: Observation?

    private static let shownProducts = 3

    package init(_ shop: WebShop, goal number: Int) throws {
        self.shop = shop
        goal = try shop.goal(number)
    }

    package mutating func reset() -> Observation {
        (session, asins, optionNames, end) = (WebShopSession(), [], [], nil)
        return observation(currentPage())
    }

    package mutating func step(_ action: String) -> Observation {
        if let end { return end }
        if action.utf8.starts(with: "think".utf8) {
            // Only with a bracket is it an action; the answer is the same without.
            return observation("OK.")
        }
        if let rest = action.dropping(prefix: "search[") {
            guard session.location == .search else { return invalid }
            session.location = .results
            // The last character is taken for the bracket.
            session.keywords = [rest.withoutLast]
            return observation(currentPage())
        }
        guard let rest = action.dropping(prefix: "click[") else { return invalid }
        return click(rest.withoutLast)
    }

    private mutating func click(_ label: String) -> Observation {
        let isItem = session.location == .item
        switch label {
        case WebShopPage.Button.buy:
            return isItem ? buy() : invalid
        case WebShopPage.Button.backToSearch:
            return session.location == .search ? invalid : reset()
        case WebShopPage.Button.next: return invalid
        case WebShopPage.Button.previous:
            switch session.location {
            case .subPage: session.location = .item
            case .item: (session.location, session.choices) = (.results, [])
            default: return invalid
            }
        default:
            if let subPage = WebShopPage.SubPage(rawValue: label) {
                guard isItem else { return invalid }
                session.location = .subPage(subPage)
            } else if session.location == .results {
                guard asins.contains(label) else { return invalid }
                (session.location, session.asin) = (.item, label)
            } else if isItem {
                guard let option = optionNames.last(where: { $0.value.utf8.elementsEqual(label.utf8) }) else {
                    return invalid
                }
                session.choose(label, for: option.name)
                _ = currentPage()
                return observation("You have clicked \(label).")
            }
        // On the search page and on sub-pages the original does nothing and shows the page again.
        }
        return observation(currentPage())
    }

    private var product: WebShopProduct? { session.asin.flatMap { shop.catalogue[$0] } }

    private mutating func buy() -> Observation {
        session.location = .done
        var answer = Observation("", isDone: true)
        // Without its page the original finds no score.
        if let product, isReachable(options) {
            answer.reward = shop.reward(for: goal, buying: product, choices: session.choices).total
            answer.text = "Your score (min 0.0, max 1.0): \(answer.reward)"
        }
        end = answer
        return answer
    }

    // MARK: - Pages

    /// Renders the page and remembers what can be clicked on it.
    private mutating func currentPage() -> String {
        switch session.location {
        case .search: return text(of: .index(goal.instruction).replacingName, drops: 0)
        case .results:
            // The site reads words that begin with a bracket as a list in Python.
            guard isReachable(session.keywords[0]), !session.keywords[0].utf8.starts(with: "[".utf8) else { return "" }
            let products = shop.products(for: session.keywords)
            let shown = WebShop.page(1, of: products)
            if !shown.isEmpty { asins = shown.map(\.asin) }
            let page = WebShopPage.results(goal.instruction, page: 1, total: products.count, products: shown)
            return text(of: page, drops: 2)
        case .item:
            guard let product, isReachable(options) else { return "" }
            let page = WebShopPage.item(goal.instruction, product, showsAttributes: false)
            let names = page.nodes.compactMap { node -> (value: String, name: String)? in
                if case .option(let value, let name) = node, !value.isBlankForReAct { (value, name) } else { nil }
            }
            if !names.isEmpty { optionNames = names }
            return text(of: page, drops: 2)
        case .subPage(let subPage):
            guard let product, isReachable(options) else { return "" }
            return text(of: .subPage(goal.instruction, product, subPage), drops: 2)
        case .done: return ""
        }
    }

    /// - Parameter drops: how many texts at the beginning are left out: label and instruction.
    private func text(of page: WebShopPage, drops: Int) -> String {
        let address = session.keywords.joined() + "/" + options
        var text = ""
        var (texts, products) = (0, 0)
        for node in page.nodes where !node.text.isBlankForReAct {
            switch node {
            case .button(let label): text += "\n[\(label)] "
            case .option(let value, _): text += address.contains(bytesOf: "'\(value)'") ? "[[\(value)]]" : "[\(value)]"
            case .product(let asin):
                products += 1
                if products <= Self.shownProducts { text += "\n[\(asin)] " }
            case .text(let plain), .preformatted(let plain):
                texts += 1
                if texts > drops && products <= Self.shownProducts { text += "\n\(plain) " }
            }
        }
        return text
    }

    /// The chosen options as they stand in the URL: a Python dictionary.
    private var options: String {
        let items = session.choices.map { "\(PythonList.literal($0.name)): \(PythonList.literal($0.value))" }
        return "{" + items.joined(separator: ", ") + "}"
    }

    /// ReAct writes queries and options into the path of a URL. A '#' or '?' cuts it and a '/' divides it, so that the
    /// site answers with an error page, of which nothing is shown; buying with such an option scores 0.
    private func isReachable(_ part: String) -> Bool {
        !part.isEmpty && !part.utf8.contains { $0 == 0x23 || $0 == 0x3F || $0 == 0x2F }
    }

    // MARK: - Observations

    private var invalid: Observation { observation("Invalid action!") }

    private func observation(_ text: String) -> Observation { Observation(text, admissible: admissible) }

    /// Thoughts and searches are free text: on the search page any text may be meant.
    private var admissible: [String]? {
        let labels: [String]
        switch session.location {
        case .search: return nil
        case .results: labels = [WebShopPage.Button.backToSearch] + asins
        case .item:
            var seen: Set<String> = []
            labels =
                [WebShopPage.Button.backToSearch, WebShopPage.Button.previous]
                + optionNames.map(\.value).filter { seen.insert($0).inserted }
                + WebShopPage.SubPage.allCases.map(\.rawValue) + [WebShopPage.Button.buy]
        case .subPage: labels = [WebShopPage.Button.backToSearch, WebShopPage.Button.previous]
        case .done: labels = []
        }
        return labels.map { "click[\($0)]" }
    }
}

extension WebShopPage {
    /// The site that ReAct ran on, like its exemplar, wrote its name in another way.
    fileprivate var replacingName: WebShopPage {
        WebShopPage([.text("Webshop")] + nodes.dropFirst())
    }
}

extension String {
    fileprivate var withoutLast: String { String(String.UnicodeScalarView(unicodeScalars.dropLast())) }

    /// Nothing but spaces, line feeds and backslashes before an n.
    fileprivate var isBlankForReAct: Bool {
        pythonSplit("\n").joined().pythonSplit("\\n").joined().utf8.allSatisfy { $0 == 0x20 }
    }
}
