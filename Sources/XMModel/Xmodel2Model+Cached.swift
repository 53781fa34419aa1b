// Passes that continue stored sequences: new tokens in, logits of chosen tokens out.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

/// Which stored sequences the tokens of a pass continue, in the order of the tokens.
struct CachedPass {
    let cache: any KVCache
    let spans: [CacheSpan]
}

extension Xmodel2Model {
    /// Runs new tokens of several sequences over the cache, those of `spans` one after the other; the workspace, which
    /// must have room for all of them, then holds the final norm's output of every token for `logits(of:)`.
    package func run(_ tokens: [Int32], continuing spans: [CacheSpan], in cache: any KVCache, workspace: Workspace) {
        precondition(tokens.count <= workspace.shape.B * workspace.shape.T)
        forward(
            TokenBatch(ids: tokens, spans: spans), workspace, cached: CachedPass(cache: cache, spans: spans))
    }

    /// Logits of some tokens of the last pass, f32 [tokens, V]. Their outputs are gathered into `gathered`, act
    /// [tokens, D].
    package func logits(of tokens: [Int], workspace: Workspace, gathered: Tensor, into logits: Tensor) {
        precondition(tokens.count <= gathered.rows && tokens.count <= logits.rows)
        let rows = 0..<tokens.count
        backend.gather(tokens, of: workspace.h, into: gathered)
        headForward(gathered.rows(rows), workspace, into: logits.rows(rows))
    }
}
