// A GGUF file of any architecture with other tensor types: every tensor becomes f32 and is rounded again; metadata
// stays but for the keys that name the types.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
import XMModel
package import XMTensor

package enum Requantization {
    /// Writes `target`, which must not exist. A tensor that has the wanted type already is copied. What `progress`
    /// throws ends the work.
    package static func write(
        _ source: GGUFFile, preset: QuantizationPreset, to target: URL, pool: ThreadPool,
        progress: @escaping TensorStream.Progress = { _ in }
    ) throws {
        try ExportError.refuseToReplace(target)
        var metadata = source.metadata
        metadata.describe(preset)
        let layers = (source.tensors.compactMap { WeightNames.layer(gguf: $0.name) }.max() ?? -1) + 1
        let total = source.tensors.reduce(0) { $0 + $1.elementCount }
        let stream = TensorStream(pool: pool, totalElements: total, progress: progress)
        let tensors = try source.tensors.map { entry in
            let bytes = try source.bytes(entry.name)
            let type = preset.type(of: entry.name, shape: entry.shape, layers: layers)
            guard type != entry.type else {
                return GGUFTensor(name: entry.name, type: type, shape: entry.shape) { sink in
                    try stream.copy(bytes, elements: entry.elementCount) { try sink($0) }
                }
            }
            let columns = entry.shape.last ?? 1
            let rowBytes = try entry.type.sizeBytes(shape: [columns])
            return GGUFTensor(name: entry.name, type: type, shape: entry.shape) { sink in
                try stream.encode(
                    entry.name, rows: entry.elementCount / max(columns, 1), columns: columns, as: type
                ) { rows, values in
                    let part = bytes[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes]
                    entry.type.dequantize(UnsafeRawBufferPointer(rebasing: part), into: values)
                } to: {
                    try sink($0)
                }
            }
        }
        try withExtendedLifetime(source) { try GGUFWriter.write(tensors, metadata: metadata, to: target) }
    }
}
