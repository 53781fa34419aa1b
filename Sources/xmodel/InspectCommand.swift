// `xmodel inspect`: prints a model file's metadata and tensors without loading its weights. The facts are gathered by
// XMFormats/Inspection; this file lays them out.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMFormats
import XMSupport

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show a model's metadata, tensors, parameter count and KV cache size.",
        discussion: """
            Reads GGUF and safetensors files, Hugging Face folders, checkpoints, and runs (their newest checkpoint). \
            Weights are not loaded.

              xmodel inspect SmolLM2-135M-Instruct.Q4_1.gguf
              xmodel inspect runs/nano
              xmodel inspect runs/nano/checkpoints/step-00000400 --json
            """)

    @Argument(help: "A .gguf or .safetensors file, a model folder, a checkpoint, or a run (its newest checkpoint).")
    var file: String
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
        let facts = try ModelFacts.read(URL(filePath: file))
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try Output.line(String(decoding: try encoder.encode(facts), as: UTF8.self))
            return
        }
        try Output.line(Self.text(facts))
    }

    /// The non-empty sections, separated by blank lines.
    /// Names and values come from an untrusted file: control characters are escaped before they reach a terminal.
    private static func text(_ facts: ModelFacts) -> String {
        let summary = columns([
            ["file", facts.path],
            ["format", "\(facts.format.rawValue), \(HumanText.bytes(facts.sizeBytes))"],
            ["parameters", parameters(facts)],
        ])
        let metadata = columns(facts.metadata.map { [MetadataText.oneLine($0.key), shortened($0.value)] })
        let tensors = columns(
            facts.tensors.map {
                [MetadataText.oneLine($0.name), $0.type, shape($0.shape), HumanText.grouped($0.bytes)]
            }, right: [3])
        let totals = columns(
            facts.totals.map {
                [
                    $0.type, "\($0.tensors)", HumanText.grouped($0.elements), HumanText.bytes($0.bytes),
                    String(format: "%.2f bits", 8 * Double($0.bytes) / Double(max(1, $0.elements))),
                ]
            }, header: ["type", "tensors", "elements", "memory", "each"], right: [1, 2, 3, 4])
        let cache = columns(
            facts.cacheSizes.map {
                [
                    "\($0.positions)", HumanText.bytes($0.bytesQ8), HumanText.bytes($0.bytes16),
                    HumanText.bytes($0.bytes32),
                ]
            }, header: ["positions", "q8", "bf16, f16", "f32"], right: [0, 1, 2, 3])
        let sections = [
            ("", summary), ("Metadata", metadata), ("Tensors (name, type, shape, bytes)", tensors),
            ("Totals by type", totals), ("KV cache size of one sequence", cache),
        ]
        return sections.filter { !$0.1.isEmpty }
            .map { title, body in title.isEmpty ? body : "\(title)\n\(body)" }.joined(separator: "\n\n")
    }

    private static func parameters(_ facts: ModelFacts) -> String {
        let tensors = HumanText.counted(facts.tensors.count, "tensor")
        return "\(HumanText.grouped(facts.parameters)) (\(HumanText.count(Double(facts.parameters)))) in \(tensors)"
    }

    private static func shape(_ shape: [Int]) -> String {
        "[\(shape.map { "\($0)" }.joined(separator: ", "))]"
    }

    /// At most about 90 characters, so that a vocabulary or a chat template takes one line.
    private static func shortened(_ value: MetadataText) -> String {
        let text = value.description
        guard text.count > 90 else { return text }
        if case .list(let count, _) = value { return "\(text.prefix(70))… \(count) in total]" }
        return "\(text.prefix(70))… \(text.count) characters"
    }

    /// An indented table with the columns `right` right-aligned; "" without rows.
    private static func columns(_ rows: [[String]], header: [String] = [], right: Set<Int> = []) -> String {
        rows.isEmpty ? "" : TextTable.text((header.isEmpty ? [] : [header]) + rows, right: right, indent: 2)
    }
}
