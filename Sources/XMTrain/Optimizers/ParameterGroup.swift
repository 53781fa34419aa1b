// The parameter groups of a run: tensors of one role, with the learning-rate factor and the weight decay that
// XMModel/Scales.swift gives the role under the recipe's `optimizer` options.
// Next: ParameterGroup+Table.swift prints the groups at the start of a run.
// SPDX-License-Identifier: Apache-2.0

package import XMModel

/// Tensors that share initialisation, learning rate and decay.
package struct ParameterGroup: Sendable, Equatable {
    package let role: ParameterRole
    /// Names of the tensors, in the model's order.
    package let tensors: [String]
    /// Elements of all tensors.
    package let parameterCount: Int
    /// Standard deviation of the initial values; nil for norms, which start at 1.
    package let initStd: Double?
    /// The group's rate is the schedule's rate times this: 1/m for hidden matrices under muP, else 1.
    package let learningRateFactor: Double
    /// Decoupled weight decay; 0 = none.
    package let weightDecay: Double

    package var name: String { role.rawValue }
}

/// The groups of a model, in the order hidden, embedding, norm; roles without tensors are left out.
///
/// | role      | init std     | rate | decay                              |
/// |-----------|--------------|------|------------------------------------|
/// | hidden    | std / sqrt(m)| η/m  | wd (· m with `compensate_mup_decay`)|
/// | embedding | std          | η    | wd, or 0 without `decay_embeddings`|
/// | norm      | starts at 1  | η    | 0                                  |
package func parameterGroups(
    _ layout: ParameterLayout, config: Xmodel2Config, optimizer: AdamWConfig
) -> [ParameterGroup] {
    let scales = Scales(
        config, decaysEmbedding: optimizer.decayEmbeddings, compensatesDecay: optimizer.compensateMuPDecay)
    return [ParameterRole.hidden, .embedding, .norm].compactMap { role in
        let members = layout.parameters.filter { $0.role == role }
        if members.isEmpty { return nil }
        return ParameterGroup(
            role: role, tensors: members.map(\.name), parameterCount: members.reduce(0) { $0 + $1.count },
            initStd: scales[role].initStd, learningRateFactor: scales[role].learningRate,
            weightDecay: optimizer.weightDecay * scales[role].weightDecay)
    }
}
