// Weights at step 0. Every element is a pure function of (seed, parameter name, index), so the same model starts from
// the same bits on any machine and thread count.
// SPDX-License-Identifier: Apache-2.0

import XMSupport
import XMTensor

extension Xmodel2Model {
    /// Standard deviation at the start (model.md 2.1): hidden matrices initializer_range / sqrt(m), embedding
    /// initializer_range; norm weights are 1.
    package static func initialStd(_ role: ParameterRole, _ config: Xmodel2Config) -> Double? {
        switch role {
        case .embedding: config.initializerRange
        case .hidden: config.hiddenInitStd
        case .norm: nil
        }
    }

    /// Fills the master weights from `seed` and packs them.
    package func initialize(seed: UInt64) {
        for parameter in weights.layout.parameters {
            backend.writeFloats(weights[parameter]) { values in
                if let std = Self.initialStd(parameter.role, config) {
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
