// The shopping goals (`get_goals` of WebShop's engine), in its order: those of the products one after the other, then
// shuffled with Python's generator and seed 233. The original draws prices and price limits without a seed; here every
// product has a generator of its own, `random.Random(int(asin, 36))`, that draws its price and then its limits, so
// that a goal is the same in every catalogue that has the product.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct WebShopGoal: Sendable, Equatable {
    package var asin: String
    package var query: String
    package var name: String
    package var productCategory: String
    /// What the shopper is told.
    package var instruction: String
    package var attributes: [String]
    /// 1,000,000 where there is no limit.
    package var priceUpper: Double
    /// What the reward compares the chosen options with. A synthetic goal's are pairs of name and value.
    package var options: [Option]

    package init(
        asin: String, query: String, name: String, productCategory: String, instruction: String, attributes: [String],
        priceUpper: Double, options: [Option]
    ) {
        (self.asin, self.query, self.name, self.productCategory) = (asin, query, name, productCategory)
        (self.instruction, self.attributes) = (instruction, attributes)
        (self.priceUpper, self.options) = (priceUpper, options)
    }

    package enum Option: Sendable, Equatable {
        case value(String)
        case pair(name: String, value: String)
    }
}

package enum WebShopGoals {
    package enum Source: String, Sendable, CaseIterable {
        /// Written by people for the full catalogue: the published benchmark.
        case human
        /// Made from attributes and options.
        case synthetic
    }

    /// The human goals' parts: 0-499 test, 500-1499 validation, the rest training.
    package static let testCount = 500

    /// - Returns: the goals in the order in which episodes are numbered, and what each product costs.
    package static func make(
        _ source: Source, from products: [WebShopProduct]
    ) -> (goals: [WebShopGoal], prices: [Double]) {
        var goals: [WebShopGoal] = []
        var prices: [Double] = []
        for product in products {
            var random = PythonRandom(seed: Int(product.asin, radix: 36) ?? 0)
            let price = price(product.pricing, &random)
            prices.append(price)
            switch source {
            case .human: goals += human(product, price, &random)
            case .synthetic: goals += synthetic(product, price, &random)
            }
        }
        var random = PythonRandom(seed: 233)
        random.shuffle(&goals)
        return (goals, prices)
    }

    /// `random.uniform` between the ends of a range.
    private static func price(_ pricing: WebShopProduct.Pricing, _ random: inout PythonRandom) -> Double {
        switch pricing {
        case .single(let amount): amount
        case .range(let low, let high): low + (high - low) * random.unit()
        }
    }

    private static func human(
        _ product: WebShopProduct, _ price: Double, _ random: inout PythonRandom
    ) -> [WebShopGoal] {
        product.human.filter { !$0.attributes.isEmpty }.map { instruction in
            let limit = priceLimit(price, &random)
            return goal(
                product, instruction.text.withoutOuterPeriods + limit.text, instruction.attributes, limit.upper,
                instruction.options.map { .value($0) })
        }
    }

    /// One goal for every combination of options.
    private static func synthetic(
        _ product: WebShopProduct, _ price: Double, _ random: inout PythonRandom
    ) -> [WebShopGoal] {
        guard let instruction = product.synthetic else { return [] }
        let limit = priceLimit(price, &random)
        var combinations: [[WebShopGoal.Option]] = [[]]
        for option in product.options.sorted(by: { $0.name.precedesInPython($1.name) }) {
            combinations = combinations.flatMap { chosen in
                option.values.map { chosen + [.pair(name: option.name, value: $0)] }
            }
        }
        return combinations.map { options in
            let choices = options.map { option in
                switch option {
                case .value(let value): value
                case .pair(let name, let value): "\(name): \(value)"
                }
            }
            let text = choices.isEmpty ? "" : " with " + choices.joined(separator: ", and ")
            return goal(product, instruction.text + text + limit.text, instruction.attributes, limit.upper, options)
        }
    }

    private static func goal(
        _ product: WebShopProduct, _ instruction: String, _ attributes: [String], _ upper: Double,
        _ options: [WebShopGoal.Option]
    ) -> WebShopGoal {
        WebShopGoal(
            asin: product.asin, query: product.query, name: product.title, productCategory: product.productCategory,
            instruction: instruction, attributes: attributes, priceUpper: upper, options: options)
    }

    /// The larger of two of the four multiples of ten above the price, up to 990.
    private static func priceLimit(
        _ price: Double, _ random: inout PythonRandom
    ) -> (upper: Double, text: String) {
        let range = (1...99).map { 10 * Double($0) }.filter { $0 > price }.prefix(4)
        guard range.count >= 2 else { return (1_000_000, "") }
        let upper = random.sample(range.count, 2).map { range[$0] }.max()!
        return (upper, ", and price lower than \(Int(upper)).00 dollars")
    }
}

extension PythonRandom {
    /// `random()`: 53 bits, from 0 up to 1.
    mutating func unit() -> Double {
        let (high, low) = (next() >> 5, next() >> 6)
        return (Double(high) * 67_108_864 + Double(low)) / 9_007_199_254_740_992
    }
}

extension String {
    /// `str.strip('.')`.
    fileprivate var withoutOuterPeriods: String {
        let text = utf8.drop { $0 == UInt8(ascii: ".") }
        let count = text.reversed().prefix { $0 == UInt8(ascii: ".") }.count
        return String(decoding: text.dropLast(count), as: UTF8.self)
    }

    /// Python's order of strings: by code point.
    func precedesInPython(_ other: String) -> Bool { unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars) }
}
