// A product as WebShop's engine holds it after loading (`load_products`): what the pages show, what the search finds
// and what the reward compares. Next: WebShopCatalogue.swift, which reads the files.
// SPDX-License-Identifier: Apache-2.0

package struct WebShopProduct: Sendable, Equatable {
    /// Amazon's identifier: ten upper-case letters and digits.
    package var asin: String
    package var category: String
    /// The search that found the product when the catalogue was collected, lower-cased.
    package var query: String
    /// A path, its parts separated by '›'.
    package var productCategory: String
    package var title: String
    package var description: String
    package var bulletPoints: [String]
    package var pricing: Pricing
    /// Names and values, both lower-cased, in the order of the file.
    package var options: [Option]
    package var attributes: [String]
    /// The instruction generated from the attributes, if there is one.
    package var synthetic: Instruction?
    package var human: [Instruction] = []

    package struct Option: Sendable, Equatable {
        package var name: String
        package var values: [String]
    }

    package struct Instruction: Sendable, Equatable {
        package var text: String
        package var attributes: [String]
        /// Values alone; synthetic instructions take their options from the product.
        package var options: [String] = []
    }

    package enum Pricing: Sendable, Equatable {
        case single(Double)
        case range(Double, Double)

        /// As a Python float is printed: `$10.99`, `$100.0`.
        package var label: String {
            switch self {
            case .single(let amount): "$\(amount)"
            case .range(let low, let high): "$\(low) to $\(high)"
            }
        }
    }

    /// What is indexed for the search. (`str.lower` of the whole, so that a final sigma sees its neighbours.)
    package var searchText: String {
        let choices = options.map { "\($0.name): " + $0.values.joined(separator: ", ") }.joined(separator: ", and ")
        return [title, description, bulletPoints.first ?? "", choices].joined(separator: " ").pythonLowercased
    }
}

extension StringProtocol {
    /// `str.lower()`: full case mappings, and the final sigma of Greek words (Unicode, section 3.13).
    var pythonLowercased: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        let scalars = Array(unicodeScalars)
        func isCased(_ neighbours: some Sequence<Unicode.Scalar>) -> Bool {
            neighbours.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
        }
        var result = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            let isFinal =
                scalar.value == 0x3A3 && isCased(scalars[..<index].reversed()) && !isCased(scalars[(index + 1)...])
            result += isFinal ? ["\u{3C2}"] : Array(scalar.properties.lowercaseMapping.unicodeScalars)
        }
        return String(result)
    }
}
