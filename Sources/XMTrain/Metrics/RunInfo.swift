// `run.json`: what made a run folder, so that a number can be traced to a command, a machine and a parent run.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package enum RunInfoError: Error, CustomStringConvertible, Equatable {
    case unreadable(file: String, reason: String)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): cannot be read (\(reason)); it says what made the run and from which parent: repair it or put back a "
                + "copy, or move it away to go on without that record"
        }
    }
}

/// Who, what and where of a run; a resume adds another start.
package struct RunInfo: Codable, Sendable, Equatable {
    /// One start of the program in the run's folder.
    package struct Start: Codable, Sendable, Equatable {
        package var date: Date
        /// The program's version.
        package var version: String
        /// Commit of the checkout that the program lies in; nil for an installed program.
        package var commit: String?
        /// The command line, argument by argument.
        package var command: [String]
        package var hardware: Hardware
        /// Steps that were done before.
        package var afterStep: Int

        package init(
            date: Date, version: String, commit: String? = nil, command: [String], hardware: Hardware,
            afterStep: Int = 0
        ) {
            (self.date, self.version, self.commit, self.command) = (date, version, commit, command)
            (self.hardware, self.afterStep) = (hardware, afterStep)
        }

        enum CodingKeys: String, CodingKey {
            case date, version, commit, command, hardware
            case afterStep = "after_step"
        }
    }

    /// The machine, as far as it decides speed and numerics.
    package struct Hardware: Codable, Sendable, Equatable {
        package var processor: String
        package var instructionSet: String
        package var threads: Int
        package var memoryBytes: Int

        package init(processor: String, instructionSet: String, threads: Int, memoryBytes: Int) {
            self.processor = processor
            self.instructionSet = instructionSet
            self.threads = threads
            self.memoryBytes = memoryBytes
        }

        enum CodingKeys: String, CodingKey {
            case processor, threads
            case instructionSet = "instruction_set"
            case memoryBytes = "memory_bytes"
        }
    }

    /// A key of the recipe with another value from a step on.
    package struct Change: Codable, Sendable, Equatable {
        /// Steps that were done with the old value.
        package var afterStep: Int
        /// The path, "schedule.learning_rate".
        package var key: String
        /// Both values as in YAML.
        package var from: String
        package var to: String

        package init(afterStep: Int, key: String, from: String, to: String) {
            (self.afterStep, self.key, self.from, self.to) = (afterStep, key, from, to)
        }

        enum CodingKeys: String, CodingKey {
            case key, from, to
            case afterStep = "after_step"
        }
    }

    /// Seeds by purpose.
    package var seeds: [String: UInt64]
    /// The checkpoint that this run branched from; nil for a run from scratch.
    package var parent: String?
    /// The first start and every resume, in order.
    package var starts: [Start]

    /// What resumes changed in the recipe, and what a branch has other than its parent, in order.
    package var changes: [Change]

    package init(seeds: [String: UInt64], parent: String? = nil, starts: [Start] = [], changes: [Change] = []) {
        (self.seeds, self.parent, self.starts, self.changes) = (seeds, parent, starts, changes)
    }

    /// Files of earlier versions have no changes.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        seeds = try keys.decode([String: UInt64].self, forKey: .seeds)
        parent = try keys.decodeIfPresent(String.self, forKey: .parent)
        starts = try keys.decode([Start].self, forKey: .starts)
        changes = try keys.decodeIfPresent([Change].self, forKey: .changes) ?? []
    }

    enum CodingKeys: String, CodingKey { case seeds, parent, starts, changes }

    /// Adds a start with what it changes. Changes after a step that is trained again are undone by that.
    package mutating func add(_ start: Start, changes new: [Change]) {
        starts.append(start)
        changes = changes.filter { $0.afterStep < start.afterStep } + new
    }

    package func write(to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        try AtomicFile.write(try encoder.encode(self), to: url)
    }

    /// nil where there is no such file. Throws `RunInfoError` for one that cannot be read.
    package static func read(_ url: URL) throws -> RunInfo? {
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(RunInfo.self, from: try Data(contentsOf: url))
        } catch DecodingError.keyNotFound(let key, _) {
            throw RunInfoError.unreadable(file: url.path, reason: "key '\(key.stringValue)' is missing")
        } catch DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty {
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw RunInfoError.unreadable(file: url.path, reason: "key '\(key)' has a value of the wrong type")
        } catch is DecodingError {
            throw RunInfoError.unreadable(file: url.path, reason: "it is not valid JSON")
        } catch {
            throw RunInfoError.unreadable(file: url.path, reason: "\(error.localizedDescription)")
        }
    }
}
