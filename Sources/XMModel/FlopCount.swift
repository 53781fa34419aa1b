// Floating-point operations of a training step, counted as MFU figures are (PaLM, Chowdhery et al. 2022, appendix B): a
// multiply-add is two, the backward pass costs twice the forward pass, and recomputation is not useful work.
// SPDX-License-Identifier: Apache-2.0

package struct FlopCount: Sendable, Equatable {
    /// Per token, forward: hidden matrices, 2 FLOPs per parameter.
    package let hidden: Double
    /// Per token, forward: the output head, 2 V D. The embedding lookup costs nothing.
    package let head: Double
    /// Per token, forward: causal attention (QKᵀ and PV), averaged over the positions of a sequence.
    package let attention: Double

    package init(_ config: Xmodel2Config, sequenceLength T: Int) {
        let layout = ParameterLayout(config)
        hidden = 2 * Double(layout.parameters.filter { $0.role == .hidden }.reduce(0) { $0 + $1.count })
        head = 2 * Double(config.vocabularySize * config.hiddenSize)
        // Position t sees t+1 keys: (T+1)/2 on average. Two matmuls of 2 D FLOPs per key.
        attention = Double(config.layers) * 4 * Double(config.hiddenSize) * Double(T + 1) / 2
    }

    /// Per token, forward pass.
    package var forward: Double { hidden + head + attention }
    /// Per token, forward and backward pass.
    package var training: Double { 3 * forward }
}
