// Inference over a key/value cache: new tokens of several sequences in, logits of selected tokens out. Prefill and
// decoding are the same pass with different spans.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

/// The cached sequences that a pass continues, in the order of its tokens.
struct CachedPass {
    let cache: any KVCache
    let spans: [CacheSpan]
}

extension Xmodel2Model {
    /// Runs new tokens of several sequences over the cache, concatenated in the order of `spans`. The workspace, which
    /// must have room for all of them, then holds the final norm's output of every token for `logits(of:)`.
    package func run(_ tokens: [Int32], continuing spans: [CacheSpan], in cache: any KVCache, workspace: Workspace) {
        precondition(tokens.count <= workspace.shape.B * workspace.shape.T)
        forward(
            TokenBatch(ids: tokens, spans: spans), workspace, cached: CachedPass(cache: cache, spans: spans))
    }

    /// Logits of selected tokens of the last pass, f32 [tokens, V]. Their outputs are gathered into `gathered`, act
    /// [tokens, D], first: the head is the most expensive matmul, and a prompt needs only its last row.
    package func logits(of tokens: [Int], workspace: Workspace, gathered: Tensor, into logits: Tensor) {
        precondition(tokens.count <= gathered.rows && tokens.count <= logits.rows)
        let rows = 0..<tokens.count
        // From [M, D] to [tokens, D].
        backend.gather(tokens, of: workspace.h, into: gathered)
        headForward(gathered.rows(rows), workspace, into: logits.rows(rows))
    }
}
