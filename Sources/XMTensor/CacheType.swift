// How a key/value cache stores its elements. Attention reads them in the type of the activations, block by block.
// CXMKernels/include/CXMCache.h has the exact layout, Backends/CPU/CPUKVCache.swift the sizes per sequence.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels

/// Storage type of a cache; the raw value is what `--cache-type` takes.
package enum CacheType: String, Sendable, Codable, CaseIterable {
    case f32
    case bf16
    case f16
    /// 8-bit integers with one f16 scale per 32 elements of a position and head: 8.5 bits per element.
    case q8

    /// The lossless choice for activations of that type; attention then reads the cache without unpacking.
    package init(_ compute: DType) {
        switch compute {
        case .f32: self = .f32
        case .bf16: self = .bf16
        }
    }

    /// Bytes of one position's keys, or values, of one head; `width` is their padded width.
    package func rowBytes(width: Int) -> Int { Int(xm_cache_block_bytes(kernelType, width)) / CacheLayout.block }

    var kernelType: xm_cache_type {
        switch self {
        case .f32: XM_CACHE_F32
        case .bf16: XM_CACHE_BF16
        case .f16: XM_CACHE_F16
        case .q8: XM_CACHE_Q8
        }
    }
}

package enum CacheTypeError: Error, CustomStringConvertible, Equatable {
    /// Storing bf16 activations as f32 would double the memory and gain nothing.
    case widerThanActivations(CacheType, DType)

    package var description: String {
        switch self {
        case .widerThanActivations(let type, let compute):
            "a cache in \(type.rawValue) cannot hold more than the activations, which are \(compute.rawValue) in this "
                + "run; choose bf16, f16 or q8, or compute in \(type.rawValue)"
        }
    }
}
