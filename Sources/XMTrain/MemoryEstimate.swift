// The memory of a run before it starts: the same reservations in a dry arena. Impossible plans fail here.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMDistributed
package import XMModel
import XMSupport
package import XMTensor

package struct MemoryEstimate: Sendable {
    /// Bytes per group of tensors, in the order of reservation: what a run's arena will hold.
    package let planned: [(group: String, sizeBytes: Int)]
    /// The same with the program itself.
    package let groups: [(group: String, sizeBytes: Int)]
    private let microBatchSize: Int

    package var totalBytes: Int { groups.reduce(0) { $0 + $1.sizeBytes } }

    /// The plan of one rank.
    package init(
        _ config: TrainConfig, model: Xmodel2Config, backend: any Backend,
        communicator: any Communicator = SingleProcess()
    ) throws {
        let program = ProcessMemory.resident
        let arena = Arena(planningOn: backend)
        microBatchSize = config.microBatchSize
        _ = try TrainStep(config, model: model, backend: backend, communicator: communicator, in: arena)
        // Tokens are read from their files a sequence at a time and take next to no memory.
        planned = arena.groups
        groups = arena.groups + [("program and libraries", program)]
    }

    /// Throws `MemoryError.tooLarge` when the plan needs more than the machine has.
    package func requireFit(available: Int = Int(ProcessInfo.processInfo.physicalMemory)) throws {
        guard totalBytes <= available else {
            throw MemoryError.tooLarge(wanted: totalBytes, available: available, microBatchSize: microBatchSize)
        }
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
