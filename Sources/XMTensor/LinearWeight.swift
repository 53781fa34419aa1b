// What a backend keeps of weights, and the scratch memory it works in: opaque to everything above the backend.
// SPDX-License-Identifier: Apache-2.0

/// A matrix W [N,K] (out, in) in the form a device multiplies with: packed once from a file's blocks, or once per step
/// from an f32 master. Made by `Backend.linearWeight`.
package protocol LinearWeight: AnyObject, Sendable {
    /// Output features.
    var N: Int { get }
    /// Input features.
    var K: Int { get }
}

/// An embedding table [V,D] kept in a file's blocks; only the rows used are dequantised. Made by
/// `Backend.embeddingTable`.
package protocol EmbeddingTable: AnyObject, Sendable {}

/// Temporary memory inside one operation; nothing in it survives from one to the next. Made by `Backend.makeScratch`,
/// it belongs to a workspace, so that several models, engines and trainers can take turns on one backend.
package protocol Scratch: AnyObject, Sendable {}

/// The largest batch that a scratch serves.
package struct ScratchShape: Sendable, Equatable {
    /// B and T of the batch; with a cache, B = 1 and T = the longest sequence, stored positions included.
    package var attention: AttentionShape
    /// Largest input width K of the linear layers.
    package var widestInput: Int
    /// V of the output head; 0 for a model without one.
    package var vocabulary: Int
    /// Reserves the buffers of the backward pass too.
    package var training: Bool

    package init(attention: AttentionShape, widestInput: Int, vocabulary: Int, training: Bool) {
        (self.attention, self.widestInput) = (attention, widestInput)
        (self.vocabulary, self.training) = (vocabulary, training)
    }
}
