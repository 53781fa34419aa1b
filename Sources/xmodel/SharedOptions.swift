// Options that several subcommands share, and the backend they choose.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMTensor

struct ComputeOptions: ParsableArguments {
    @Option(help: "Compute threads (default: all cores of this machine).")
    var threads: Int?

    @Option(help: "Storage of activations: auto, f32 or bf16. auto takes bf16 where the CPU multiplies it fast.")
    var compute: String = "auto"

    /// The backend these options ask for. The instruction set can be lowered for tests with XMODEL_ISA.
    func makeBackend(products: QuantizedProducts = .integer) throws -> CPUBackend {
        guard threads ?? 1 >= 1 else { throw ValidationError("--threads is \(threads!); it must be at least 1") }
        let pool = ThreadPool(threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount)
        return try CPUBackend(
            compute: try dtype(), pool: pool, instructionSet: try Self.instructionSet(), quantizedProducts: products)
    }

    private func dtype() throws -> DType {
        if compute == "auto" { return CPUBackend.preferredCompute.compute }
        guard let dtype = DType(rawValue: compute) else {
            throw ValidationError("--compute is '\(compute)'; choose auto, f32 or bf16")
        }
        return dtype
    }

    static func instructionSet() throws -> InstructionSet {
        guard let name = ProcessInfo.processInfo.environment["XMODEL_ISA"], !name.isEmpty else { return .best }
        guard let isa = InstructionSet(rawValue: name) else {
            throw ValidationError(
                "XMODEL_ISA is '\(name)'; choose " + InstructionSet.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return isa
    }
}
