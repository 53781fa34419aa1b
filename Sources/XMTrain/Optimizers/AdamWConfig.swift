// The recipe section `optimizer`: AdamW's constants and what its weight decay covers.
// The update itself is a kernel; the rates and decays per tensor come from ParameterGroup.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// `optimizer:` of a recipe. Defaults are the values used across the Xmodel family (Xmodel-2 prints none).
///
/// m <- β1 m + (1-β1) g;  v <- β2 v + (1-β2) g²;  w <- w - lr (m̂ / (sqrt(v̂) + eps) + wd w), m̂ and v̂ bias-corrected.
package struct AdamWConfig: Codable, Sendable, Equatable {
    /// `beta1`: decay of the first moment. Default 0.9.
    package var beta1 = 0.9
    /// `beta2`: decay of the second moment. Default 0.95.
    package var beta2 = 0.95
    /// `eps`: added to sqrt(v̂). Default 1e-8.
    package var eps = 1e-8
    /// `weight_decay`: decoupled decay, multiplied by the group's learning rate. Default 0.1. Norms are never decayed.
    package var weightDecay = 0.1
    /// `decay_embeddings`: whether the embedding (= head) is decayed. Default true.
    package var decayEmbeddings = true
    /// `compensate_mup_decay`: multiply the hidden matrices' decay by m, so that lr · wd does not shrink with width.
    /// Default false, as in the lab's runs.
    package var compensateMuPDecay = false

    package init() {}

    enum CodingKeys: String, CodingKey {
        case beta1, beta2, eps
        case weightDecay = "weight_decay"
        case decayEmbeddings = "decay_embeddings"
        case compensateMuPDecay = "compensate_mup_decay"
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&beta1, .beta1)
        try keys.read(&beta2, .beta2)
        try keys.read(&eps, .eps)
        try keys.read(&weightDecay, .weightDecay)
        try keys.read(&decayEmbeddings, .decayEmbeddings)
        try keys.read(&compensateMuPDecay, .compensateMuPDecay)
    }

    /// Throws `ConfigError` naming the first key out of range.
    package func validate() throws {
        for (key, value) in [("beta1", beta1), ("beta2", beta2)] {
            try ConfigError.require(
                value >= 0 && value < 1, key: "optimizer.\(key)", found: value,
                wanted: "it must be at least 0 and below 1", fix: "Xmodel uses beta1 0.9 and beta2 0.95")
        }
        try ConfigError.require(
            eps > 0 && eps.isFinite, key: "optimizer.eps", found: eps, wanted: "it must be positive",
            fix: "the usual value is 1e-8")
        try ConfigError.require(
            weightDecay >= 0 && weightDecay.isFinite, key: "optimizer.weight_decay", found: weightDecay,
            wanted: "it cannot be negative", fix: "use 0 for none")
    }
}
