// How tensors are stored. Arithmetic and sums are f32 or wider whatever the storage.
// SPDX-License-Identifier: Apache-2.0

/// A storage type of tensors.
package enum DType: String, Sendable, Codable, CaseIterable {
    case f32
    case bf16

    /// Bytes of one element.
    package var size: Int {
        switch self {
        case .f32: 4
        case .bf16: 2
        }
    }
}
