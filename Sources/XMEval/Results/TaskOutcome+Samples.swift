// What was asked about each document, what was answered and how it was scored, as lines of a samples file. Hashes are
// those of lm-evaluation-harness, so that prompts of the two programs can be compared without reading them.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMSupport
import XMTokenizer

extension EvalTask {
    /// What is asked about a document, without answers.
    package func promptSample(_ row: Int, _ instances: [Instance]) throws -> Sample {
        let target = try target(of: row).pythonText.string
        let asked = instances.filter { $0.repetition == 0 }
        let document = JSONValue.object(documents[row]).pythonIndentedText
        func hash(_ text: String) -> String { SHA256.hex(of: Data(text.utf8)) }
        return Sample(
            docID: row, doc: documents[row], target: target, arguments: asked.map(\.question.arguments),
            responses: [], filteredResponses: [], filter: "none", metrics: [], docHash: hash(document),
            promptHash: hash(asked.first?.question.prompt ?? ""), targetHash: hash(target))
    }
}

extension TaskOutcome {
    /// A line for each document and filter: all documents of the first filter, then of the second.
    package func samples() throws -> [Sample] {
        let prompts = try zip(instances.indices, instances).map { try task.promptSample($0, $1) }
        let repeats = task.definition.outputType == .generate ? task.definition.repeats : 1
        return scores.flatMap { scores in
            scores.map { score in
                var sample = prompts[score.documentID]
                let answers = responses[score.documentID].map { $0.json(task.definition.outputType) }
                sample.responses = stride(from: 0, to: answers.count, by: repeats).map {
                    Array(answers[$0..<min($0 + repeats, answers.count)])
                }
                sample.filteredResponses = score.filtered
                sample.filter = score.filter
                sample.outcomes = score.outcomes
                sample.metrics = score.metrics.map { name, value in
                    value.isWeighted
                        ? Sample.Metric(name, .array([.double(value.value), .double(value.weight)]))
                        : Sample.Metric(name, value.value)
                }
                return sample
            }
        }
    }
}

extension Response {
    /// As samples files have it.
    package func json(_ type: OutputType) -> JSONValue {
        switch self {
        case .text(let text, _, _): .string(text)
        case .tokens(let logprobs): .array(logprobs.map { .double(Double($0)) })
        case .score(let logprob, _) where type == .rolling: Sample.logProbability(logprob)
        case .score(let logprob, let isGreedy): Sample.logLikelihood(logprob, isGreedy: isGreedy)
        }
    }
}

extension Question {
    /// The positional arguments of the harness's request.
    fileprivate var arguments: [JSONValue] {
        switch self {
        case .loglikelihood(let context, let continuation): [.string(context), .string(continuation)]
        case .rolling(let text): [.string(text)]
        case .generate(let context, let settings): [.string(context), .object(settings.json)]
        }
    }
}

extension GenerationSettings {
    fileprivate var json: JSONObject {
        var object: JSONObject = [
            "until": .array(until.map { .string($0) }), "max_gen_toks": .integer(maxTokens),
            "do_sample": .bool(isSampled),
        ]
        if let maxLength { object.append("max_length", .integer(maxLength)) }
        if let temperature { object.append("temperature", .double(temperature)) }
        if let topP { object.append("top_p", .double(topP)) }
        if let topK { object.append("top_k", .integer(topK)) }
        return object
    }
}
