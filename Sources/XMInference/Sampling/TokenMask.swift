// How a request restricts the next token: a logit bias now; grammars and the admissible actions of an agent are further
// conformances. LogitBias.swift is the smallest example.
// SPDX-License-Identifier: Apache-2.0

/// A restriction with a state of its own, one copy for each sequence.
package protocol TokenMask: Sendable {
    /// Throws what is wrong with the mask for a model of this vocabulary; asked once, when the request is submitted.
    func validate(vocabularySize: Int) throws(EngineError)
    /// Changes the logits [V] of the next token; -infinity excludes one. If all are excluded, the request fails.
    mutating func apply(to logits: UnsafeMutableBufferPointer<Float>)
    /// The token that was chosen from these logits.
    mutating func accept(_ id: Int32)
}

extension TokenMask {
    package func validate(vocabularySize: Int) throws(EngineError) {}
    package mutating func accept(_ id: Int32) {}
}
