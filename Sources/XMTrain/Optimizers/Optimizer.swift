// What turns gradients into new weights: the protocol, its named state, and the table of what there is. A checkpoint
// carries the state under its names (TrainStep+Checkpoint.swift) without knowing the optimizer.
// To add one: a file beside AdamW.swift and a case here. Next: AdamW.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMModel
package import XMTensor

/// One update.
package struct OptimizerStep: Sendable, Equatable {
    /// The schedule's rate; every group multiplies it by its factor.
    package var learningRate: Double
    /// Factor on the gradient first: the clipping factor.
    package var gradientScale: Double
    /// 1-based number of the update.
    package var number: Int

    package init(learningRate: Double, gradientScale: Double, number: Int) {
        (self.learningRate, self.gradientScale, self.number) = (learningRate, gradientScale, number)
    }
}

/// One tensor of an optimizer's state: "exp_avg/model.norm.weight".
package struct OptimizerState: Sendable {
    /// Unique in the optimizer; the name in `optimizer.safetensors`.
    package let name: String
    package let tensor: Tensor

    package init(name: String, tensor: Tensor) { (self.name, self.tensor) = (name, tensor) }
}

/// Changes the weights of a model by their gradients. Its state is reserved once, in an arena, and is all that it
/// remembers between updates; what it needs besides (the number of the update, the rate) comes with each.
package protocol Optimizer: Sendable {
    /// The state in the order in which it is written; zero before the first update.
    var state: [OptimizerState] { get }

    /// weights <- update(weights, gradients), both f32 in the model's layout, on the device where they lie.
    func update(weights: ParameterStore, gradients: ParameterStore, step: OptimizerStep)
}

/// The table: which optimizers there are and how each is made.
package enum OptimizerKind: Sendable, CaseIterable {
    case adamW

    /// Reserves the state of an optimizer for a model of this layout.
    package func make(
        _ config: AdamWConfig, groups: [ParameterGroup], layout: ParameterLayout, in arena: Arena
    ) throws -> any Optimizer {
        switch self {
        case .adamW: try AdamW(config, groups: groups, layout: layout, in: arena)
        }
    }
}
