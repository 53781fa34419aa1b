// Which compute types a test of training can run in: f32, and bf16 where oneDNN multiplies it.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

extension DType {
    /// Types with products on this CPU. That bf16 is left out shows as a skipped test of OperationGradientTests.
    package static let withMatmul: [DType] = [.f32, .bf16].filter { CPUBackend.hasMatmul(in: $0) }

    package static let noMatmul =
        "oneDNN has no bf16 products for this CPU: the bf16 cases of other tests are left out"
}
