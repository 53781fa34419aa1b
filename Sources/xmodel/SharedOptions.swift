// Compute options that several subcommands share, and the backend they select.
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

    /// The selected backend. Tests lower the instruction set with XMODEL_ISA. Throws `CommandError.noInstructionSet`
    /// for an unknown name, `CPUBackendError` for a set that this CPU lacks.
    func makeBackend(matmul: QuantizedMatmul = .integer) throws -> CPUBackend {
        try CPUBackend(
            compute: try dtype(), pool: threading.makePool(), instructionSet: try Self.instructionSet(),
            quantizedMatmul: matmul)
    }

    // "auto" is bf16 only where it is faster: elsewhere it would cost accuracy and gain nothing.
    func dtype() throws -> DType {
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
