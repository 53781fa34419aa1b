// ALFWorld's games against the original engine: what TextWorld answered, recorded by
// tools/oracles/make_alfworld_goldens.py, and the official solutions.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMAgents
import XMSupport
import XMTestSupport

/// Games that the original engine has played.
enum RecordedGames {
    /// A record, and how many of its steps are the same here.
    struct Agreement: Equatable {
        var steps = 0
        var equal = 0
    }

    static func records(_ file: URL) throws -> [JSONValue] {
        try JSONLines.lines(of: String(contentsOf: file, encoding: .utf8)).map { try JSONValue.parse($0.text) }
    }

    /// Plays a record's commands in `game` and compares every answer.
    static func compare(_ record: JSONValue, with game: ALFWorldGame, name: String) throws -> Agreement {
        var environment = ALFWorldEnvironment(game)
        let first = try environment.reset()
        #expect(first.text == record["introduction"]?.string, "\(name)")
        #expect(first.admissible == record["admissible"]?.array?.compactMap(\.string), "\(name)")
        var agreement = Agreement()
        for (number, step) in try #require(record["steps"]?.array).enumerated() {
            let fields = try #require(step.array)
            let command = try #require(fields[0].string)
            let found = try environment.step(command)
            let admissible = found.admissible ?? []
            let hash = SHA256.hex(of: Data(admissible.joined(separator: "\n").utf8))
            let isEqual =
                found.text == fields[1].string && admissible.count == fields[2].integer
                && hash == fields[3].string && Int(found.reward) == fields[4].integer
                && found.isDone == fields[5].bool
            agreement.steps += 1
            agreement.equal += isEqual ? 1 : 0
            #expect(
                isEqual, "\(name), step \(number + 1), '\(command)': \(found.text), wanted \(fields[1].string ?? "")")
        }
        return agreement
    }

    static var folder: URL { GoldenModel.folder.url.appending(path: "alfworld") }

    static var files: [URL] {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "jsonl" }.sorted { $0.path < $1.path }
    }
}

@Suite("ALFWorldGoldenTests")
struct ALFWorldGoldenTests {
    static let games = "agents/alfworld/json_2.1.1"

    @Test("synthetic games are played as TextWorld 1.7.0 played them")
    func syntheticGames() throws {
        let file = GoldenModel.packageRoot.appending(path: "Tests/Fixtures/eval/alfworld.jsonl")
        let records = try RecordedGames.records(file)
        #expect(records.count == 6)
        for record in records {
            let name = try #require(record["game"]?.string)
            let text = try #require(record["file"]).text
            let agreement = try RecordedGames.compare(
                record, with: ALFWorldGame(json: Data(text.utf8), source: name), name: name)
            #expect(agreement.steps == 100 && agreement.equal == 100)
        }
    }

    @Test(
        "observations, admissible commands, score and done equal the original's at every recorded step",
        .enabled(if: DataRoot.has(games), "no ALFWorld games below XMODEL_DATA"),
        .enabled(if: !RecordedGames.files.isEmpty, "no alfworld/*.jsonl below XMODEL_GOLDEN"),
        arguments: RecordedGames.files)
    func equalsTheOriginal(_ file: URL) throws {
        var total = RecordedGames.Agreement()
        for record in try RecordedGames.records(file) {
            let name = try #require(record["game"]?.string)
            let game = try ALFWorldGame(contentsOf: DataRoot.url.appending(path: Self.games).appending(path: name))
            let agreement = try RecordedGames.compare(record, with: game, name: name)
            total.steps += agreement.steps
            total.equal += agreement.equal
        }
        #expect(total.steps > 0 && total.equal == total.steps, "\(total.equal) of \(total.steps)")
    }

    @Test(
        "every official solution wins, in both wordings",
        .enabled(if: DataRoot.has(games), "no ALFWorld games below XMODEL_DATA"),
        arguments: [ALFWorldSplit.validSeen, .validUnseen])
    func solutionsWin(split: ALFWorldSplit) throws {
        let tasks = ALFWorldTasks(root: DataRoot.url.appending(path: Self.games))
        for (number, entry) in try tasks.entries(of: split).enumerated() {
            // One wording for each game: loading is what takes the time.
            let wording = ALFWorldWording.allCases[number % 2]
            let game = try ALFWorldGame(contentsOf: entry.file, wording: wording)
            var environment = ALFWorldEnvironment(game)
            var answer = try environment.reset()
            #expect(!answer.isDone)
            let solution = try #require(game.walkthroughCommands)
            for command in solution {
                let admissible = try #require(answer.admissible)
                #expect(admissible.contains(command), "\(entry.id): \(command)")
                answer = try environment.step(command)
            }
            #expect(answer.isDone && answer.reward == 1, "\(entry.id) in the wording \(wording): \(solution)")
        }
    }
}
