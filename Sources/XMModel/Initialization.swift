// Weights at step 0. Every element is a pure function of (seed, parameter name, index), so a model starts from the same
// bits on any machine, with any thread count, and whatever other parameters it has.
// SPDX-License-Identifier: Apache-2.0

import XMSupport
import XMTensor

extension Xmodel2Model {
    /// Fills the f32 masters from `seed` and packs them.
    package func initialize(seed: UInt64) {
        for parameter in weights.layout.parameters {
            backend.writeFloats(weights[parameter]) { values in
                if let std = config.scales[parameter.role].initStd {
                    let stream = RandomStream(seed: seed, "init/" + parameter.name)
                    stream.fillNormal(values, std: Float(std), startingAt: 0)
                } else {
                    values.update(repeating: 1)
                }
            }
        }
        packWeights()
    }
}
