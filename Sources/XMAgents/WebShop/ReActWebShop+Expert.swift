// A shopper who knows the goal: the actions that buy it, for training data and for tests.
// SPDX-License-Identifier: Apache-2.0

extension ReActWebShop {
    /// Search, product, options, purchase, with the whole reward; nil where no such way was found: the product is not
    /// among the first ten results, or one of its options cannot be chosen.
    package func expertActions() -> [String]? {
        guard let product = shop.catalogue[goal.asin] else { return nil }
        // The wish alone, then the name.
        let queries = [goal.instruction.pythonSplit(", and price lower than ")[0], product.title]
        for query in queries.map(Self.searchable) {
            let choices = goal.options.compactMap { Self.value(for: $0, of: product) }
            let actions =
                ["search[\(query)]", "click[\(product.asin)]"] + choices.map { "click[\($0)]" }
                + ["click[\(WebShopPage.Button.buy)]"]
            var shop = self
            _ = shop.reset()
            let answers = actions.map { shop.step($0) }
            if answers.last?.reward == 1 { return actions }
        }
        return nil
    }

    /// Without the characters that the site's addresses cannot hold.
    private static func searchable(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { "#?/[]\n".unicodeScalars.contains($0) ? " " : $0 }
        return String(String.UnicodeScalarView(scalars)).pythonWords.joined(separator: " ")
    }

    /// The product's value that meets a wanted option.
    private static func value(for option: WebShopGoal.Option, of product: WebShopProduct) -> String? {
        switch option {
        case .pair(_, let value): return value
        case .value:
            let values = product.options.flatMap(\.values)
            return values.first { WebShopReward.matchedOptions([option], among: [$0]) == 1 }
        }
    }
}
