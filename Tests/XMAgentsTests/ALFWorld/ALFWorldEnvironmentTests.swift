// Episodes in a small household: texts, admissible commands, wording, hostile actions.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMAgents

@Suite("ALFWorldEnvironmentTests")
struct ALFWorldEnvironmentTests {
    /// Plays commands and returns the texts.
    static func play(_ commands: [String], wording: ALFWorldWording = .current) throws -> [String] {
        var environment = ALFWorldEnvironment(try Household.game(wording: wording))
        return try [environment.reset().text] + commands.map { try environment.step($0).text }
    }

    @Test("texts follow the grammar: lists, conditions, names with the highest number first")
    func texts() throws {
        let texts = try Self.play([
            "watch", "go to shelf 1", "take cup 1 from shelf 1", "go to shelf 2", "watch", "take spoon 2 from shelf 2",
            "go to chestbasin 1", "watch", "open chestbasin 1", "move spoon 2 to chestbasin 1",
        ])
        #expect(
            texts == [
                // Without a place in mind the introduction asks for all furniture; `watch` has the player's place,
                // where nothing stands.
                "Welcome.\n\nThere: a chestbasin 1, a shelf 2, and a shelf 1.\n\n"
                    + "Your task is to: put a shiny thing in chestbasin.",
                "There: nothing.",
                "You arrive at shelf 1. On it: nothing.",
                "Nothing happens.",
                // The other shelf stands at the same place.
                "Nothing happens.",
                "Here: the shelf 2, and the shelf 1.",
                "You have spoon 2.",
                "You arrive at chestbasin 1. It is shut.",
                "Here: the chestbasin 1.",
                "Open. Inside: nothing.",
                "You leave a spoon 2.",
            ])
    }

    @Test("a deleted fact is told, an absent one is not")
    func deletedFacts() throws {
        let texts = try Self.play(["go to shelf 2", "take cup 1 from shelf 2", "watch"])
        #expect(texts.last == "Missing: cup 1 from shelf 2.")
    }

    @Test("admissible commands are sorted, each once, and the only ones that are understood")
    func admissible() throws {
        var environment = ALFWorldEnvironment(try Household.game())
        var answer = try environment.reset()
        #expect(answer.admissible == ["go to chestbasin 1", "go to shelf 1", "go to shelf 2", "watch"])
        answer = try environment.step("  go to shelf 2\r\n")
        #expect(
            answer.admissible == [
                "go to chestbasin 1", "take cup 1 from shelf 2", "take spoon 1 from shelf 2",
                "take spoon 2 from shelf 2",
                "watch",
            ])
        for near in [
            "Watch", "watch.", "watch watch", "go  to chestbasin 1", "take cup 2 from shelf 2", "", "think: watch",
        ] {
            let after = try environment.step(near)
            #expect(after == Observation("Nothing happens.", admissible: answer.admissible), "\(near)")
        }
    }

    @Test("a command whose words depend on the state is made anew in every state")
    func changingCommands() throws {
        var environment = ALFWorldEnvironment(try Household.game())
        _ = try environment.reset()
        for command in ["go to shelf 2", "take cup 1 from shelf 2"] { _ = try environment.step(command) }
        let held = try environment.step("watch")
        #expect(held.admissible?.contains("rub cup 1 nothing") == true)
        #expect(try environment.step("rub cup 1 nothing").text == "Shiny.")
    }

    @Test("the goal ends the episode with reward 1; reset begins anew")
    func goal() throws {
        var environment = ALFWorldEnvironment(try Household.game())
        let first = try environment.reset()
        let commands = [
            "go to shelf 2", "take cup 1 from shelf 2", "rub cup 1 nothing", "go to chestbasin 1", "open chestbasin 1",
        ]
        for command in commands {
            let answer = try environment.step(command)
            #expect(!answer.isDone && answer.reward == 0)
        }
        let saved = environment
        for _ in 0..<2 {
            var copy = saved
            let last = try copy.step("move cup 1 to chestbasin 1")
            #expect(last.isDone && last.reward == 1)
        }
        #expect(try environment.reset() == first)
    }

    @Test("the original wording understands every way to put things down")
    func originalWording() throws {
        let grammar = Household.grammar
            .replacing("You arrive at {f.name}.", with: "You arrive at {lend.name}.")
            .replacing("move {o} to {f}", with: "put {o} in/on {f}")
        let upgraded = ALFWorldWording.current.grammar("put {o} in/on {r} You arrive at {lend.name}.")
        #expect(upgraded == "move {o} to {r} You arrive at {r.name}.")
        #expect(ALFWorldWording.original.grammar(upgraded) == "put {o} in/on {r} You arrive at {lend.name}.")
        let game = try ALFWorldGame(
            domain: Household.domain.replacing("?to - place", with: "?lend - place").replacing("?to", with: "?lend"),
            problem: Household.problem, grammar: grammar, source: "house", wording: .original)
        for form in [
            "put cup 1 in/on shelf 1", "put cup 1 in shelf 1", "put cup 1 on shelf 1", "move cup 1 to shelf 1",
        ] {
            var environment = ALFWorldEnvironment(game)
            _ = try environment.reset()
            #expect(try environment.step("go to shelf 2").text.contains("You arrive at hall 2. On it: cup 1"))
            let held = try environment.step("take cup 1 from shelf 2")
            #expect(held.admissible?.contains("put cup 1 in/on shelf 1") == true)
            #expect(try environment.step(form).text == "You leave a cup 1.", "\(form)")
        }
    }

    @Test("an action of a megabyte and one of control characters do nothing")
    func hostileActions() throws {
        var environment = ALFWorldEnvironment(try Household.game())
        _ = try environment.reset()
        for action in [String(repeating: "go to ", count: 200_000), "\u{0}\u{1B}[2J", "\u{FFFD}👩‍🚀 put  in  on "] {
            #expect(try environment.step(action).text == "Nothing happens.")
        }
    }

    @Test("ReAct's rewriting keeps what follows the greeting and hides the arrival")
    func reactTexts() {
        #expect(
            ReActALFWorldText.introduction("-= Hi =-\n\nYou see a.\n\nYour task is to: b.")
                == "You see a.\nYour task is to: b.")
        #expect(ReActALFWorldText.observation("You arrive at loc 3. On it: a.", after: "go to b 1") == "On it: a.")
        #expect(
            ReActALFWorldText.observation("You arrive at b 1. The b 1 is closed.", after: "go to b 1")
                == "The b 1 is closed.")
        #expect(ReActALFWorldText.observation("Nothing happens.", after: "think: hm") == "OK.")
        #expect(
            ReActALFWorldText.observation("You open the b. It is c.", after: "open b") == "You open the b. It is c.")
    }

    @Test("names count down in the order of the ids, and basins are a class of their own")
    func names() {
        let names = EntityNames.names(of: [
            "cup_bar_1", "cup_bar_0", "sink_bar_1_bar_sinkbasin", "sink_bar_1", "agent1",
        ])
        #expect(
            names == [
                "cup_bar_0": "cup 2", "cup_bar_1": "cup 1", "sink_bar_1_bar_sinkbasin": "sinkbasin 1",
                "sink_bar_1": "sink 1",
                "agent1": "agent1 ",
            ])
    }
}
