// What the two modes make of a completion; every slip of the table, and what must stay as it is.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMAgents

@Suite("ActionParserTests")
struct ActionParserTests {
    private static let wiki = ReActFormat.wikipedia(head: "")
    private static let household = ReActFormat.alfWorld(head: "")
    private static let shop = ReActFormat.webShop(head: "")
    private static let commands = [
        "go to desk 1", "go to desk 2", "inventory", "move mug 1 to desk 1", "open drawer 1", "take mug 1 from shelf 1",
    ]

    @Test("two parts are a thought and an action, each as it stands; anything else is none")
    func paper() {
        let parser = ActionParser(.paper, Self.wiki)
        func parse(_ text: String) -> ActionParser.Parsed? { parser.parse(text, step: 2, admissible: nil) }
        #expect(
            parse(" I think.\n\nAction 2: Search[x].  ") == .init(thought: "I think.\n", action: "Search[x]."))
        #expect(parse("I think.\nAction 2: \nAction 2: Search[x]") == nil)
        for text in [
            "", "I think.\nAction 3: Search[x]", "I think.\nAction: Search[x]", "I think. Action 2: Search[x]",
        ] {
            #expect(parse(text) == nil)
        }
        #expect(parser.thought(of: "\n first \nsecond") == "first ")
        #expect(
            parser.parse(action: " Search[x \n", thought: "t", admissible: nil)
                == .init(thought: "t", action: "Search[x"))
    }

    @Test("a line is stripped as each task's loop does")
    func lines() {
        let action = ActionParser(.paper, Self.household).parse(" go to desk 1 \t", step: 1, admissible: Self.commands)
        #expect(action == .init(action: "go to desk 1"))
        let click = ActionParser(.paper, Self.shop).parse("  click[x] ", step: 1, admissible: nil)
        #expect(click == .init(action: "click[x] "))
    }

    @Test(
        "lenient repairs brackets, labels, case, quotes and what follows",
        arguments: [
            ("Search[x].", "Search[x]", [Slip.fullStop]), ("Search[x", "Search[x]", [.missingBracket]),
            ("Search(x)", "Search[x]", [.missingBracket]), ("search: x", "Search[x]", [.missingBracket]),
            ("SEARCH[x]", "Search[x]", [.letterCase]), ("Search[\"x\"]", "Search[\"x\"]", []),
            ("`Search[x]`", "Search[x]", [.quotes]), ("Action 2: Search[x]", "Search[x]", [.repeatedLabel]),
            ("Search[x]\nObservation 3: y", "Search[x]", [.inventedObservation]),
            ("Search[x]\n\nSearch[y]", "Search[x]", [.trailingText]),
            ("Search[x] and then y", "Search[x]", [.trailingText]),
            ("Action: \"finish[a [b] c]\".", "Finish[a [b] c]", [.repeatedLabel, .fullStop, .quotes]),
            ("Search \"x\"", "Search[x]", [.missingBracket, .quotes]), ("dance", "dance", []), ("", "", []),
        ] as [(String, String, [Slip])])
    func brackets(text: String, action: String, slips: [Slip]) throws {
        let parser = ActionParser(.lenient, Self.wiki)
        let parsed = try #require(
            parser.parse("t\nAction 1: \(text)", step: 1, admissible: nil)
                ?? parser.parse(action: text, thought: "t", admissible: nil))
        #expect(parsed.action == action && parsed.repairs == slips)
    }

    @Test("lenient finds an action under another label, which paper asks for again")
    func labels() {
        let parser = ActionParser(.lenient, Self.wiki)
        func parse(_ text: String) -> ActionParser.Parsed? { parser.parse(text, step: 2, admissible: nil) }
        #expect(
            parse(" I think.\nAction: Search[x]")
                == .init(thought: "I think.", action: "Search[x]", repairs: [.missingNumber]))
        #expect(parse("Action 7 : Search[x")?.repairs == [.missingNumber, .missingBracket])
        #expect(parse("Actions speak.") == nil && parse("Action 2:") == nil)
    }

    @Test(
        "lenient makes admissible commands of near misses, and leaves wrong ones",
        arguments: [
            ("go to desk 1.", "go to desk 1", [Slip.fullStop]), ("Go To Desk 1", "go to desk 1", [.letterCase]),
            ("> inventory", "inventory", [.repeatedLabel]), ("go to desk", "go to desk 1", [.missingNumber]),
            ("put mug 1 in/on desk 1", "move mug 1 to desk 1", [.otherVerb]),
            ("put mug in desk 1", "move mug 1 to desk 1", [.otherVerb, .missingNumber]),
            ("Think: hm", "think: hm", [.letterCase]), ("think: go.", "think: go.", []),
            ("go to desk 3", "go to desk 3", []), ("fly", "fly", []), ("'open drawer 1'", "open drawer 1", [.quotes]),
        ] as [(String, String, [Slip])])
    func commands(text: String, action: String, slips: [Slip]) {
        let parsed = ActionParser(.lenient, Self.household).parse(text, step: 1, admissible: Self.commands)
        #expect(parsed == .init(action: action, repairs: slips))
        let old = ActionParser(.lenient, Self.household).parse(
            "move mug 1 to desk 1", step: 1, admissible: ["put mug 1 in/on desk 1"])
        #expect(old == .init(action: "put mug 1 in/on desk 1", repairs: [.otherVerb]))
    }

    @Test("what is listed is clicked as it is listed; what is not, is no slip")
    func listed() {
        func parse(_ text: String, _ listed: [String]?) -> ActionParser.Parsed? {
            ActionParser(.lenient, Self.shop).parse(text, step: 1, admissible: listed)
        }
        let page = ["click[Buy Now]", "click[< Prev]"]
        #expect(
            parse(" Click[buy now", page) == .init(action: "click[Buy Now]", repairs: [.letterCase, .missingBracket]))
        #expect(parse(" click[back]", page) == .init(action: "click[back]"))
        #expect(parse(" think[so]", page) == .init(action: "think[so]"))
        #expect(parse(" Search[x]", nil) == .init(action: "search[x]", repairs: [.letterCase]))
    }

    @Test("an action of a megabyte, control characters and open quotes end in time")
    func hostile() {
        let parser = ActionParser(.lenient, Self.wiki)
        for text in [
            String(repeating: "Action: ", count: 100_000), String(repeating: "[", count: 1_000_000), "\u{0}\u{1B}[2J",
            "\"", "`", "**", "'.", "Search", "Search[", "> > >",
        ] {
            _ = parser.parse(text, step: 1, admissible: nil)
            _ = parser.parse(action: text, thought: "", admissible: nil)
        }
    }
}
