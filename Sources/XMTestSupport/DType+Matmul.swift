// The compute types that tests of training can use: f32, and bf16 if oneDNN has a matmul for it.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

extension DType {
    /// Types with a matmul on this CPU. A missing bf16 shows up as a skipped test in OperationGradientTests.
    package static let withMatmul: [DType] = [.f32, .bf16].filter { CPUBackend.hasMatmul(in: $0) }

    /// The reason that skipped test reports.
    package static let noMatmul =
        "oneDNN has no bf16 products for this CPU: the bf16 cases of other tests are left out"
}
