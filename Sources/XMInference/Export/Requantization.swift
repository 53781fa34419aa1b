// Rewrites a GGUF file of any architecture with other tensor types: tensors are dequantised to f32 and quantised again;
// metadata is copied except for the keys that name the types.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
import XMModel
package import XMTensor

package enum Requantization {
    /// Writes `target`, which must not exist. Tensors that already have the wanted type are copied. An error thrown by
    /// `progress` cancels the work.
    package static func write(
        _ source: GGUFFile, preset: QuantizationPreset, to target: URL, pool: ThreadPool,
        progress: @escaping TensorStream.Progress = { _ in }
    ) throws {
        try ExportError.refuseToReplace(target)
        var metadata = source.metadata
        metadata.describe(preset)
        let layers = (source.tensors.compactMap { WeightNames.layer($0.name) }.max() ?? -1) + 1
        let total = source.tensors.reduce(0) { $0 + $1.elementCount }
        let stream = TensorStream(pool: pool, totalElements: total, progress: progress)
        let tensors = try source.tensors.map { stored in
            let matrix = try stored.matrix()
            let type = preset.type(of: stored.name, shape: stored.shape, layers: layers)
            return GGUFTensor(name: stored.name, type: type, shape: stored.shape) { sink in
                guard type != matrix.type else {
                    for piece in matrix.pieces {
                        try matrix.withRows(piece) { part in
                            let bytes = UnsafeRawBufferPointer(start: part.blocks, count: piece.count * part.rowBytes)
                            try stream.copy(bytes, elements: piece.count * matrix.columns) { try sink($0) }
                        }
                    }
                    return
                }
                try stream.encode(stored.name, rows: matrix.rows, columns: matrix.columns, as: type) { rows, values in
                    if let start = values.baseAddress { try matrix.dequantize(rows, into: start) }
                } to: {
                    try sink($0)
                }
            }
        }
        try GGUFWriter.write(tensors, metadata: metadata, to: target) { try progress(1) }
    }
}
