// Records whose masked prompt alone fills a sequence: the recipe's sequence length leaves them without a target.
// `train` and `xmodel data` report them; a step without any target changes nothing (Trainer.swift).
// SPDX-License-Identifier: Apache-2.0

package import XMData

extension TrainConfig {
    /// One line for each source that a mixture draws from and that has such records.
    package func missingTargets(in shards: PreparedFolder) throws -> [String] {
        let length = train.sequenceLength
        let drawn = [mixtures.stable, mixtures.decay ?? [:]].flatMap { $0.filter { $0.value > 0 }.keys }
        return try Set(drawn).sorted().compactMap { name in
            let count = try shards.targets(of: name, length: length)
            guard count.withoutTarget > 0 else { return nil }
            return
                "\(count.withoutTarget) of \(count.documents) records of '\(name)' have a masked prompt longer than a "
                + "sequence of \(length) tokens: a sequence that begins with one of them has no target"
        }
    }
}
