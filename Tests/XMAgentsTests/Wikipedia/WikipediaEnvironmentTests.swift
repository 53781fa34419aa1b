// The strings of the original Wikipedia environment: sentences, lookups, misses, ends.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMAgents

/// Pages by title, and what is similar to everything else.
struct FixedWikipedia: WikipediaSource {
    let identity = "fixed"
    var pages: [String: [String]] = [:]
    var similar: [String] = []

    func find(_ entity: String) -> WikipediaAnswer {
        pages[entity].map { .page(WikipediaPage(title: entity, paragraphs: $0)) } ?? .similar(similar)
    }
}

@Suite("WikipediaEnvironmentTests")
struct WikipediaEnvironmentTests {
    private static let source = FixedWikipedia(
        pages: [
            "Otter": [
                "Otters are mammals. They swim. They eat fish.", "Short one",
                "  A third paragraph, U.S. made. It ends  ",
                "one\nSea otters float. River otters do not.",
            ],
            "Mercury": ["Mercury may refer to:", "Mercury, a planet of the Sun"],
        ], similar: ["A", "B's", "the \"C\"", "D's \"d\"", "E\u{7}\\é", "F"])

    private static func environment(_ answer: String = "the Fish!") -> WikipediaEnvironment {
        WikipediaEnvironment(WikipediaQuestion(.question, "What do otters eat?", answer: answer), source: source)
    }

    private static func play(_ actions: [String], answer: String = "the Fish!") throws -> [String] {
        var world = environment(answer)
        return [world.reset().text] + (try actions.map { try world.step($0).text })
    }

    @Test("a search shows five sentences; the last one of a paragraph ends with two full stops")
    func search() throws {
        let seen = try Self.play([" search[Otter]\n"])
        #expect(seen[0] == "Question: What do otters eat?")
        // "Short one" and "one" have too few words to be paragraphs of their own; the latter is a line of a paragraph.
        #expect(
            seen[1] == "Otters are mammals. They swim. They eat fish.. A third paragraph, U.S. made.")
    }

    @Test("lookups count their results, begin anew with another word, and end with a line feed")
    func lookup() throws {
        let seen = try Self.play([
            "lookup[otters]", "search[Otter]", "lookup[OTTERS]", "lookup[OTTERS]", "lookup[OTTERS]", "lookup[OTTERS]",
            "lookup[fish]", "lookup[OTTERS]", "search[nothing]", "lookup[OTTERS]", "search[Otter]", "lookup[OTTERS]",
        ])
        #expect(seen[1] == "No more results.\n")
        #expect(
            Array(seen[3...8]) == [
                "(Result 1 / 3) Otters are mammals.", "(Result 2 / 3) Sea otters float.",
                "(Result 3 / 3) River otters do not..", "No more results.\n", "(Result 1 / 1) They eat fish..",
                "(Result 1 / 3) Otters are mammals.",
            ])
        // A miss keeps the page and the place in it; a page begins anew.
        #expect(seen[10] == "(Result 2 / 3) Sea otters float.")
        #expect(seen[12] == "(Result 1 / 3) Otters are mammals.")
    }

    @Test("a miss lists five titles as Python prints them; a list of meanings is searched for in brackets")
    func miss() throws {
        let list = #"['A', "B's", 'the "C"', 'D\'s "d"', 'E\x07\\é']"#
        let seen = try Self.play(["search[Beaver]", "search[Mercury]", "search[]"])
        #expect(seen[1] == "Could not find Beaver. Similar: \(list).")
        #expect(seen[2] == "Could not find [Mercury]. Similar: \(list).")
        #expect(seen[3] == "Could not find . Similar: \(list).")
    }

    @Test("the answer ends the episode, whatever follows")
    func finish() throws {
        var world = Self.environment()
        let end = try world.step("finish[fish]")
        #expect(end.text == "Episode finished, reward = 1\n" && end.isDone && end.reward == 1)
        #expect(try world.step("search[Otter]") == end && world.answer == "fish")
        var wrong = Self.environment()
        #expect(try wrong.step("finish[]").reward == 0)
        _ = wrong.reset()
        #expect(wrong.answer == nil)
    }

    @Test("what is no action is said back, stripped")
    func invalid() throws {
        let seen = try Self.play(["think[so]", "Search[Otter]", "search[Otter", "", " dance "])
        #expect(
            Array(seen[1...]) == [
                "Nice thought.", "Invalid action: Search[Otter]", "Invalid action: search[Otter", "Invalid action: ",
                "Invalid action: dance",
            ])
    }

    @Test("a copy is a saved state")
    func copies() throws {
        var world = Self.environment()
        _ = try world.step("search[Otter]")
        _ = try world.step("lookup[otters]")
        var copy = world
        #expect(try world.step("lookup[otters]") == copy.step("lookup[otters]"))
    }
}

@Suite("AnswerScoreTests")
struct AnswerScoreTests {
    @Test(
        "exact match ignores case, punctuation, articles and spaces",
        arguments: [
            ("The  Eiffel-Tower!", "eiffeltower", true), ("a", "", true), ("an apple a day", "apple day", true),
            ("theater", "ater", false), ("NOT ENOUGH INFO", "not enough info.", true), ("yes", "no", false),
            ("Ça la", "ça LA", true), ("the_the", "the the", false),
        ])
    func exactMatch(answer: String, gold: String, equal: Bool) {
        #expect(AnswerScore.exactMatch(answer, gold) == equal)
    }

    @Test(
        "F1 counts common words with their multiplicity; yes and no match whole or not",
        arguments: [
            ("new york city", "New York", 0.8), ("yes it is", "yes", 0), ("yes", "yes", 1), ("b b c", "b c c", 2 / 3.0),
            ("", "x", 0), ("", "", 0), ("noanswer", "no answer", 0),
        ])
    func f1(answer: String, gold: String, value: Double) {
        #expect(abs(AnswerScore.f1(answer, gold) - value) < 1e-12)
    }
}
