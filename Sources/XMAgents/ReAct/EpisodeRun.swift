// One episode: the loop of ReAct's notebooks, with its second question where a completion has no action, and with
// limits, a record of every step, and a named outcome.
// SPDX-License-Identifier: Apache-2.0

import XMInference
import XMTokenizer

struct EpisodeRun {
    private let model: any LanguageModel
    private let options: AgentOptions
    private let episode: AgentEpisode
    private let parser: ActionParser
    private let number: Int
    private let vocabulary: TokenBytes?
    private let began = ContinuousClock.now
    private var loopGuard = LoopGuard()
    /// Generated so far, the step in progress included.
    private var tokenCount = 0
    private var trajectory: Trajectory

    private var format: ReActFormat { episode.format }

    /// - Parameter vocabulary: for constrained actions.
    init(
        _ model: any LanguageModel, _ options: AgentOptions, _ episode: AgentEpisode, number: Int,
        vocabulary: TokenBytes?
    ) {
        (self.model, self.options, self.episode, self.number) = (model, options, episode, number)
        self.vocabulary = vocabulary
        parser = ActionParser(options.parser, episode.format)
        trajectory = Trajectory(
            id: episode.id, task: episode.task, model: model.identity.name, promptMode: options.name,
            outcome: .taskLimitReached, score: 0, seed: options.sampling.seed,
            environmentVersion: episode.environmentVersion, firstObservation: "", steps: [])
    }

    /// Throws errors of the model and of cancelling; those of the environment are an outcome.
    mutating func play() async throws -> Trajectory {
        do {
            try await steps()
        } catch let failure as EnvironmentFailure {
            (trajectory.outcome, trajectory.error) = (.taskError, "\(failure.error)")
        }
        return trajectory
    }

    /// An error that the environment threw, so that it is told from one of the model.
    private struct EnvironmentFailure: Error { let error: any Error }

    private func environment<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw EnvironmentFailure(error: error) }
    }

    private mutating func steps() async throws {
        var world = try environment { try episode.environment() }
        var observation = try environment { try world.reset() }
        trajectory.firstObservation = observation.text
        var prompt = AgentPrompt(format, firstObservation: observation.text)
        var wasUnderstood = false
        var hasWritten = false
        while !observation.isDone, !isLimitReached {
            let number = trajectory.steps.count + 1
            guard var step = try await turn(number, prompt, admissible: observation.admissible) else {
                trajectory.outcome = .agentContextLimit
                return
            }
            wasUnderstood = wasUnderstood || format.isUnderstood(step.action, admissible: observation.admissible)
            hasWritten = hasWritten || !step.action.isEmpty
            let cycle = loopGuard.add(observation: observation.text, action: step.action)
            observation = try environment { try world.step(format.executed(step.action)) }
            step.observation = observation.text
            trajectory.steps.append(step)
            prompt.steps.append(
                format.texts(of: number, thought: step.thought, action: step.action, observation: observation.text))
            if trajectory.cycle == nil { trajectory.cycle = cycle }
            if options.stopsCycles, cycle != nil { break }
        }
        if observation.isDone {
            (trajectory.outcome, trajectory.score) = (.completed, observation.reward)
        } else {
            trajectory.outcome =
                trajectory.steps.isEmpty || wasUnderstood
                ? .taskLimitReached : hasWritten ? .agentInvalidAction : .agentValidationFailed
            if let action = format.closingAction {
                trajectory.score = try environment { try world.step(action) }.reward
            }
        }
    }

    private var isLimitReached: Bool {
        let limits = options.limits
        if trajectory.steps.count >= min(limits.steps ?? .max, format.maxSteps) { return true }
        if let tokens = limits.tokens, tokenCount >= tokens { return true }
        if let seconds = limits.seconds, ContinuousClock.now - began >= .seconds(seconds) { return true }
        return false
    }

    /// The model's turn, without the observation that follows. nil: the context has no room for a prompt.
    private mutating func turn(
        _ number: Int, _ prompt: AgentPrompt, admissible: [String]?
    ) async throws -> Trajectory.Step? {
        let mask = vocabulary.flatMap { format.mask($0, admissible: admissible) }
        // A constrained action is asked for on its own, behind the thought.
        let isSplit = mask != nil && format.turn == .thoughtAndAction
        let first = try await completion(
            prompt, cue: format.cue(number), stops: [format.stop(number)] + (isSplit ? ["\nAction \(number):"] : []),
            mask: isSplit ? nil : mask)
        guard let first else { return nil }
        var step = Trajectory.Step(
            thought: nil, action: "", repaired: [], observation: "", promptTokens: first.promptTokens,
            droppedSteps: first.droppedSteps, completions: [first.text], tokens: first.tokens, logprob: 0)
        var parsed = isSplit ? nil : parser.parse(first.text, step: number, admissible: admissible)
        if parsed == nil {
            let thought = parser.thought(of: first.text)
            let cue = "\(format.cue(number)) \(thought)\nAction \(number):"
            guard let second = try await completion(prompt, cue: cue, stops: ["\n"], mask: mask) else { return nil }
            parsed = parser.parse(action: second.text, thought: thought, admissible: admissible)
            step.completions.append(second.text)
            step.tokens += second.tokens
        }
        guard let parsed else { return step }
        (step.thought, step.action, step.repaired) = (parsed.thought, parsed.action, parsed.repairs)
        step.logprob = step.tokens.reduce(0) { $0 + Double($1.logprob) }
        return step
    }

    private struct Completion {
        let text: String
        let tokens: [Trajectory.Token]
        let promptTokens: Int
        let droppedSteps: Int
    }

    private mutating func completion(
        _ prompt: AgentPrompt, cue: String, stops: [String], mask: ActionMask?
    ) async throws -> Completion? {
        let left = options.limits.tokens.map { max(1, $0 - tokenCount) } ?? .max
        let maxTokens = min(options.limits.tokensPerCompletion, left)
        let fitted = try prompt.fitted(
            cue: cue, model.tokenizer, template: options.prompt == .chat ? model.chatTemplate : nil,
            room: model.contextLength - maxTokens)
        guard let fitted else { return nil }
        let answer = try await model.answer(
            to: TextRequest(
                prompt: fitted.ids,
                options: GenerationOptions(
                    maxTokens: maxTokens, sampling: options.sampling, stopIDs: model.stopIDs, choice: number,
                    masks: mask.map { [$0] } ?? []),
                stopStrings: stops, continuesText: true))
        try Task.checkCancellation()
        tokenCount += answer.tokens.count
        let tokens = answer.tokens.map {
            Trajectory.Token(
                text: String(decoding: model.tokenizer.bytes(of: $0.id), as: UTF8.self), logprob: $0.logprob)
        }
        return Completion(
            text: answer.text, tokens: tokens, promptTokens: fitted.ids.count, droppedSteps: fitted.droppedSteps)
    }
}
