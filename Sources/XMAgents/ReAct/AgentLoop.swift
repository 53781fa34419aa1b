// Runs episodes of any environment with any model: prompt, completion, action, observation, until the episode ends or a
// limit is reached. Many episodes run side by side; the engine batches their requests and reads the common head of
// their prompts once, and what an episode gives does not depend on its neighbours.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMInference
import XMTokenizer

/// What an episode is made of. The environment is made when the episode begins, so a long list costs nothing.
package struct AgentEpisode: Sendable {
    package var id: String
    package var task: String
    /// Environment, data and prompt, for the record.
    package var environmentVersion: String
    package var format: ReActFormat
    package var environment: @Sendable () throws -> any AgentEnvironment

    package init(
        id: String, task: String, environmentVersion: String, format: ReActFormat,
        environment: @escaping @Sendable () throws -> any AgentEnvironment
    ) {
        (self.id, self.task, self.environmentVersion) = (id, task, environmentVersion)
        (self.format, self.environment) = (format, environment)
    }
}

package struct AgentOptions: Sendable, Equatable, Codable {
    package var prompt = PromptMode.text
    package var parser = ActionParser.Mode.paper
    /// Only actions that the environment understands can be written.
    package var constrainsActions = false
    package var sampling = SamplingOptions.greedy
    package var limits = EpisodeLimits()
    /// Ends an episode at its first cycle, which saves time and may change scores.
    package var stopsCycles = false

    package init() {}

    /// As results name them: "paper", "chat, lenient, constrained".
    package var name: String {
        let parts = [prompt == .chat ? "chat" : nil, parser.rawValue, constrainsActions ? "constrained" : nil]
        return parts.compactMap(\.self).joined(separator: ", ")
    }
}

package enum AgentLoopError: Error, CustomStringConvertible, Equatable {
    case noChatTemplate(model: String)

    package var description: String {
        switch self {
        case .noChatTemplate(let model):
            "\(model): has no chat template; leave out --mode chat or use an instruction-tuned model"
        }
    }
}

package struct AgentLoop: Sendable {
    private let model: any LanguageModel
    private let options: AgentOptions
    /// For constrained actions.
    private let vocabulary: TokenBytes?

    package init(_ model: any LanguageModel, _ options: AgentOptions = AgentOptions()) throws(AgentLoopError) {
        guard options.prompt == .text || model.chatTemplate != nil else {
            throw .noChatTemplate(model: model.identity.name)
        }
        (self.model, self.options) = (model, options)
        vocabulary = options.constrainsActions ? TokenBytes(model.tokenizer) : nil
    }

    /// Everything that trajectories depend on besides the episodes themselves: the settings of a `TrajectoryStore`.
    package func settings(environmentVersion: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let settings = String(decoding: try encoder.encode(options), as: UTF8.self)
        return "weights \(model.identity.weightsDigest), tokenizer \(model.tokenizer.fingerprint), "
            + "\(environmentVersion), \(settings)"
    }

    /// Runs the episodes that the store does not have, `parallel` at a time, and returns all records in order. Episodes
    /// are stored as they end; `onEnd` is called after each. Cancelling the task ends the run within one token.
    package func run(
        _ episodes: [AgentEpisode], parallel: Int = 64, store: TrajectoryStore,
        onEnd: (EpisodeRecord) throws -> Void = { _ in }
    ) async throws -> [EpisodeRecord] {
        var waiting = episodes.enumerated().filter { store.records[$0.element.id] == nil }[...]
        try await withThrowingTaskGroup(of: EpisodeRecord.self) { group in
            func start() {
                guard let (index, episode) = waiting.popFirst() else { return }
                group.addTask { try await run(episode, number: index) }
            }
            for _ in 0..<max(1, parallel) { start() }
            while let record = try await group.next() {
                try store.add(record)
                try onEnd(record)
                start()
            }
        }
        return try store.finish(episodes.map(\.id))
    }

    /// Runs one episode. - Parameter number: tells the random numbers of a sampled run apart from its neighbours'.
    package func run(_ episode: AgentEpisode, number: Int = 0) async throws -> EpisodeRecord {
        let began = ContinuousClock.now
        var run = EpisodeRun(model, options, episode, number: number, vocabulary: vocabulary)
        let trajectory = try await run.play()
        return EpisodeRecord(trajectory: trajectory, seconds: (ContinuousClock.now - began) / .seconds(1))
    }
}
