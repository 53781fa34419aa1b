// How an episode ended, in AgentBench's names (Liu et al. 2023, SampleStatus), and the limits that end it.
// SPDX-License-Identifier: Apache-2.0

package enum Outcome: String, Sendable, Codable, CaseIterable {
    /// The environment said that the episode is over.
    case completed
    /// Not even a prompt cut to its end fits into the context.
    case agentContextLimit = "agent context limit"
    /// A limit was reached, and the model never wrote an action at all.
    case agentValidationFailed = "agent validation failed"
    /// A limit was reached, and none of the actions was one that the environment understands.
    case agentInvalidAction = "agent invalid action"
    /// A limit was reached: steps, tokens or seconds; or a loop was stopped.
    case taskLimitReached = "task limit reached"
    /// The environment failed: damaged or missing data.
    case taskError = "task error"
}

/// Checked in the loop, before every step, so that no model can pass them.
package struct EpisodeLimits: Sendable, Equatable, Codable {
    /// Actions; nil: as many as the task's protocol allows.
    package var steps: Int?
    /// Generated tokens of the whole episode.
    package var tokens: Int?
    package var seconds: Double?
    /// Generated tokens of one completion.
    package var tokensPerCompletion = 100

    package init() {}
}
