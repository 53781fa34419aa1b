// Rewards: the checks of the original's own tests, and its string comparison.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMSupport

@testable import XMAgents

@Suite("WebShopRewardTests")
struct WebShopRewardTests {
    static func product(
        _ title: String = "", attributes: [String] = [], bullets: [String] = [], description: String = "",
        category: String = "a", query: String = "q"
    ) -> WebShopProduct {
        WebShopProduct(
            asin: "B000000001", category: "c", query: query, productCategory: category, title: title,
            description: description, bulletPoints: bullets, pricing: .single(10), options: [], attributes: attributes)
    }

    /// The original's tests want 0.333 for the first pair; the model of spaCy 3.8 gives 0.4.
    @Test(
        "title scores of the original's tests",
        arguments: [
            (
                "Mens D.O.N. Issue 2 Gca Basketball Sneakers Shoes Casual - Off White",
                "PEAK High Top Mens Basketball Shoes Lou Williams Streetball Master Breathable Non Slip Outdoor Sneakers",
                0.444
            ),
            (
                "Saireed UL Listed 2 Prong Power Cord for JBL Bar 3.1 Bar 2.1 Channel 4K Ultra HD Soundbar Home Theater "
                    + "System Subwoofer",
                "BRST AC Power Cord Outlet Socket Cable Plug Lead for Panasonic SC-HT830V DVD/VCR Combo Home Theater "
                    + "System", 0.3
            ),
            (
                "Saireed UL Listed 2 Prong Power Cord for JBL Bar 3.1 Bar 2.1 Channel 4K Ultra HD Soundbar",
                "BRST AC Power Cord Outlet Socket Cable Plug Lead for Panasonic SC-HT830V DVD/VCR Combo Home Theater "
                    + "System", 0.15
            ),
            (
                "Rusticware 921ORB Kitchen and Bath Cabinet Knob",
                "Minkissy 2pcs Stainless Steel Eyebrow Tweezers Blackhead Acne Remover Portable Makeup Tweezers (Silver)",
                0.0
            ),
        ])
    func titleScores(wanted: String, bought: String, score: Double) {
        let found = WebShopReward.titleScore(bought: NounTagger.nouns(bought), wanted: NounTagger.nouns(wanted))
        #expect(abs(found - score) < 0.01, "\(found) \(NounTagger.nouns(wanted))")
    }

    @Test(
        "categories",
        arguments: [
            ("b › c › a", true), ("d › e › f", false), ("a › d › b", true), ("a › a › b", true), ("a › a › d", false),
        ])
    func categories(path: String, matches: Bool) {
        #expect((WebShopReward.sharedCategories(path, "a › b › c") >= 2) == matches)
    }

    @Test("attributes are alike, or stand in a text")
    func attributes() {
        let wanted = ["tea tree", "essential oils", "natural ingredients"]
        func count(_ product: WebShopProduct) -> Int { WebShopReward.matchedAttributes(wanted, of: product) }
        #expect(count(Self.product(attributes: ["tea tree", "essential oil", "natural ingredients"])) == 3)
        #expect(count(Self.product(attributes: ["essential oil", "natural ingredients"])) == 2)
        #expect(
            count(
                Self.product(
                    bullets: ["This shampoo has Essential Oils"], description: "made with natural ingredients")) == 2)
        #expect(count(Self.product("English tea", attributes: ["tea bag", "earl gray"], bullets: ["Calming"])) == 0)
    }

    @Test("options are compared by colour and words")
    func options() {
        func count(_ wanted: [WebShopGoal.Option], _ chosen: [String]) -> Int {
            WebShopReward.matchedOptions(wanted, among: chosen)
        }
        let wanted: [WebShopGoal.Option] = [.value("grey"), .value("XL"), .value("pack of 12")]
        #expect(count(wanted, ["pack of 12", "grey", "XL"]) == 3)
        #expect(count(wanted, ["pack of 12", "blue", "XL"]) == 2)
        #expect(count([.value("cool powder snow")], ["powder snow"]) == 1)
        #expect(count([.value("light blue")], ["dark blue"]) == 1)
        #expect(count([.pair(name: "color", value: "blue stripes")], ["blue stripes"]) == 1)
        #expect(count([.pair(name: "size", value: "10 ounce")], ["12 inch"]) == 0)
        #expect(count([], ["blue"]) == 0)
    }

    @Test("token_set_ratio is thefuzz's")
    func ratios() {
        let rows = WebShopGoldens.rows("ratios")
        #expect(rows.count > 100)
        for row in rows {
            let score = TokenSetRatio.score(row[0].string!, row[1].string!)
            #expect(score == row[2].integer!, "\(row[0].string!) and \(row[1].string!)")
        }
    }

    @Test(
        "the kind of product scales the sum",
        arguments: [
            ("q", "a › b", "tea pot", 1.0), ("other", "x", "tea pot", 1.0),
            ("other", "x", "pot stand rack box bin", 0.5),
            ("q", "a › b", "lid", 0.0),
        ])
    func kinds(query: String, category: String, name: String, factor: Double) {
        let goal = WebShopGoal(
            asin: "B", query: "q", name: "tea pot one", productCategory: "a › b", instruction: "",
            attributes: ["hot"], priceUpper: 20, options: [])
        let words: (String) -> [String] = { $0.pythonWords }
        let wide = WebShopGoal(
            asin: "B", query: "q", name: "pot b c d e", productCategory: "a › b", instruction: "", attributes: ["hot"],
            priceUpper: 20, options: [])
        let product = Self.product(name, attributes: ["hot"], category: category, query: query)
        let reward = WebShopReward(
            product, price: 20, choices: [], for: factor == 0.5 ? wide : goal, nouns: words)
        #expect(reward.typeFactor == factor)
        #expect(reward.total == factor)
        #expect(!WebShopReward(product, price: 20.01, choices: [], for: goal, nouns: words).priceMatches)
    }
}
