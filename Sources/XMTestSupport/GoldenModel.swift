// A golden model case: NAME.json with NAME.weights|grads|io.safetensors, computed by another implementation
// (tools/oracles). Tests compare logits, loss, every gradient and a few optimiser steps with it.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
package import XMModel

/// One case of a golden folder: a configuration, its weights and inputs, and the expected results.
package struct GoldenModel: Sendable, CustomStringConvertible {
    package let name: String
    package let config: Xmodel2Config
    package let expected: Expected
    package let weights: SafetensorsFile
    package let gradients: SafetensorsFile
    package let inputs: SafetensorsFile

    /// The scalars in the JSON file, in its spelling.
    package struct Expected: Decodable, Sendable {
        package let loss: Double
        package let greedy_prompt_len: Int
        package let greedy_ids: [Int32]
        package let adamw: AdamW

        package struct AdamW: Decodable, Sendable {
            package let lr: Double
            package let losses: [Double]
            package let grad_norms: [Double]
            package let final_l2_and_sum: [String: [Double]]
        }
    }

    package var description: String { name }
    /// Batch size and length of the inputs.
    package var B: Int { inputs.tensors["input_ids"]!.shape[0] }
    package var T: Int { inputs.tensors["input_ids"]!.shape[1] }

    /// The folder of cases: XMODEL_GOLDEN, or `../shared/golden` beside the package.
    package static var folder: (url: URL, isExplicit: Bool) {
        if let path = ProcessInfo.processInfo.environment["XMODEL_GOLDEN"], !path.isEmpty {
            return (URL(filePath: path), true)
        }
        return (packageRoot.appending(path: "../shared/golden"), false)
    }

    /// The checkout's root.
    package static var packageRoot: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// Names of all cases in the folder, sorted.
    package static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []
        let suffix = ".weights.safetensors"
        return files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
    }

    /// Whether the golden suite runs: there are cases, or the folder was named explicitly and an empty one is a
    /// failure.
    package static var isAvailable: Bool { folder.isExplicit || !names.isEmpty }

    package init(named name: String) throws {
        self.name = name
        let folder = Self.folder.url
        let json = try Data(contentsOf: folder.appending(path: "\(name).json"))
        let object = try JSONSerialization.jsonObject(with: json) as? [String: Any]
        config = try Xmodel2Config(json: JSONSerialization.data(withJSONObject: object?["config"] ?? [:]))
        expected = try JSONDecoder().decode(Expected.self, from: json)
        weights = try SafetensorsFile(folder.appending(path: "\(name).weights.safetensors"))
        gradients = try SafetensorsFile(folder.appending(path: "\(name).grads.safetensors"))
        inputs = try SafetensorsFile(folder.appending(path: "\(name).io.safetensors"))
    }
}

/// ‖a − b‖ / ‖b‖, in f64; the floor only prevents 0 / 0.
package func relativeDifference(_ a: [Float], _ b: [Float]) -> Double {
    precondition(a.count == b.count)
    var difference = 0.0
    var norm = 0.0
    for (x, y) in zip(a, b) {
        difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
        norm += Double(y) * Double(y)
    }
    return (difference / max(norm, 1e-300)).squareRoot()
}
