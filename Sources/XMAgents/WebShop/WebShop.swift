// The shop that all episodes share: products, prices, goals and the search engine. Read once, then only read.
// Next: WebShopEnvironment.swift (the official text environment), ReActWebShop.swift (the paper's).
// SPDX-License-Identifier: Apache-2.0

package struct WebShop: Sendable {
    package let catalogue: WebShopCatalogue
    /// In the order in which episodes are numbered.
    package let goals: [WebShopGoal]
    /// What each product costs, in the order of the catalogue.
    private let prices: [String: Double]
    private let index: BM25Index
    /// The nouns of a product's name, for the reward.
    private let nouns: @Sendable (String) -> [String]

    /// How many products a search finds, and how many of them a page shows.
    static let (resultCount, pageSize) = (50, 10)

    /// - Parameter nouns: another tagger than this program's, such as recorded tags.
    package init(
        _ catalogue: WebShopCatalogue, goals source: WebShopGoals.Source,
        nouns: @escaping @Sendable (String) -> [String] = NounTagger.nouns
    ) {
        self.catalogue = catalogue
        self.nouns = nouns
        let (goals, prices) = WebShopGoals.make(source, from: catalogue.products)
        self.goals = goals
        self.prices = Dictionary(uniqueKeysWithValues: zip(catalogue.products.map(\.asin), prices))
        index = BM25Index(catalogue.products.map { (identifier: $0.asin, text: $0.searchText) })
    }

    package func goal(_ number: Int) throws -> WebShopGoal {
        guard goals.indices.contains(number) else {
            throw WebShopError.noGoal(index: number, count: goals.count)
        }
        return goals[number]
    }

    package func reward(
        for goal: WebShopGoal, buying product: WebShopProduct, choices: [WebShopSession.Choice]
    ) -> WebShopReward {
        WebShopReward(
            product, price: prices[product.asin] ?? 100, choices: choices.map(\.value), for: goal, nouns: nouns)
    }

    /// What a search finds, best first. The first word can be a command: `<r>` draws products at random (from a fixed
    /// seed, so that a page shows the same ones again), `<a>`, `<c>` and `<q>` list those with an attribute, of a
    /// category, or found by a query of the catalogue.
    package func products(for keywords: [String]) -> [WebShopProduct] {
        let products = catalogue.products
        let rest = keywords.dropFirst()
        switch keywords.first {
        case "<r>":
            var random = PythonRandom(seed: 233)
            return random.sample(products.count, min(Self.resultCount, products.count)).map { products[$0] }
        case "<a>":
            let attribute = rest.joined(separator: " ").pythonStripped
            return products.filter { $0.attributes.contains(attribute) }
        case "<c>":
            let category = (rest.first ?? "").pythonStripped
            return products.filter { $0.category == category }
        case "<q>":
            let query = rest.joined(separator: " ").pythonStripped
            return products.filter { $0.query == query }
        default:
            return index.search(keywords.joined(separator: " "), count: Self.resultCount).map { products[$0.document] }
        }
    }

    /// Those of one page; empty beyond the last.
    static func page(_ number: Int, of products: [WebShopProduct]) -> ArraySlice<WebShopProduct> {
        products.dropFirst((number - 1) * pageSize).prefix(pageSize)
    }
}
