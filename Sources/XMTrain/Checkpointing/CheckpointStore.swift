// The `checkpoints` folder of a run: each checkpoint appears whole or not at all, the last few and the best are kept,
// a damaged one is noticed by its hashes, the one before it is used, and the damaged one is set aside.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import Logging
import XMSupport

package enum CheckpointStoreError: Error, CustomStringConvertible {
    case foreign(folder: String, reason: String)
    /// A branch wants a checkpoint whose learning rate has not decayed.
    case decayed(folder: String)
    /// A checkpoint could not be written; `kept`: the step of the newest one that is there.
    case notSaved(step: Int, kept: Int?, file: String, reason: String)
    /// A run has checkpoints, and none of them is whole.
    case allDamaged(folder: String, count: Int, first: String)
    /// The folder is that of a branch: without its parent it would start from nothing.
    case noParent(folder: String, parent: String)
    /// The folder's run began from another checkpoint than the one that is named now.
    case otherParent(checkpoint: String, found: String, wanted: String?)

    package var description: String {
        switch self {
        case .foreign(let folder, let reason):
            "\(folder): not a training checkpoint of this program (\(reason)); "
                + "name a folder runs/NAME/checkpoints/step-…"
        case .decayed(let folder):
            "\(folder): lies in the decay stage of its run; a branch begins at a checkpoint of the stable stage"
        case .notSaved(let step, let kept, let file, let reason):
            "\(file): the checkpoint of step \(step) cannot be written (\(reason)); "
                + (kept.map {
                    "that of step \($0) is intact: make room and run the same command again to go on from there"
                }
                    ?? "there is no earlier one: make room and run the same command again, which begins at step 1")
        case .allDamaged(let folder, let count, let first):
            "\(folder): none of the \(HumanText.counted(count, "checkpoint")) can be resumed (the newest: \(first)); "
                + "put back a copy, or start over with --restart"
        case .noParent(let folder, let parent):
            "\(folder): branches from \(parent) and has no checkpoint of its own yet; name the parent again with "
                + "--branch-from, or start over with --restart"
        case .otherParent(let checkpoint, let found, let wanted):
            "\(checkpoint): belongs to a run that "
                + (wanted.map { "branches from \($0)" } ?? "is no branch")
                + ", not to a branch from \(found); leave out --branch-from to resume it, or take another folder"
        }
    }
}

package struct CheckpointStore {
    package let folder: URL
    private let keepLast: Int
    private let log: Logger

    package init(folder: URL, keepLast: Int, log: Logger) throws {
        self.folder = folder
        self.keepLast = keepLast
        self.log = log
        try AtomicFolder.create(folder)
        // What a kill left half-written.
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where PartialName.isPartial(name) {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    package static func name(step: Int) -> String { "step-" + String(format: "%08d", step) }

    /// Steps that have a checkpoint, rising.
    package var steps: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix("step-") }.compactMap { Int($0.dropFirst(5)) }.sorted()
    }

    package func url(step: Int) -> URL { folder.appending(path: Self.name(step: step)) }

    /// Step of the best checkpoint.
    package var bestStep: Int? {
        (try? String(contentsOf: folder.appending(path: "best"), encoding: .utf8)).flatMap { Int($0) }
    }

    /// Writes the checkpoint of `state`, where it is not there already, then removes those that are neither recent nor
    /// the best. Beside weights that are not proven, the newest ones that are stay too: they are older than the last
    /// update. Throws `CheckpointStoreError.notSaved` where the disk is full, and keeps what was there.
    @discardableResult
    package func save(_ state: TrainState, isBest: Bool, write: (URL) throws -> Void) throws -> URL {
        do {
            return try put(state, isBest: isBest, write: write)
        } catch FileError.notWritten(let file, let reason) {
            throw CheckpointStoreError.notSaved(
                step: state.step, kept: steps.last { $0 < state.step }, file: file, reason: reason)
        }
    }

    private func put(_ state: TrainState, isBest: Bool, write: (URL) throws -> Void) throws -> URL {
        let step = state.step
        let target = url(step: step)
        if (try? AtomicFolder.verify(target)) == nil {
            try AtomicFolder.write(to: target, replacing: true) { temporary in
                try write(temporary)
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
                try AtomicFile.write(encoder.encode(state), to: temporary.appending(path: "state.json"))
            }
        }
        if isBest { try AtomicFile.write(Data("\(step)".utf8), to: folder.appending(path: "best")) }
        let kept = [bestStep, state.isProven ? nil : steps.last { $0 < state.lastUpdate }]
        for old in steps.filter({ $0 < step }).dropLast(keepLast - 1) where !kept.contains(old) {
            try? FileManager.default.removeItem(at: url(step: old))
        }
        return target
    }

    /// Sets aside, as `unproven-…`, the checkpoints with the weights of the update of step `update`: no later step was
    /// accepted at them.
    package func setAside(since update: Int) throws {
        for step in steps where step >= update {
            let aside = try setAside(step, as: "unproven-")
            log.warning("every step after \(Self.name(step: step)) was skipped; it is \(aside.lastPathComponent) now")
        }
    }

    /// The newest checkpoint whose hashes hold; newer ones are reported and set aside as `damaged-…`. Nil when there is
    /// none. Throws `CheckpointStoreError.allDamaged` rather than let a run start over beside what it once saved.
    package func latestValid() throws -> URL? {
        var damaged: [(step: Int, reason: String)] = []
        for step in steps.reversed() {
            do {
                try AtomicFolder.verify(url(step: step))
                for (step, reason) in damaged {
                    let aside = try setAside(step, as: "damaged-")
                    log.warning("checkpoint passed over: \(reason); it is \(aside.lastPathComponent) now")
                }
                return url(step: step)
            } catch let error as FileError {
                damaged.append((step, "\(error)"))
            }
        }
        guard let newest = damaged.first else { return nil }
        throw CheckpointStoreError.allDamaged(folder: folder.path, count: damaged.count, first: newest.reason)
    }

    @discardableResult
    private func setAside(_ step: Int, as prefix: String) throws -> URL {
        let aside = folder.appending(path: prefix + Self.name(step: step))
        try? FileManager.default.removeItem(at: aside)
        try FileManager.default.moveItem(at: url(step: step), to: aside)
        return aside
    }

    /// The state of a checkpoint folder. Throws `CheckpointStoreError.foreign` for any other folder.
    package static func state(of checkpoint: URL) throws -> TrainState {
        guard let data = try? Data(contentsOf: checkpoint.appending(path: "state.json")) else {
            throw CheckpointStoreError.foreign(folder: checkpoint.path, reason: "it has no state.json")
        }
        struct Format: Decodable { let format: Int }
        let format = try? JSONDecoder().decode(Format.self, from: data).format
        guard format == nil || format == TrainState.currentFormat else {
            throw CheckpointStoreError.foreign(
                folder: checkpoint.path,
                reason: "format \(format ?? 0), this program reads \(TrainState.currentFormat)")
        }
        guard let state = try? JSONDecoder().decode(TrainState.self, from: data) else {
            throw CheckpointStoreError.foreign(folder: checkpoint.path, reason: "its state.json cannot be read")
        }
        // Counts that no run reaches would end in sums that are no numbers.
        guard [state.step, state.updates, state.tokens].allSatisfy({ (0...1 << 60).contains($0) }) else {
            throw CheckpointStoreError.foreign(
                folder: checkpoint.path, reason: "its state.json has counts out of range")
        }
        return state
    }

    /// The file with the resolved recipe that a checkpoint was trained with.
    package static let recipeName = "recipe.yaml"

    /// The recipe that a checkpoint was trained with.
    package static func recipe(of checkpoint: URL) throws -> TrainConfig {
        try Recipe.load(TrainConfig.self, from: checkpoint.appending(path: recipeName))
    }
}
