// Floating-point operations of a training step, counted the way that MFU figures are: multiply and add are two, the
// backward pass costs twice the forward pass, recomputation does not count as useful work.
// SPDX-License-Identifier: Apache-2.0

package struct FlopCount: Sendable, Equatable {
    /// Per token, forward: hidden matrices.
    package let hidden: Double
    /// Per token, forward: the output head.
    package let head: Double
    /// Per token, forward: scores and values of causal attention, averaged over the positions of the sequence.
    package let attention: Double

    package init(_ config: Xmodel2Config, sequenceLength T: Int) {
        let layout = ParameterLayout(config)
        hidden = 2 * Double(layout.parameters.filter { $0.role == .hidden }.reduce(0) { $0 + $1.count })
        head = 2 * Double(config.vocabularySize * config.hiddenSize)
        // Position t sees t+1 keys: (T+1)/2 on average, twice (QKᵀ and PV), 2 operations each.
        attention = Double(config.layers) * 4 * Double(config.hiddenSize) * Double(T + 1) / 2
    }

    /// Per token, forward pass.
    package var forward: Double { hidden + head + attention }
    /// Per token, forward and backward pass.
    package var training: Double { 3 * forward }
}
