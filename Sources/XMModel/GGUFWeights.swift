// The matrices of a GGUF file under their Hugging Face names, with the rotary permutation of its queries and keys
// undone (model.md 4.3).
// SPDX-License-Identifier: Apache-2.0

package import XMFormats
package import XMTensor

package struct GGUFWeights: WeightSource {
    private let file: GGUFFile
    private let config: Xmodel2Config

    package init(_ file: GGUFFile, config: Xmodel2Config) {
        self.file = file
        self.config = config
    }

    package var path: String { file.path }

    package func has(_ name: String) -> Bool { file.has(WeightNames.gguf(name)) }

    package func matrix(_ name: String, rows: Int, columns: Int) throws -> BlockMatrix {
        let entry = try entry(name, shape: [rows, columns])
        return try BlockMatrix(
            type: entry.type, rows: rows, columns: columns, blocks: try file.bytes(entry.name).baseAddress!,
            rowOrder: WeightNames.isRotated(name) ? rotaryOrder(rows: rows) : nil)
    }

    package func vector(_ name: String, count: Int) throws -> [Float] {
        try checkedFinite(try file.floats(try entry(name, shape: [count]).name), name)
    }

    private func entry(_ name: String, shape: [Int]) throws -> GGUFFile.Entry {
        let ggufName = WeightNames.gguf(name)
        guard file.has(ggufName) else { throw CheckpointError.missingTensor(file: path, name: ggufName) }
        let entry = try file.tensor(ggufName)
        guard entry.shape == shape else {
            throw CheckpointError.wrongShape(file: path, name: ggufName, found: entry.shape, wanted: shape)
        }
        return entry
    }

    /// Where row i of our rotate-half order lies in a file whose heads rotate neighbouring pairs: of a head's rows,
    /// the first half are the file's even ones and the second half its odd ones.
    private func rotaryOrder(rows: Int) -> [Int32] {
        let d = config.headSize
        return (0..<rows).map { row in
            let (head, i) = (row / d, row % d)
            return Int32(head * d + 2 * (i % (d / 2)) + i / (d / 2))
        }
    }
}
