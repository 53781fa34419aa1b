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
            "\(folder): none of the \(count) checkpoint\(count == 1 ? "" : "s") can be resumed (the newest: \(first)); "
                + "put back a copy, or start over with --restart"
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
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".partial") {
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

    /// Writes the checkpoint of `step`, where it is not there already, then removes those that are neither recent nor
    /// the best. Throws `CheckpointStoreError.notSaved` where the disk is full, and keeps what was there.
    @discardableResult
    package func save(
        step: Int, state: TrainState, isBest: Bool, write: (URL) throws -> Void
    ) throws -> URL {
        do {
            return try put(step: step, state: state, isBest: isBest, write: write)
        } catch FileError.notWritten(let file, let reason) {
            throw CheckpointStoreError.notSaved(
                step: step, kept: steps.last { $0 < step }, file: file, reason: reason)
        }
    }

    private func put(step: Int, state: TrainState, isBest: Bool, write: (URL) throws -> Void) throws -> URL {
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
        let best = bestStep
        for old in steps.filter({ $0 < step }).dropLast(keepLast - 1) where old != best {
            try? FileManager.default.removeItem(at: url(step: old))
        }
        return target
    }

    /// The newest checkpoint whose hashes hold; newer ones are reported and set aside as `damaged-…`. Nil when there is
    /// none. Throws `CheckpointStoreError.allDamaged` rather than let a run start over beside what it once saved.
    package func latestValid() throws -> URL? {
        var damaged: [(step: Int, reason: String)] = []
        for step in steps.reversed() {
            do {
                try AtomicFolder.verify(url(step: step))
                for (step, reason) in damaged { try setAside(step, reason) }
                return url(step: step)
            } catch let error as FileError {
                damaged.append((step, "\(error)"))
            }
        }
        guard let newest = damaged.first else { return nil }
        throw CheckpointStoreError.allDamaged(folder: folder.path, count: damaged.count, first: newest.reason)
    }

    private func setAside(_ step: Int, _ reason: String) throws {
        let aside = folder.appending(path: "damaged-" + Self.name(step: step))
        try? FileManager.default.removeItem(at: aside)
        try FileManager.default.moveItem(at: url(step: step), to: aside)
        log.warning("checkpoint passed over: \(reason); it is \(aside.lastPathComponent) now")
    }

    /// The state of a checkpoint folder. Throws `CheckpointStoreError.foreign` for any other folder.
    package static func state(of checkpoint: URL) throws -> TrainState {
        guard let data = try? Data(contentsOf: checkpoint.appending(path: "state.json")) else {
            throw CheckpointStoreError.foreign(folder: checkpoint.path, reason: "it has no state.json")
        }
        guard let state = try? JSONDecoder().decode(TrainState.self, from: data) else {
            throw CheckpointStoreError.foreign(folder: checkpoint.path, reason: "its state.json cannot be read")
        }
        guard state.format == TrainState.currentFormat else {
            throw CheckpointStoreError.foreign(
                folder: checkpoint.path,
                reason: "format \(state.format), this program reads \(TrainState.currentFormat)")
        }
        // Counts that no run reaches would end in sums that are no numbers.
        guard [state.step, state.updates, state.tokens].allSatisfy({ (0...1 << 60).contains($0) }) else {
            throw CheckpointStoreError.foreign(
                folder: checkpoint.path, reason: "its state.json has counts out of range")
        }
        return state
    }
}
