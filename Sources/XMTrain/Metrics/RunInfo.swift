// `run.json`: what made a run folder, so that a number can be traced to a command, a machine and a parent run.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// Who, what and where of a run. Written once at its start; a resume adds its start time.
package struct RunInfo: Codable, Sendable, Equatable {
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

    /// The program's version.
    package var version: String
    /// The command line, argument by argument.
    package var command: [String]
    /// Seeds by purpose.
    package var seeds: [String: UInt64]
    package var hardware: Hardware
    /// The checkpoint that this run branched from; nil for a run from scratch.
    package var parent: String?
    /// When the run was started, then when it was resumed.
    package var started: [Date]

    package init(
        version: String, command: [String], seeds: [String: UInt64], hardware: Hardware, parent: String? = nil,
        started: [Date]
    ) {
        self.version = version
        self.command = command
        self.seeds = seeds
        self.hardware = hardware
        self.parent = parent
        self.started = started
    }

    package func write(to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        try AtomicFile.write(try encoder.encode(self), to: url)
    }

    package static func read(_ url: URL) throws -> RunInfo {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(RunInfo.self, from: try Data(contentsOf: url))
    }
}
