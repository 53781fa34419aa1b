// The one error of a recipe that parses but cannot be run: which key, what it holds, what is wanted, what to do.
// Unknown keys and wrong types are found earlier, by the recipe reader, which knows the line.
// SPDX-License-Identifier: Apache-2.0

/// A recipe value that cannot work.
package enum ConfigError: Error, CustomStringConvertible, Equatable {
    /// One key is out of its range by itself.
    case invalid(key: String, found: String, wanted: String, fix: String)

    /// Warm-up and decay together need more steps than the run has.
    case decayLongerThanRun(decaySteps: Int, warmupSteps: Int, steps: Int)

    /// A name points at nothing, for example a mixture that names no source.
    case unknownName(key: String, found: String, known: [String])

    package var description: String {
        switch self {
        case .invalid(let key, let found, let wanted, let fix):
            "\(key) is \(found), but \(wanted); \(fix)"
        case .decayLongerThanRun(let decay, let warmup, let steps):
            "schedule.decay_steps is \(decay), but train.steps \(steps) minus schedule.warmup_steps \(warmup) leaves "
                + "\(max(0, steps - warmup)) steps for the decay; lower schedule.decay_steps or raise train.steps"
        case .unknownName(let key, let found, let known):
            "\(key) names \"\(found)\", which does not exist; "
                + (known.isEmpty ? "none is defined" : "known are \(known.sorted().joined(separator: ", "))")
        }
    }

    /// Throws `.invalid` unless `condition` holds. Keeps the checks of a section one line each.
    package static func require(
        _ condition: Bool, key: String, found: some CustomStringConvertible, wanted: String, fix: String
    ) throws {
        if !condition {
            throw ConfigError.invalid(key: key, found: found.description, wanted: wanted, fix: fix)
        }
    }
}
