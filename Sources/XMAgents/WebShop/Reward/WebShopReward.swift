// How well a purchase meets a goal (`get_reward` of WebShop's engine): the kind of product, times the share of
// attributes, options and the price that are met.
// SPDX-License-Identifier: Apache-2.0

package struct WebShopReward: Sendable, Equatable {
    package let queryMatches: Bool
    package let categoryMatches: Bool
    /// The share of the nouns in the goal's name that are in the bought product's.
    package let titleScore: Double
    package let matchedAttributes: Int
    package let matchedOptions: Int
    package let priceMatches: Bool
    /// How many attributes, options and prices there are to meet.
    package let wantedCount: Int

    /// From 0 to 1.
    package var total: Double {
        Double(matchedAttributes + matchedOptions + (priceMatches ? 1 : 0)) / Double(wantedCount) * typeFactor
    }

    /// A title that shares nothing makes the reward 0 even if query and category match.
    package var typeFactor: Double {
        if titleScore == 0 { return 0 }
        if titleScore < 0.1 { return 0.1 }
        return queryMatches || categoryMatches || titleScore > 0.2 ? 1 : 0.5
    }

    /// - Parameters:
    ///   - price: what the product costs, drawn from its range.
    ///   - choices: the values chosen; the names of options do not count.
    ///   - nouns: the tagger; NounTagger.nouns unless a test has tags of its own.
    package init(
        _ product: WebShopProduct, price: Double, choices: [String], for goal: WebShopGoal,
        nouns: (String) -> [String] = NounTagger.nouns
    ) {
        queryMatches = product.query.utf8.elementsEqual(goal.query.utf8)
        categoryMatches = Self.sharedCategories(product.productCategory, goal.productCategory) >= 2
        titleScore = Self.titleScore(bought: nouns(product.title), wanted: nouns(goal.name))
        matchedAttributes = Self.matchedAttributes(goal.attributes, of: product)
        matchedOptions = Self.matchedOptions(goal.options, among: choices)
        priceMatches = price <= goal.priceUpper
        wantedCount = goal.attributes.count + goal.options.count + 1
    }

    static func sharedCategories(_ first: String, _ second: String) -> Int {
        func parts(_ path: String) -> Set<[UInt8]> {
            Set(path.pythonSplit("\u{203A}").map { Array($0.pythonStripped.utf8) })
        }
        return parts(first).intersection(parts(second)).count
    }

    /// Distinct nouns in both, over all nouns of the goal, repeats included.
    static func titleScore(bought: [String], wanted: [String]) -> Double {
        guard !wanted.isEmpty else { return 0.2 }
        func bytes(_ nouns: [String]) -> Set<[UInt8]> { Set(nouns.map { Array($0.utf8) }) }
        return Double(bytes(bought).intersection(bytes(wanted)).count) / Double(wanted.count)
    }

    /// An attribute is met by one like it, or where it stands in title, features or description.
    static func matchedAttributes(_ attributes: [String], of product: WebShopProduct) -> Int {
        attributes.count { attribute in
            product.attributes.contains { TokenSetRatio.score($0, attribute) > 85 }
                || product.title.pythonLowercased.contains(bytesOf: attribute)
                || product.bulletPoints.joined(separator: " ").pythonLowercased.contains(bytesOf: attribute)
                || product.description.pythonLowercased.contains(bytesOf: attribute)
        }
    }

    static func matchedOptions(_ options: [WebShopGoal.Option], among choices: [String]) -> Int {
        let choices = choices.map(WebShopColor.normalized)
        return options.count { option in
            let wanted = WebShopColor.normalized(option)
            return choices.contains { TokenSetRatio.score($0, wanted) > 85 }
        }
    }
}

/// Colours, as options are compared: "light blue stripes" is blue.
enum WebShopColor {
    /// In the order of the original; the first that is contained counts.
    private static let names =
        """
        alabaster apricot aqua ash asphalt azure banana beige black blue blush bordeaux bronze brown burgundy camel camo \
        caramel champagne charcoal cheetah chestnut chocolate christmas coffee cognac copper coral cranberry cream \
        crystal dark denim eggplant elephant espresso fuchsia gold granite grape graphite grass gray green grey heather \
        indigo ivory ivy khaki lavender lemon leopard light lilac lime magenta maroon mauve merlot midnight mint mocha \
        multicolor mushroom mustard natural navy nude olive orange peach pewter pink plum purple rainbow red rose royal \
        rust sand sapphire seashell silver skull slate steel stone stonewash sunflower tan taupe teal tiger turquoise \
        violet walnut wheat white wine yellow
        """.split(separator: " ").map(String.init)

    static func normalized(_ value: String) -> String { names.first { value.contains(bytesOf: $0) } ?? value }

    /// The original tests a synthetic option's pair as it tests a text: a colour is in the pair where it is the name or
    /// the value, and a pair without is compared as Python prints it.
    static func normalized(_ option: WebShopGoal.Option) -> String {
        switch option {
        case .value(let value): return normalized(value)
        case .pair(let name, let value):
            return names.first { $0 == name || $0 == value }
                ?? "(\(PythonList.literal(name)), \(PythonList.literal(value)))"
        }
    }
}
