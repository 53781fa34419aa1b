// `xmodel doctor`: what this machine is and how fast, before anything is trained on it.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
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
        let bf16 = MachineRate.measure(compute: .bf16, pool: backend.pool)
        let f32 = MachineRate.measure(compute: .f32, pool: backend.pool)
        let copy = MachineRate.copyBandwidth(pool: backend.pool)
        let report = Report(
            cpu: Self.cpuName(), instruction_set: backend.instructionSet.rawValue,
            available: InstructionSet.available.map(\.rawValue), compute: preferred.compute.rawValue,
            compute_reason: preferred.reason, threads: backend.pool.threadCount, onednn: CPUBackend.oneDNNVersion,
            memory_bytes: Int(ProcessInfo.processInfo.physicalMemory), bf16_gflops: bf16.gigaflops,
            f32_gflops: f32.gigaflops, copy_bytes_per_second: copy)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try Output.line(String(decoding: try encoder.encode(report), as: UTF8.self))
            return
        }
        func rate(_ gigaflops: Double) -> String {
            gigaflops > 0 ? "\(HumanText.rate(gigaflops)) GFLOP/s" : "none: oneDNN has no such products for this CPU"
        }
        try Output.line(
            """
            CPU              \(report.cpu)
            instruction set  \(report.instruction_set) (available: \(report.available.joined(separator: ", ")))
            compute type     \(report.compute): \(report.compute_reason)
            threads          \(report.threads)
            memory           \(String(format: "%.1f", Double(report.memory_bytes) / Double(1 << 30))) GiB
            oneDNN           \(report.onednn)
            bf16 matmul      \(rate(report.bf16_gflops))
            f32 matmul       \(rate(report.f32_gflops))
            memory copy      \(String(format: "%.1f", report.copy_bytes_per_second / 1e9)) GB/s (read + write)
            """)
    }

    private struct Report: Encodable {
        let cpu: String
        let instruction_set: String
        let available: [String]
        let compute: String
        let compute_reason: String
        let threads: Int
        let onednn: String
        let memory_bytes: Int
        let bf16_gflops: Double
        let f32_gflops: Double
        let copy_bytes_per_second: Double
    }

    /// The model name that the kernel reports.
    static func cpuName() -> String {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = info.split(separator: "\n").first { $0.hasPrefix("model name") || $0.hasPrefix("Processor") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }
}
