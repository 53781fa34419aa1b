// The model and the step of a recipe, for a run, for its memory plan, and for measuring its speed.
// SPDX-License-Identifier: Apache-2.0

package import XMDistributed
package import XMModel
package import XMTensor

extension TrainStep {
    /// Reserves all memory of training in `arena`, or plans it in a planning one. Weights are zero until they are
    /// initialised or loaded.
    package convenience init(
        _ config: TrainConfig, model network: Xmodel2Config, backend: any Backend, communicator: any Communicator,
        in arena: Arena
    ) throws {
        let model = try Xmodel2Model(
            network, backend: backend, positions: config.train.sequenceLength, training: true, in: arena)
        try self.init(
            model: model,
            groups: parameterGroups(model.weights.layout, config: network, optimizer: config.optimizer),
            optimizer: config.optimizer, microBatchSize: config.microBatchSize, length: config.train.sequenceLength,
            recompute: config.train.recompute, communicator: communicator, in: arena)
    }
}
