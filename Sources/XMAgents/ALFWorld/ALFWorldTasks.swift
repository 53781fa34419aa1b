// The games of a data folder: split, task type, file; and how ReAct cleans the texts it shows to a model.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// ALFWorld's six kinds of task, in the original's order. A game's folder begins with the type's name.
package enum ALFWorldTaskType: String, Sendable, CaseIterable {
    case pickAndPlace = "pick_and_place_simple"
    case lookAtObject = "look_at_obj_in_light"
    case clean = "pick_clean_then_place_in_recep"
    case heat = "pick_heat_then_place_in_recep"
    case cool = "pick_cool_then_place_in_recep"
    case pickTwo = "pick_two_obj_and_place"

    /// The word in the keys `react_{word}_0` and `react_{word}_1` of ReAct's prompts.
    package var promptName: String {
        switch self {
        case .pickAndPlace: "put"
        case .lookAtObject: "examine"
        case .clean: "clean"
        case .heat: "heat"
        case .cool: "cool"
        case .pickTwo: "puttwo"
        }
    }
}

package enum ALFWorldSplit: String, Sendable, CaseIterable {
    case validSeen = "valid_seen"
    /// The paper's: `eval_out_of_distribution`.
    case validUnseen = "valid_unseen"
    case validTrain = "valid_train"
    case train
}

package struct ALFWorldTasks: Sendable {
    package struct Entry: Sendable, Equatable {
        /// FOLDER/trial_ID, unique in a split.
        package var id: String
        package var type: ALFWorldTaskType
        package var file: URL
    }

    /// The folder that has the splits as subfolders.
    package let root: URL

    package init(root: URL) { self.root = root }

    /// The splits that are there.
    package var splits: [ALFWorldSplit] {
        ALFWorldSplit.allCases.filter {
            FileManager.default.fileExists(atPath: root.appendingPathComponent($0.rawValue).path)
        }
    }

    /// The games of a split, sorted by path. As in the original, folders named after movable receptacles or slices and
    /// games that are not marked as solvable are left out.
    package func entries(of split: ALFWorldSplit) throws -> [Entry] {
        let folder = root.appendingPathComponent(split.rawValue)
        var entries: [Entry] = []
        for name in try Self.names(in: folder) {
            let trials = folder.appendingPathComponent(name)
            for trial in (try? Self.names(in: trials)) ?? [] {
                let file = trials.appendingPathComponent(trial).appendingPathComponent("game.tw-pddl")
                let id = "\(name)/\(trial)"
                if id.includes("movable") || id.includes("Sliced") { continue }
                guard FileManager.default.fileExists(atPath: file.path) else { continue }
                guard let type = ALFWorldTaskType.allCases.first(where: { name.begins(with: $0.rawValue) })
                else { throw ALFWorldError.unknownTaskType(path: folder.path, folder: name) }
                if try Self.isSolvable(file) { entries.append(Entry(id: id, type: type, file: file)) }
            }
        }
        guard !entries.isEmpty else { throw ALFWorldError.noGames(path: folder.path) }
        return entries
    }

    private static func names(in folder: URL) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        } catch {
            throw ALFWorldError.unreadable(path: folder.path, reason: error.localizedDescription)
        }
    }

    private static func isSolvable(_ file: URL) throws -> Bool {
        let data: Data
        do { data = try Data(contentsOf: file) } catch {
            throw ALFWorldError.unreadable(path: file.path, reason: error.localizedDescription)
        }
        do { return try JSONValue.parse(data)["solvable"]?.bool ?? false } catch {
            throw ALFWorldError.notJSON(path: file.path, reason: "\(error)")
        }
    }
}

/// How ReAct's notebook for ALFWorld rewrites what the environment says.
package enum ReActALFWorldText {
    /// The introduction without the greeting, its parts joined by one newline.
    package static func introduction(_ text: String) -> String {
        text.parts(between: "\n\n").dropFirst().joined(separator: "\n")
    }

    /// What is shown after `action`: thoughts are answered with "OK.", and the sentence about the arrival is dropped.
    package static func observation(_ text: String, after action: String) -> String {
        if action.begins(with: "think:") { return "OK." }
        if text.begins(with: "You arrive at "), let (_, rest) = text.cut(atFirst: ". ") { return rest }
        return text
    }
}
