// What a backend keeps of weights, and the memory that it works in: opaque to everybody else.
// SPDX-License-Identifier: Apache-2.0

/// A matrix W [N,K] (out, in) in the form that a device multiplies with: packed once from a file's blocks, or once a
/// step from an f32 master. Made by `Backend.linearWeight`.
package protocol LinearWeight: AnyObject, Sendable {
    /// Output features.
    var N: Int { get }
    /// Input features.
    var K: Int { get }
}

/// An embedding table [V,D] in a file's blocks, of which only the rows used are dequantised. Made by
/// `Backend.embeddingTable`.
package protocol EmbeddingTable: AnyObject, Sendable {}

/// Memory that operations work in between two of their lines. Made by `Backend.makeScratch`; it belongs to a workspace,
/// so that several models, engines and trainers can take turns on one backend.
package protocol Scratch: AnyObject, Sendable {}

/// The largest batch that a scratch is for.
package struct ScratchShape: Sendable, Equatable {
    /// B and T of the batch; with a cache, B = 1 and T = the longest sequence, stored positions included.
    package var attention: AttentionShape
    /// Largest K of the linear layers.
    package var widestInput: Int
    package var vocabulary: Int
    package var training: Bool

    package init(attention: AttentionShape, widestInput: Int, vocabulary: Int, training: Bool) {
        (self.attention, self.widestInput) = (attention, widestInput)
        (self.vocabulary, self.training) = (vocabulary, training)
    }
}
