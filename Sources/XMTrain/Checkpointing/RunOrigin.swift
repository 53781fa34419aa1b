// What a run continues: a checkpoint of its own folder, or the parent of a branch, with the recipe that it was trained
// with. A recipe that would change numbers is refused with both values of every such key, unless the keys are named;
// what is accepted becomes part of run.json. Next: KeyInfluence.swift (the table), RunContents.swift (the files).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMSupport

package struct RunOrigin: Sendable {
    package enum Kind: Sendable {
        /// The newest checkpoint of the run's own folder.
        case resume
        /// A stable checkpoint that a decay begins from.
        case branch
    }

    package let kind: Kind
    package let checkpoint: URL
    package let state: TrainState
    /// Resolved, as it was when the checkpoint was written.
    package let recipe: TrainConfig

    package init(_ kind: Kind, _ checkpoint: URL) throws {
        (self.kind, self.checkpoint) = (kind, checkpoint)
        state = try CheckpointStore.state(of: checkpoint)
        recipe = try CheckpointStore.recipe(of: checkpoint)
    }

    /// The newest valid checkpoint of the run folder, else the branch's parent; nil where a run starts from nothing.
    package static func find(_ paths: TrainerPaths, store: CheckpointStore) throws -> RunOrigin? {
        if let latest = try store.latestValid() {
            let origin = try RunOrigin(.resume, latest)
            if let parent = paths.branchFrom, try hash(of: parent) != origin.state.parentHash {
                throw CheckpointStoreError.otherParent(
                    checkpoint: latest.path, found: parent.path, wanted: origin.state.parent)
            }
            return origin
        }
        if let parent = paths.branchFrom { return try RunOrigin(.branch, parent) }
        let info = try RunInfo.read(paths.output.appending(path: RunFolder.infoName))
        if let parent = info?.parent {
            throw CheckpointStoreError.noParent(folder: paths.output.path, parent: parent)
        }
        return nil
    }

    /// Of the manifest, which has the hashes of all files.
    private static func hash(of checkpoint: URL) throws -> String {
        try SHA256.hex(ofFile: checkpoint.appending(path: "manifest.json"))
    }

    /// The state that the run begins with.
    var startState: TrainState {
        get throws {
            guard kind == .branch else { return state }
            var state = state
            state.parent = checkpoint.path
            state.parentHash = try Self.hash(of: checkpoint)
            state.bestValidation = nil
            return state
        }
    }

    var name: String { kind == .resume ? checkpoint.lastPathComponent : checkpoint.path }

    /// What a resolved recipe changes, as run.json holds it.
    ///
    /// - Parameter accepted: keys or sections that may differ.
    /// - Throws: `RecipeChangeError` naming every other key that changes numbers.
    package func changes(to config: TrainConfig, accepting accepted: [String]) throws -> [RunInfo.Change] {
        try ConfigError.require(
            config.train.steps >= state.step, key: "train.steps", found: config.train.steps,
            wanted: "\(checkpoint.path) has \(state.step) steps behind it",
            fix: "give as many or more, or start over with --restart or in another folder")
        let keepsSteps = kind == .resume && keepsTrainedSteps(with: config.train.steps)
        return try changes(
            try Recipe.differences(from: recipe, to: config).filter { !KeyInfluence.isPath($0.key) },
            free: keepsSteps ? ["train.steps"] : [], accepting: accepted)
    }

    /// The same for what the recipe's paths lead to, as `TrainState.contents`. What only one side knows is left out.
    package func changes(
        toContents contents: [String: String], accepting accepted: [String]
    ) throws -> [RunInfo.Change] {
        let both = contents.keys.filter { state.contents[$0] != nil }.sorted()
        return try changes(
            both.filter { state.contents[$0] != contents[$0] }.map {
                RecipeDifference(key: $0, from: state.contents[$0] ?? "", to: contents[$0] ?? "")
            }, free: [], accepting: accepted)
    }

    private func changes(
        _ differences: [RecipeDifference], free: Set<String>, accepting accepted: [String]
    ) throws -> [RunInfo.Change] {
        let most: KeyInfluence = kind == .branch ? .stage : .none
        let refused = differences.filter { difference in
            KeyInfluence.of(difference.key) > most && !free.contains(difference.key)
                && !accepted.contains { difference.key == $0 || difference.key.hasPrefix($0 + ".") }
        }
        guard refused.isEmpty else {
            throw RecipeChangeError(checkpoint: checkpoint.path, kind: kind, differences: refused)
        }
        return differences.filter { KeyInfluence.of($0.key) > .none }.map {
            RunInfo.Change(afterStep: state.step, key: $0.key, from: $0.from, to: $0.to)
        }
    }

    /// Whether the steps that were trained would have been the same in a run of `steps`: their rates and stages. So a
    /// stable stage may grow; a decay that has begun, or a cosine, may not.
    private func keepsTrainedSteps(with steps: Int) -> Bool {
        guard steps >= state.step else { return false }
        var other = recipe
        other.train.steps = steps
        guard let was = try? recipe.makeSchedule(), let now = try? other.makeSchedule() else { return false }
        return (0..<state.step).allSatisfy {
            was.rate(at: $0 + 1) == now.rate(at: $0 + 1) && was.stage(at: $0 + 1) == now.stage(at: $0 + 1)
        }
    }
}

/// A run would go on with another recipe than its checkpoint was trained with.
package struct RecipeChangeError: Error, CustomStringConvertible, Equatable {
    package let checkpoint: String
    package let kind: RunOrigin.Kind
    package let differences: [RecipeDifference]

    package var description: String {
        let list = differences.map { "\($0.key) \(Self.short($0.from)) (now \(Self.short($0.to)))" }
        let other =
            kind == .branch ? "branch from another checkpoint" : "start over with --restart or in another folder"
        let steps =
            kind == .resume && differences.contains { $0.key == "train.steps" }
            ? "; the learning rates of steps that are done depend on train.steps, because a decay or a cosine has begun"
            : ""
        return "\(checkpoint) was trained with \(list.joined(separator: ", "))\(steps); go back to "
            + (list.count == 1 ? "that value" : "those values")
            + ", accept a new one by 'xmodel train --change KEY' (a key or its section; may be repeated), or \(other)"
    }

    /// A section that is new as a whole can be long.
    private static func short(_ text: String) -> String {
        text.count <= 120 ? text : text.prefix(119) + "…"
    }
}
