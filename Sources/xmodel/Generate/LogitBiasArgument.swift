// `--logit-bias ID=VALUE`, as people write it. Whether the model has such a token is known only to the model.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import XMInference

extension LogitBias {
    /// Throws `ValidationError` naming the argument that is malformed, or a token that is named twice.
    init(arguments: [String]) throws {
        var biases: [Int32: Float] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // "inf" and overflows are numbers to Float, but no biases.
            guard parts.count == 2, let id = Int32(parts[0]), id >= 0, let value = Float(parts[1]), value < .infinity
            else {
                throw ValidationError(
                    "--logit-bias is '\(argument)'; give ID=VALUE, such as 42=-2.5, or 42=-inf to exclude token 42")
            }
            guard biases.updateValue(value, forKey: id) == nil else {
                throw ValidationError("--logit-bias is given twice for token \(id); give it once")
            }
        }
        self.init(biases)
    }
}
