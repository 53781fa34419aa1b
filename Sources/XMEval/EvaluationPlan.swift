// An evaluation from beginning to end. It reads top to bottom: documents -> questions (EvalTask) -> requests in tokens
// (RequestEncoder) -> answers (RequestRunner, ResponseStore) -> metrics of each document (DocumentScorer,
// ProgramScorer). Results/TaskResult+Outcome.swift makes the
// scores of tasks and groups of them.
// SPDX-License-Identifier: Apache-2.0

package import XMInference

/// All that a model will be asked. Making it needs the tokenizer and no weights.
package struct EvaluationPlan: Sendable {
    package let tasks: [EvalTask]
    /// Of each task and each of its documents, the questions.
    package let questions: [[[Instance]]]
    /// The same in tokens; a long text is several requests.
    package let requests: [[[[EvalRequest]]]]
    private let encoder: RequestEncoder

    /// - Parameter limit: takes only the first documents of each task.
    package init(
        _ tasks: [EvalTask], limit: Int?, style: EvalTask.PromptStyle, encoder: RequestEncoder
    ) throws {
        (self.tasks, self.encoder) = (tasks, encoder)
        questions = try tasks.map { try $0.instances(limit: limit, style: style) }
        requests = try zip(tasks, questions).map { task, documents in
            try documents.map { instances in
                try instances.map { instance in
                    do {
                        return try encoder.requests(instance)
                    } catch {
                        throw EvalTaskError.failed(
                            task: task.definition.task, row: instance.documentID, reason: "\(error)")
                    }
                }
            }
        }
    }

    /// Positions that the longest request takes, answer included.
    package var longestRequest: Int {
        requests.joined().joined().joined().reduce(2) { max($0, $1.cost.read + $1.cost.generated + 1) }
    }

    /// Asks the model and scores its answers, in the order of the tasks.
    ///
    /// Answers come from the store where it has them, so a run that was interrupted goes on where it stopped.
    /// Throws `CancellationError` if the task is cancelled; what was answered by then is in the store.
    /// - Parameter sandbox: where generated programs run; needed where a task has any.
    package func run(
        _ model: any LanguageModel, _ store: ResponseStore, sandbox: CodeSandbox? = nil,
        onProgress: (RequestRunner.Progress) throws -> Void = { _ in }
    ) async throws -> [TaskOutcome] {
        // One list for all tasks, so that what two of them ask runs once.
        let answers = try await runner(model, store).responses(
            to: Array(requests.joined().joined().joined()), onProgress: onProgress)
        var rest = answers[...]
        var outcomes: [TaskOutcome] = []
        for (task, (questions, requests)) in zip(tasks, zip(questions, requests)) {
            let responses = requests.map { instances in
                instances.map { requests -> Response in
                    defer { rest = rest.dropFirst(requests.count) }
                    return Response(joining: rest.prefix(requests.count))
                }
            }
            outcomes.append(
                TaskOutcome(
                    task: task, instances: questions, responses: responses,
                    truncatedRequests: requests.joined().joined().count { $0.truncated > 0 },
                    scores: try await scores(of: task, responses, sandbox)))
        }
        return outcomes
    }

    /// Asks other requests under the same keys.
    package func runner(_ model: any LanguageModel, _ store: ResponseStore) -> RequestRunner {
        RequestRunner(model, encoder, store)
    }

    /// Of each filter, the metrics of each document.
    private func scores(
        of task: EvalTask, _ responses: [[Response]], _ sandbox: CodeSandbox?
    ) async throws -> [[DocumentScore]] {
        let scorer = DocumentScorer(task)
        let repeats = task.definition.outputType == .generate ? task.definition.repeats : 1
        let byDocument = try responses.enumerated().map { row, responses in
            try scorer.scores(
                of: row, stride(from: 0, to: responses.count, by: repeats).map { Array(responses[$0..<$0 + repeats]) })
        }
        var byFilter = (byDocument.first ?? []).indices.map { filter in byDocument.map { $0[filter] } }
        if task.definition.runsCode {
            guard let sandbox else { throw EvaluationError.noSandbox(task: task.definition.task) }
            for filter in byFilter.indices {
                byFilter[filter] = try await ProgramScorer(task, sandbox).scored(byFilter[filter])
            }
        }
        return byFilter
    }
}

/// What came of one task.
package struct TaskOutcome: Sendable {
    package let task: EvalTask
    /// Questions of each document, and their answers in the same shape.
    package let instances: [[Instance]]
    package let responses: [[Response]]
    /// Requests that were cut because they exceeded the model's context.
    package let truncatedRequests: Int
    /// Of each filter, the metrics of each document.
    package let scores: [[DocumentScore]]
}

extension Response {
    /// The score of a text from those of its windows; a text of no tokens scores 0. A lone response stays as it is.
    fileprivate init(joining windows: some RandomAccessCollection<Response>) {
        if windows.count == 1 {
            self = windows.first!
        } else {
            self = .score(
                logprob: windows.reduce(0) { $0 + ($1.logprob ?? 0) }, isGreedy: windows.allSatisfy(\.isGreedy))
        }
    }
}

package enum EvaluationError: Error, CustomStringConvertible, Equatable {
    case noSandbox(task: String)

    package var description: String {
        switch self {
        case .noSandbox(let task):
            "\(task) runs generated programs and there is no sandbox for them; 'xmodel doctor' says why"
        }
    }
}
