// Synthetic games: they can be solved, they are not solved already, and the dial turns.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMAgents
import XMSupport

@Suite("HouseholdGeneratorTests")
struct HouseholdGeneratorTests {
    static func game(_ type: ALFWorldTaskType, level: Int, index: Int = 0) throws -> ALFWorldGame {
        let difficulty = try #require(HouseholdDifficulty(level))
        let file = HouseholdGenerator.game(type, difficulty: difficulty, seed: 7, index: index)
        return try ALFWorldGame(json: file, source: "\(type.rawValue) \(level) \(index)")
    }

    @Test("the solution wins with its last command, at every level", arguments: ALFWorldTaskType.allCases)
    func solutionsWin(type: ALFWorldTaskType) throws {
        for level in HouseholdDifficulty.levels {
            for index in 0..<3 {
                let game = try Self.game(type, level: level, index: index)
                var environment = ALFWorldEnvironment(game)
                var answer = try environment.reset()
                for command in try #require(game.walkthroughCommands) {
                    #expect(!answer.isDone, "\(game.source): won before '\(command)'")
                    #expect(answer.admissible?.contains(command) == true, "\(game.source): '\(command)'")
                    answer = try environment.step(command)
                }
                #expect(answer.isDone, "\(game.source)")
            }
        }
    }

    @Test("the same seed gives the same game, another index another")
    func seeds() throws {
        let difficulty = try #require(HouseholdDifficulty(3))
        let game = { HouseholdGenerator.game(.heat, difficulty: difficulty, seed: 1, index: $0) }
        #expect(game(0) == game(0))
        #expect(game(0) != game(1))
    }

    @Test("a higher level has more to search")
    func levels() throws {
        let places = try HouseholdDifficulty.levels.map { level in
            var environment = ALFWorldEnvironment(try Self.game(.pickAndPlace, level: level))
            return try #require(environment.reset().admissible).count { $0.utf8.starts(with: "go to ".utf8) }
        }
        #expect(places.first ?? 0 < 6 && places.last ?? 0 > 15 && places == places.sorted(), "\(places)")
        #expect(HouseholdDifficulty(0) == nil && HouseholdDifficulty(11) == nil)
    }
}
