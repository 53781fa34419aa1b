// The memory of a run before it starts: the same reservations in a dry arena. Impossible plans fail here.
// SPDX-License-Identifier: Apache-2.0

import CXMSystem
import Foundation
import XMDistributed
package import XMModel
import XMSupport
package import XMTensor

package struct MemoryEstimate: Sendable {
    /// Bytes per group of tensors, in the order of reservation.
    package let groups: [(group: String, sizeBytes: Int)]
    private let microBatchSize: Int

    package var totalBytes: Int { groups.reduce(0) { $0 + $1.sizeBytes } }

    package init(_ config: TrainConfig, model: Xmodel2Config, backend: any Backend) throws {
        let program = ProcessMemory.resident
        let arena = Arena(planningOn: backend)
        microBatchSize = config.microBatchSize
        let dry = try Xmodel2Model(
            model, backend: backend, positions: config.train.sequenceLength, training: true, in: arena)
        _ = try TrainStep(
            model: dry, groups: [], optimizer: config.optimizer, microBatchSize: config.microBatchSize,
            length: config.train.sequenceLength, recompute: config.train.recompute,
            leaves: config.train.reductionLeaves, communicator: SingleProcess(), in: arena)
        // The data's tokens are mapped from their files and take no memory of the program's.
        groups = arena.groups + [("program and libraries", program)]
    }

    /// Throws `MemoryError.tooLarge` when the plan needs more than the machine has.
    package func requireFit(available: Int = Int(ProcessInfo.processInfo.physicalMemory)) throws {
        guard totalBytes <= available else {
            throw MemoryError.tooLarge(wanted: totalBytes, available: available, microBatchSize: microBatchSize)
        }
    }

    /// One line for a plan that is only printed.
    package var verdict: String {
        do {
            try requireFit()
            return "It fits: this machine has \(HumanText.bytes(Int(ProcessInfo.processInfo.physicalMemory)))."
        } catch { return "It does not fit: \(error)." }
    }

    /// An aligned table, the largest group first.
    package var table: String {
        let rows =
            groups.sorted { $0.sizeBytes > $1.sizeBytes }.map { ($0.group, HumanText.bytes($0.sizeBytes)) }
            + [("total", HumanText.bytes(totalBytes))]
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, size in
            name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
                + String(repeating: " ", count: max(0, 11 - size.count)) + size
        }.joined(separator: "\n")
    }
}

package enum MemoryError: Error, CustomStringConvertible {
    case tooLarge(wanted: Int, available: Int, microBatchSize: Int)

    package var description: String {
        switch self {
        case .tooLarge(let wanted, let available, let microBatchSize):
            "the run needs \(HumanText.bytes(wanted)) and this machine has \(HumanText.bytes(available)); lower "
                + "train.micro_batch_size (now \(microBatchSize)) or train.sequence_length, or set train.recompute to true"
        }
    }
}

/// Memory of this process as the system counts it.
package enum ProcessMemory {
    /// Bytes resident now.
    package static var resident: Int { value("VmRSS:") }
    /// Most bytes resident at any time.
    package static var peak: Int { value("VmHWM:") }

    /// Gives freed memory back to the system.
    package static func releaseFree() { xm_release_free_memory() }

    private static func value(_ key: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
}
