// The shop that all episodes share: products, prices, goals and the search engine. Read once, then only read.
// Next: WebShopEnvironment.swift (the official text environment), ReActWebShop.swift (the paper's).
// SPDX-License-Identifier: Apache-2.0

import XMSupport

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

    /// - Parameters:
    ///   - index: the search engine, if it was built before.
    ///   - nouns: another tagger than this program's, such as recorded tags.
    package init(
        _ catalogue: WebShopCatalogue, goals source: WebShopGoals.Source, index: BM25Index? = nil,
        nouns: @escaping @Sendable (String) -> [String] = NounTagger.nouns
    ) {
        let (goals, prices) = WebShopGoals.make(source, from: catalogue.products)
        self.init(catalogue, goals: goals, prices: prices, index: index, nouns: nouns)
    }

    init(
        _ catalogue: WebShopCatalogue, goals: [WebShopGoal], prices: [Double], index: BM25Index? = nil,
        nouns: @escaping @Sendable (String) -> [String] = NounTagger.nouns
    ) {
        self.catalogue = catalogue
        self.goals = goals
        self.prices = Dictionary(uniqueKeysWithValues: zip(catalogue.products.map(\.asin), prices))
        self.nouns = nouns
        self.index = index ?? BM25Index(catalogue.products.map { (identifier: $0.asin, text: $0.searchText) })
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
            return products.filter { $0.attributes.contains { $0.utf8.elementsEqual(attribute.utf8) } }
        case "<c>":
            let category = (rest.first ?? "").pythonStripped
            return products.filter { $0.category.utf8.elementsEqual(category.utf8) }
        case "<q>":
            let query = rest.joined(separator: " ").pythonStripped
            return products.filter { $0.query.utf8.elementsEqual(query.utf8) }
        default:
            return index.search(keywords.joined(separator: " "), count: Self.resultCount).map { products[$0.document] }
        }
    }

    /// Those of one page; empty beyond the last.
    static func page(_ number: Int, of products: [WebShopProduct]) -> ArraySlice<WebShopProduct> {
        products.dropFirst((number - 1) * pageSize).prefix(pageSize)
    }
}
