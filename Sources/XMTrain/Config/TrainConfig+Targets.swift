// What a recipe's row length means for records with masked prompts: how many fill a row with their prompt alone. Said
// before a run and by `xmodel data`; steps whose rows have no target at all change nothing (Trainer.swift).
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
                + "row of \(length) tokens: a row that begins with one of them has no target"
        }
    }
}
