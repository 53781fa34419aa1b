// One line of a samples file: a document, what was asked, what was answered, what a filter made of it, and the scores.
// The members and their spelling are those of lm-evaluation-harness 0.4.13 (`evaluator.py`, `SampleResult` of
// `result_schema.py`), so that its users' tools read our files and ours read theirs. Next: SampleFile.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

package struct Sample: Sendable, Equatable {
    package struct Metric: Sendable, Equatable {
        package var name: String
        /// A number, or a list for metrics that are no mean of documents: [log-likelihood, words].
        package var value: JSONValue

        package init(_ name: String, _ value: JSONValue) { (self.name, self.value) = (name, value) }
        package init(_ name: String, _ value: Double) { self.init(name, .double(value)) }
    }

    /// The document's index in its split, from 0.
    package var docID: Int
    package var doc: JSONObject
    package var target: String
    /// Of each request: context and continuation, or prompt and generation options.
    package var arguments: [[JSONValue]]
    /// Of each request, of each repeat. `logLikelihood`, `logProbability` and `.string` make them.
    package var responses: [[JSONValue]]
    /// Of each request, after the filter.
    package var filteredResponses: [JSONValue]
    package var filter: String
    package var metrics: [Metric]
    package var docHash: String
    package var promptHash: String
    package var targetHash: String
    /// How each program of generated code ended; empty for other tasks. The harness has no such member.
    package var outcomes: [String] = []

    package init(
        docID: Int, doc: JSONObject, target: String, arguments: [[JSONValue]], responses: [[JSONValue]],
        filteredResponses: [JSONValue], filter: String, metrics: [Metric], docHash: String, promptHash: String,
        targetHash: String
    ) {
        (self.docID, self.doc, self.target, self.arguments) = (docID, doc, target, arguments)
        (self.responses, self.filteredResponses) = (responses, filteredResponses)
        (self.filter, self.metrics) = (filter, metrics)
        (self.docHash, self.promptHash, self.targetHash) = (docHash, promptHash, targetHash)
    }

    // MARK: - Responses as the harness writes them: numbers and flags are Python's text for them

    /// The response to a log-likelihood request: `["-12.5","True"]`.
    package static func logLikelihood(_ value: Double, isGreedy: Bool) -> JSONValue {
        .array([.string(pythonText(value)), .string(isGreedy ? "True" : "False")])
    }

    /// The response to a rolling request, the log-likelihood of a whole text.
    package static func logProbability(_ value: Double) -> JSONValue { .string(pythonText(value)) }

    /// Python's `str` of a float.
    static func pythonText(_ value: Double) -> String {
        // Swift writes whole numbers up to 2^54 in full, Python those below 1e16.
        guard abs(value) >= 1e16, abs(value) < 0x1p54 else { return "\(value)" }
        var digits = "\(Int(abs(value)))"
        let exponent = digits.utf8.count - 1
        while digits.last == "0" { digits.removeLast() }
        let rest = digits.dropFirst()
        return (value < 0 ? "-" : "") + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e+\(exponent)"
    }
}

extension JSONValue {
    /// A number as Python writes it. JSON has no spelling for infinities and NaN, which become null; the harness writes
    /// `NaN` and `Infinity`, at which most parsers stop.
    package static func double(_ value: Double) -> JSONValue {
        value.isFinite ? .number(Sample.pythonText(value)) : .null
    }
}

// MARK: - JSON

extension Sample {
    /// Members of a line that are not metrics.
    private static let keys = [
        "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash",
        "prompt_hash", "target_hash",
    ]

    package var json: JSONObject {
        let arguments = arguments.enumerated().map { index, request in
            let values = request.enumerated().map { (key: "arg_\($0)", value: $1) }
            return (key: "gen_args_\(index)", value: JSONValue.object(JSONObject(values)))
        }
        let fixed: JSONObject = [
            "doc_id": .integer(docID), "doc": .object(doc), "target": .string(target),
            "arguments": .object(JSONObject(arguments)), "resps": .array(responses.map { .array($0) }),
            "filtered_resps": .array(filteredResponses), "filter": .string(filter),
            "metrics": .array(metrics.map { .string($0.name) }), "doc_hash": .string(docHash),
            "prompt_hash": .string(promptHash), "target_hash": .string(targetHash),
        ]
        let more: JSONObject = outcomes.isEmpty ? [:] : ["outcomes": .array(outcomes.map { .string($0) })]
        return JSONObject(fixed.members + more.members + metrics.map { (key: $0.name, value: $0.value) })
    }

    /// Throws the name of the member that is missing or of another type.
    init(json: JSONObject) throws(MissingMember) {
        func member<Value>(_ key: String, _ read: (JSONValue) -> Value?) throws(MissingMember) -> Value {
            guard let value = json[key].flatMap(read) else { throw MissingMember(key: key) }
            return value
        }
        let names = try member("metrics") { $0.array?.compactMap(\.string) }
        self.init(
            docID: try member("doc_id", \.integer), doc: try member("doc", \.object),
            target: try member("target", \.string),
            arguments: try member("arguments") {
                $0.object?.members.map { ($0.value.object?.members ?? []).map(\.value) }
            },
            responses: try member("resps") { $0.array?.map { $0.array ?? [$0] } },
            filteredResponses: try member("filtered_resps", \.array), filter: try member("filter", \.string),
            metrics: names.map { Metric($0, json[$0] ?? .null) }, docHash: try member("doc_hash", \.string),
            promptHash: try member("prompt_hash", \.string), targetHash: try member("target_hash", \.string))
        outcomes = json["outcomes"]?.array?.compactMap(\.string) ?? []
    }
}

/// A member that an object of a results or samples file lacks, or has with another type.
struct MissingMember: Error, Equatable {
    let key: String
}
