// AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101): two moments per element, bias-corrected, weight decay beside the
// gradient. The sweep over memory is one fused kernel of the backend. Next: AdamWConfig.swift, ParameterGroup.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMModel
package import XMTensor

package struct AdamW: Optimizer {
    private let config: AdamWConfig
    /// Stretches of the flat arrays that are updated alike, few and long.
    private let sweeps: [(group: ParameterGroup, range: Range<Int>)]
    /// Running means of the gradient and of its square, f32 in the model's layout.
    private let firstMoment: ParameterStore
    private let secondMoment: ParameterStore

    package init(
        _ config: AdamWConfig, groups: [ParameterGroup], layout: ParameterLayout, in arena: Arena
    ) throws {
        self.config = config
        firstMoment = try ParameterStore(layout, in: arena, group: "first moments")
        secondMoment = try ParameterStore(layout, in: arena, group: "second moments")
        let ranges = Dictionary(uniqueKeysWithValues: layout.parameters.map { ($0.name, $0.range) })
        sweeps = groups.flatMap { group in
            Self.joined(group.tensors.compactMap { ranges[$0] }).map { (group, $0) }
        }
    }

    package var state: [OptimizerState] {
        [("exp_avg", firstMoment), ("exp_avg_sq", secondMoment)].flatMap { kind, store in
            store.layout.parameters.map { OptimizerState(name: "\(kind)/\($0.name)", tensor: store[$0]) }
        }
    }

    package func update(weights: ParameterStore, gradients: ParameterStore, step: OptimizerStep) {
        for (group, range) in sweeps {
            weights.backend.adamW(
                weights: weights.flat, gradients: gradients.flat, m: firstMoment.flat, v: secondMoment.flat,
                range: range,
                step: AdamWStep(
                    learningRate: Float(step.learningRate * group.learningRateFactor), beta1: Float(config.beta1),
                    beta2: Float(config.beta2), eps: Float(config.eps), weightDecay: Float(group.weightDecay),
                    gradientScale: Float(step.gradientScale), t: step.number))
        }
    }

    /// Neighbouring ranges as one.
    private static func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
        ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { result, range in
            if let last = result.last, last.upperBound == range.lowerBound {
                result[result.count - 1] = last.lowerBound..<range.upperBound
            } else {
                result.append(range)
            }
        }
    }
}
