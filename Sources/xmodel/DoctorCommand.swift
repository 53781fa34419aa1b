// `xmodel doctor`: what this machine is and how fast it is, before anything is trained on it.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMEval
import XMReport
import XMSupport
import XMTensor

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Show the CPU, the instruction set chosen, libraries, threads, and measured speed.",
        discussion: """
            Takes a few seconds. Run it on an otherwise idle machine.

              xmodel doctor
              xmodel doctor --json --threads 1
            """)

    @OptionGroup var options: ComputeOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
        let backend = try options.makeBackend()
        let preferred = CPUBackend.preferredCompute
        // Each takes a fraction of a second, and none depends on another.
        let bf16 = Measured { try MachineRate.measure(compute: .bf16, pool: backend.pool).gigaflops }
        let f32 = Measured { try MachineRate.measure(compute: .f32, pool: backend.pool).gigaflops }
        let read = Measured { try MachineRate.readBandwidth(pool: backend.pool) }
        let copy = Measured { try MachineRate.copyBandwidth(pool: backend.pool) }
        let report = Report(
            cpu: Self.cpuName(), instruction_set: backend.instructionSet.rawValue,
            available: InstructionSet.available.map(\.rawValue), compute: preferred.compute.rawValue,
            compute_reason: preferred.reason, threads: backend.pool.threadCount, onednn: CPUBackend.oneDNNVersion,
            memory_bytes: Int(ProcessInfo.processInfo.physicalMemory), bf16_gflops: bf16.value,
            f32_gflops: f32.value, read_bytes_per_second: read.value, copy_bytes_per_second: copy.value,
            sandbox: CodeSandbox.report())
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try Output.line(String(decoding: try encoder.encode(report), as: UTF8.self))
            return
        }
        try Output.line(
            """
            CPU              \(report.cpu)
            instruction set  \(report.instruction_set) (available: \(report.available.joined(separator: ", ")))
            compute type     \(report.compute): \(report.compute_reason)
            threads          \(report.threads)
            memory           \(String(format: "%.1f", Double(report.memory_bytes) / Double(1 << 30))) GiB
            oneDNN           \(report.onednn)
            bf16 matmul      \(bf16.text { "\(HumanText.rate($0)) GFLOP/s" })
            f32 matmul       \(f32.text { "\(HumanText.rate($0)) GFLOP/s" })
            memory read      \(read.text { String(format: "%.1f GB/s", $0 / 1e9) })
            memory copy      \(copy.text { String(format: "%.1f GB/s (read + write)", $0 / 1e9) })
            generated code   \(report.sandbox)
            """)
    }

    /// A measurement, or the error that prevented it: one missing number must not hide the others.
    private struct Measured {
        private let result: Result<Double, any Error>

        init(_ body: () throws -> Double) { result = Result(catching: body) }

        var value: Double? { try? result.get() }

        func text(_ format: (Double) -> String) -> String {
            switch result {
            case .success(let value): format(value)
            case .failure(let error): "not measured: \(error)"
            }
        }
    }

    /// The object of `--json`; a rate that could not be measured has no key.
    private struct Report: Encodable {
        let cpu: String
        let instruction_set: String
        let available: [String]
        let compute: String
        let compute_reason: String
        let threads: Int
        let onednn: String
        let memory_bytes: Int
        let bf16_gflops: Double?
        let f32_gflops: Double?
        let read_bytes_per_second: Double?
        let copy_bytes_per_second: Double?
        /// Whether generated programs can run behind walls, in words.
        let sandbox: String
    }

    /// The CPU's model name according to the Linux kernel; x86 and ARM use different labels.
    static func cpuName() -> String {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = info.split(separator: "\n").first { $0.hasPrefix("model name") || $0.hasPrefix("Processor") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }
}
