// Lists of games, and game files that are damaged.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMAgents
import XMSupport
import XMTestSupport

@Suite("ALFWorldTasksTests")
struct ALFWorldTasksTests {
    @Test("games are sorted by path; movable, sliced and unsolvable ones are left out")
    func list() throws {
        let folder = try TemporaryFolder()
        for (name, isSolvable) in [
            ("pick_two_obj_and_place-Cup-None-Shelf-2/trial_B", true),
            ("pick_two_obj_and_place-Cup-None-Shelf-2/trial_A", true),
            ("look_at_obj_in_light-Cup-None-Lamp-1/trial_C", true),
            ("pick_and_place_simple-AppleSliced-None-Shelf-1/trial_D", true),
            ("pick_and_place_with_movable_recep-Cup-Pan-Shelf-1/trial_E", true),
            ("pick_and_place_simple-Cup-None-Shelf-1/trial_F", false),
        ] {
            let trial = folder.url.appending(path: "valid_unseen/\(name)")
            try FileManager.default.createDirectory(at: trial, withIntermediateDirectories: true)
            try Household.file(isSolvable: isSolvable).write(to: trial.appending(path: "game.tw-pddl"))
        }
        let tasks = ALFWorldTasks(root: folder.url)
        #expect(tasks.splits == [.validUnseen])
        let entries = try tasks.entries(of: .validUnseen)
        #expect(
            entries.map(\.id) == [
                "look_at_obj_in_light-Cup-None-Lamp-1/trial_C", "pick_two_obj_and_place-Cup-None-Shelf-2/trial_A",
                "pick_two_obj_and_place-Cup-None-Shelf-2/trial_B",
            ])
        #expect(entries.map(\.type.promptName) == ["examine", "puttwo", "puttwo"])
        let error = #expect(throws: ALFWorldError.self) { try tasks.entries(of: .train) }
        #expect(error?.description.contains("train cannot be read") == true)
    }

    @Test("a walkthrough in ids is told in names")
    func walkthrough() throws {
        let file = Household.file(walkthrough: ["go to shelf_bar_2", "take spoon_bar__plus_1 from shelf_bar_1"])
        let game = try ALFWorldGame(json: file, source: "g")
        #expect(game.walkthroughCommands == ["go to shelf 1", "take spoon 1 from shelf 2"])
        #expect(game.task == "put a shiny thing in chestbasin")
    }

    @Test("a game file that is cut is refused with its name")
    func cutFile() throws {
        let file = Household.file()
        for length in stride(from: 0, to: file.count, by: 97) {
            let error = #expect(throws: ALFWorldError.self) {
                try ALFWorldGame(json: file.prefix(length), source: "g.tw-pddl")
            }
            #expect(error?.description.utf8.starts(with: "g.tw-pddl is no JSON text".utf8) == true)
        }
    }

    @Test("missing keys and faults inside a key are named with the file")
    func faults() throws {
        func message(_ change: (String) -> String) -> String {
            do {
                _ = try ALFWorldGame(
                    json: Data(change(String(decoding: Household.file(), as: UTF8.self)).utf8), source: "g")
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            message { $0.replacing("\"grammar\"", with: "\"grammer\"") }.utf8.starts(
                with: "g has no text 'grammar'".utf8))
        #expect(
            message { $0.replacing("(where me", with: "(were me") }
                == "g, pddl_problem, line 5: the predicate 'were' is not declared: declare it or correct its name")
        #expect(
            message { $0.replacing("action watch {", with: "action gaze {") }
                == "g, grammar: no action 'watch', which the domain has: add its template and feedback")
        #expect(
            message { $0.replacing("\\\"intro\\\"", with: "\\\"outro\\\"") }.contains(
                "no productions for the symbol '#intro#'"))
    }
}
