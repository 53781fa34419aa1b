// Options that several subcommands share, and the backend they choose.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMTensor

struct ComputeOptions: ParsableArguments {
    @OptionGroup var threading: ThreadOptions

    @Option(
        help: "Data type of activations: auto, f32 or bf16. auto is bf16 where the CPU has fast bf16 matrix products.")
    var compute: String = "auto"

    func validate() throws { _ = try dtype() }

    /// The backend these options ask for. The instruction set can be lowered for tests with XMODEL_ISA.
    func makeBackend(matmul: QuantizedMatmul = .integer) throws -> CPUBackend {
        try CPUBackend(
            compute: try dtype(), pool: threading.makePool(), instructionSet: try Self.instructionSet(),
            quantizedMatmul: matmul)
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
            throw CommandError.noInstructionSet(name: name)
        }
        return isa
    }
}
