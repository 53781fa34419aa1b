// A weight matrix in the form that products want: packed once a step from the f32 master, used for every row tile.
// SPDX-License-Identifier: Apache-2.0

/// A matrix W [N,K] (out, in) prepared for y = x Wᵀ and, in training, for dx = dy W.
package final class LinearWeight: @unchecked Sendable {
    /// Output features.
    package let N: Int
    /// Input features.
    package let K: Int
    /// f32 [N,K], owned by the parameter store.
    package let master: Tensor
    /// Output features in the tiles that are packed one by one for y = x Wᵀ: one tile for a narrow matrix, several for
    /// an output head.
    package let forwardTiles: [Range<Int>]
    /// The packed tiles, `forwardTileBytes` apart, in the backend's own layout.
    package let forward: UnsafeMutableRawPointer
    package let forwardTileBytes: Int
    /// W as the right-hand side of dx = dy W; nil where only inference is wanted.
    package let backward: UnsafeMutableRawPointer?

    package init(
        master: Tensor, forwardTiles: [Range<Int>], forward: UnsafeMutableRawPointer, forwardTileBytes: Int,
        backward: UnsafeMutableRawPointer?
    ) {
        precondition(master.shape.count == 2 && forwardTiles.last?.upperBound == master.shape[0])
        self.master = master
        self.forwardTiles = forwardTiles
        self.forwardTileBytes = forwardTileBytes
        N = master.shape[0]
        K = master.shape[1]
        self.forward = forward
        self.backward = backward
    }

    /// The packed rows of one tile.
    package func packed(tile: Int) -> UnsafeMutableRawPointer { forward + tile * forwardTileBytes }
}
