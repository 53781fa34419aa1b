// Sentence templates of the synthetic corpus. Numbers stay small, so that a model of a few million parameters can learn
// the arithmetic in minutes; every sum is also written in digits.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// The people, things and places of one document or question.
struct SyntheticWorld {
    private let name: String
    private let friend: String
    private let thing: String
    private let place: String
    private let color: String

    private static let names = [
        "Ada", "Ben", "Cora", "Dan", "Ella", "Finn", "Gina", "Hugo", "Iris", "Jack", "Kira", "Leo", "Mona", "Nils",
        "Olga", "Paul", "Rosa", "Sven", "Tina", "Viktor",
    ]
    private static let things = [
        "apples", "books", "coins", "shells", "stones", "cards", "pens", "cups", "eggs", "stamps", "keys", "flowers",
    ]
    private static let places = ["the park", "the market", "the school", "the beach", "the garden", "the library"]
    private static let colors = ["red", "blue", "green", "yellow", "black", "white"]
    private static let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    private static let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ]

    init(random: inout RandomStream) {
        name = Self.names.randomElement(using: &random)!
        friend = Self.names.randomElement(using: &random)!
        thing = Self.things.randomElement(using: &random)!
        place = Self.places.randomElement(using: &random)!
        color = Self.colors.randomElement(using: &random)!
    }

    // MARK: Prose

    /// One or two sentences of prose: an event or a fact, never a question.
    func statement(_ random: inout RandomStream) -> String {
        let a = Int.random(in: 1...12, using: &random)
        let b = Int.random(in: 1...12, using: &random)
        let (low, high) = (min(a, b), max(a, b))
        let (c, d) = (Int.random(in: 2...9, using: &random), Int.random(in: 2...9, using: &random))
        let day = Int.random(in: 0..<7, using: &random)
        // Half of the prose is worked sums: first the quantities, then the result and the equation.
        switch Int.random(in: 0..<24, using: &random) {
        case 0: return "\(name) walked to \(place) with \(friend) and carried a \(color) bag."
        case 1: return "\(name) likes \(color) \(thing) best of all."
        case 2: return "After \(Self.days[day]) comes \(Self.days[(day + 1) % 7])."
        case 3, 15, 16:
            return "\(name) had \(a) \(thing) and got \(b) more, so \(name) had \(a + b) \(thing), "
                + "because \(a) + \(b) = \(a + b)."
        case 4, 17, 18:
            return "There were \(high) \(thing) in \(place). \(name) took \(low) of them and \(high - low) stayed, "
                + "because \(high) - \(low) = \(high - low)."
        case 5, 19, 20:
            return "\(name) filled \(c) boxes with \(d) \(thing) each. That makes \(c * d) \(thing), "
                + "because \(c) * \(d) = \(c * d)."
        case 6: return "\(Self.words[a]) is written \(a) and \(Self.words[b]) is written \(b)."
        case 7:
            return low == high
                ? "\(name) and \(friend) both have \(a) \(thing)."
                : "\(high) is more than \(low), and \(low) is less than \(high)."
        case 8: return "\(a) + \(b) = \(a + b)."
        case 9: return "\(high) - \(low) = \(high - low)."
        case 10: return "\(c) * \(d) = \(c * d)."
        case 11: return "\(name) counted \(thing): \((1...a).map(String.init).joined(separator: ", "))."
        case 12: return "On \(Self.days[day]) \(name) met \(friend) at \(place)."
        case 13: return "\(friend) gave \(name) a \(color) box full of \(thing)."
        case 21:
            return "\(name) brought \(a) \(thing) and \(friend) brought \(b). Together that makes \(a + b), "
                + "because \(a) + \(b) = \(a + b)."
        case 22:
            return "\(name) had \(high) \(thing) and lost \(low), so \(high - low) were left, "
                + "because \(high) - \(low) = \(high - low)."
        case 23:
            return
                "\(name) had \(a) \(thing), found \(c) and gave away \(min(b, a + c)). First \(a) + \(c) = \(a + c). "
                + "Then \(a + c) - \(min(b, a + c)) = \(a + c - min(b, a + c))."
        default: return "\(a) + \(b) = \(a + b) and \(b) + \(a) = \(a + b)."
        }
    }

    // MARK: Questions

    func question(_ random: inout RandomStream) -> SyntheticQuestion {
        let a = Int.random(in: 1...12, using: &random)
        let b = Int.random(in: 1...12, using: &random)
        let (low, high) = (min(a, b), max(a, b))
        let (c, d) = (Int.random(in: 2...9, using: &random), Int.random(in: 2...9, using: &random))
        let e = Int.random(in: 1...9, using: &random)
        func made(
            _ template: String, _ numbers: [Int], _ category: String, _ question: String, _ steps: String, _ final: Int
        ) -> SyntheticQuestion {
            SyntheticQuestion(
                question: question, answer: "\(steps) #### \(final)", final: final, category: category,
                key: template + numbers.map { " \($0)" }.joined())
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            return made("sum", [a, b], "math", "What is \(a) + \(b)?", "\(a) + \(b) = \(a + b).", a + b)
        case 1:
            return made(
                "difference", [high, low], "math", "What is \(high) - \(low)?", "\(high) - \(low) = \(high - low).",
                high - low)
        case 2:
            return made("product", [c, d], "math", "What is \(c) * \(d)?", "\(c) * \(d) = \(c * d).", c * d)
        case 3:
            return made(
                "get", [a, b], "math",
                "\(name) has \(a) \(thing) and gets \(b) more. How many \(thing) does \(name) have?",
                "\(name) has \(a) \(thing) and gets \(b) more. \(a) + \(b) = \(a + b).", a + b)
        case 4:
            return made(
                "lose", [high, low], "math",
                "\(name) has \(high) \(thing) and loses \(low). How many \(thing) are left?",
                "\(name) has \(high) \(thing) and loses \(low). \(high) - \(low) = \(high - low).", high - low)
        case 5:
            return made(
                "boxes", [c, d], "math",
                "\(name) has \(c) boxes with \(d) \(thing) in each box. How many \(thing) are there?",
                "There are \(c) boxes with \(d) \(thing) each. \(c) * \(d) = \(c * d).", c * d)
        case 6:
            return made(
                "both", [a, b], "math",
                "\(name) finds \(a) \(thing) and \(friend) finds \(b). How many do they find together?",
                "\(name) finds \(a) and \(friend) finds \(b). \(a) + \(b) = \(a + b).", a + b)
        case 7:
            let first = a + e
            return made(
                "get-lose", [a, e, min(b, first)], "logic",
                "\(name) has \(a) \(thing), buys \(e) and gives \(min(b, first)) to \(friend). How many are left?",
                "First \(a) + \(e) = \(first). Then \(first) - \(min(b, first)) = \(first - min(b, first)).",
                first - min(b, first))
        case 8:
            return made(
                "larger", [a, b], "logic", "Which number is larger, \(a) or \(b)?",
                low == high ? "Both are \(a)." : "\(high) is more than \(low).", high)
        default:
            return made(
                "word", [a, b], "knowledge", "Write \(Self.words[a]) plus \(Self.words[b]) in digits and add.",
                "\(Self.words[a]) is \(a) and \(Self.words[b]) is \(b). \(a) + \(b) = \(a + b).", a + b)
        }
    }
}
