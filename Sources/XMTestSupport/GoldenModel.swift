// A golden model: results of another implementation, in NAME.json and NAME.weights|grads|io.safetensors. One is
// committed (Tests/Fixtures/golden/README.md describes the files); a folder outside the checkout may have more.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
package import XMModel
import XMSupport

/// One golden model.
package struct GoldenModel: Sendable, CustomStringConvertible {
    package let name: String
    package let config: Xmodel2Config
    package let expected: Expected
    package let weights: SafetensorsFile
    package let gradients: SafetensorsFile
    package let inputs: SafetensorsFile
    /// The weights after the AdamW steps, NAME.adamw.safetensors; nil where the case has only their norms.
    package let trained: SafetensorsFile?

    /// The numbers in NAME.json.
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
    /// Sequences and their length; `input_ids` are [B, T].
    package var B: Int { inputs.tensors["input_ids"]!.shape[0] }
    package var T: Int { inputs.tensors["input_ids"]!.shape[1] }

    /// Folder of the committed case.
    package static var committed: URL { packageRoot.appending(path: "Tests/Fixtures/golden") }

    /// Folder of more cases: XMODEL_GOLDEN, or `../shared/golden` beside the package.
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

    /// Names of all cases: the committed one first.
    package static var names: [String] { names(in: committed) + names(in: folder.url) }

    /// Names of the cases in a folder, sorted.
    package static func names(in folder: URL) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let suffix = ".weights.safetensors"
        return files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
    }

    package init(named name: String) throws {
        self.name = name
        let folder = Self.names(in: Self.committed).contains(name) ? Self.committed : Self.folder.url
        func tensors(_ part: String) throws -> SafetensorsFile {
            try SafetensorsFile(folder.appending(path: "\(name).\(part).safetensors"))
        }
        let json = try Data(contentsOf: folder.appending(path: "\(name).json"))
        config = try Xmodel2Config(json: Data((JSONValue.parse(json)["config"] ?? .null).text.utf8))
        expected = try JSONDecoder().decode(Expected.self, from: json)
        weights = try tensors("weights")
        gradients = try tensors("grads")
        inputs = try tensors("io")
        let hasTrained = FileManager.default.fileExists(
            atPath: folder.appending(path: "\(name).adamw.safetensors").path)
        trained = hasTrained ? try tensors("adamw") : nil
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
