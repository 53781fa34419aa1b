// Facts about a model file or folder: metadata, tensors, counts, memory. The weights are not loaded. `xmodel inspect`
// prints them. Next: ModelFacts+Reading.swift, which reads them.
// SPDX-License-Identifier: Apache-2.0

import XMTensor

package struct ModelFacts: Sendable, Encodable {
    package enum Format: String, Sendable, Encodable {
        case gguf = "GGUF"
        case safetensors
        case folder = "Hugging Face folder"
    }

    package struct Item: Sendable, Equatable, Encodable {
        package let key: String
        package let value: MetadataText
    }

    package struct Tensor: Sendable, Equatable, Encodable {
        package let name: String
        package let type: String
        package let shape: [Int]
        package let bytes: Int

        package var elements: Int { shape.reduce(1, *) }
    }

    package struct TypeTotal: Sendable, Equatable, Encodable {
        package let type: String
        package let tensors: Int
        package let elements: Int
        package let bytes: Int
    }

    /// Memory of keys and values for one sequence, stored in 32 bits (f32), 16 (bf16, f16), or 8 with scales (q8).
    package struct CacheSize: Sendable, Equatable, Encodable {
        package let positions: Int
        package let bytes16: Int
        package let bytes32: Int
        package let bytesQ8: Int

        private enum CodingKeys: String, CodingKey {
            case positions
            case bytes16 = "bytes_16_bit"
            case bytes32 = "bytes_32_bit"
            case bytesQ8 = "bytes_q8"
        }
    }

    package let path: String
    package let format: Format
    /// Total size of the model files.
    package let sizeBytes: Int
    package let metadata: [Item]
    package let tensors: [Tensor]
    /// Total number of elements; a tied head that is not stored separately counts once.
    package let parameters: Int
    /// Totals by type, largest first.
    package let totals: [TypeTotal]
    /// Nil if the metadata lacks layers or heads.
    package let cacheShape: CacheShape?
    /// Empty if `cacheShape` is nil.
    package let cacheSizes: [CacheSize]

    init(
        path: String, format: Format, sizeBytes: Int, metadata: [Item], tensors: [Tensor], cacheShape: CacheShape?
    ) {
        (self.path, self.format, self.sizeBytes) = (path, format, sizeBytes)
        (self.metadata, self.tensors, self.cacheShape) = (metadata, tensors, cacheShape)
        parameters = tensors.reduce(0) { $0 + $1.elements }
        totals = Dictionary(grouping: tensors, by: \.type).map { type, group in
            TypeTotal(
                type: type, tensors: group.count, elements: group.reduce(0) { $0 + $1.elements },
                bytes: group.reduce(0) { $0 + $1.bytes })
        }.sorted { ($0.bytes, $1.type) > ($1.bytes, $0.type) }
        cacheSizes = (cacheShape?.shownLengths ?? []).map { positions in
            func bytes(_ type: CacheType) -> Int { cacheShape?.sizeBytes(positions: positions, type: type) ?? 0 }
            return CacheSize(positions: positions, bytes16: bytes(.bf16), bytes32: bytes(.f32), bytesQ8: bytes(.q8))
        }
    }

    private enum CodingKeys: String, CodingKey {
        case path, format, metadata, tensors, parameters, totals
        case sizeBytes = "size_bytes"
        case cacheShape = "kv_cache_shape"
        case cacheSizes = "kv_cache_sizes"
    }
}
