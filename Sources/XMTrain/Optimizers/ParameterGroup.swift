// The parameter groups of muP (Xmodel-2 report Table 6): hidden matrices learn at η/m, embedding and norms at η.
// The trainer asks it for the rate and the decay of each tensor.
// Next: ParameterGroup+Table.swift prints the groups at the start of a run.
// SPDX-License-Identifier: Apache-2.0

package import XMModel

/// Tensors that share initialisation, learning rate and decay.
package struct ParameterGroup: Sendable, Equatable {
    package var role: ParameterRole
    /// Names of the tensors, in the model's order.
    package var tensors: [String]
    /// Elements of all tensors.
    package var parameterCount: Int
    /// Standard deviation of the initial values; nil for norms, which start at 1.
    package var initStd: Double?
    /// The width multiplier m that the group is scaled by; 1 = not scaled.
    package var multiplier: Double
    /// The group's rate is the schedule's rate times this: 1/m for hidden matrices, else 1.
    package var learningRateFactor: Double
    /// Decoupled weight decay; 0 = none.
    package var weightDecay: Double

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
    let m = config.widthMultiplier
    return [ParameterRole.hidden, .embedding, .norm].compactMap { role in
        let members = layout.parameters.filter { $0.role == role }
        if members.isEmpty { return nil }
        var group = ParameterGroup(
            role: role, tensors: members.map(\.name), parameterCount: members.reduce(0) { $0 + $1.count },
            initStd: config.initializerRange, multiplier: 1, learningRateFactor: 1, weightDecay: optimizer.weightDecay)
        switch role {
        case .hidden:
            group.initStd = config.hiddenInitStd
            group.multiplier = m
            group.learningRateFactor = 1 / m
            if optimizer.compensateMuPDecay { group.weightDecay *= m }
        case .embedding:
            if !optimizer.decayEmbeddings { group.weightDecay = 0 }
        case .norm:
            group.initStd = nil
            group.weightDecay = 0
        }
        return group
    }
}
