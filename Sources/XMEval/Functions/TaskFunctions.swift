// Named functions that tasks use where a template cannot say it. The two tables below are the only place where a name
// is bound: `process_docs: NAME` prepares every document, `doc_to_target: {function: NAME}` makes a text of one.
// To add one: a function in this folder and its line here.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

package enum TaskFunctions {
    package typealias Preparation = @Sendable (JSONObject) throws -> JSONObject
    package typealias Text = @Sendable (JSONObject) throws -> String

    private static let preparations: [String: Preparation] = [
        "hellaswag": { try HellaSwag.prepared($0) },
        "minerva_math": { try MinervaMath.prepared($0, MathAnswer.currentNormalized) },
        "minerva_math_paper": { try MinervaMath.prepared($0, MathAnswer.normalized) },
    ]

    private static let texts: [String: Text] = [
        "wikitext_detokenizer": { WikiText.detokenized(try $0.text("page")) }
    ]

    package static func preparation(_ name: String) throws -> Preparation {
        try find(name, in: preparations, key: "process_docs")
    }

    package static func text(_ name: String) throws -> Text { try find(name, in: texts, key: "function") }

    private static func find<F>(_ name: String, in table: [String: F], key: String) throws -> F {
        guard let function = table[name] else {
            throw TaskFunctionError.unknown(
                name, key: key, nearest: nearestName(to: name, in: table.keys), known: table.keys.sorted())
        }
        return function
    }
}

package enum TaskFunctionError: Error, CustomStringConvertible, Equatable {
    case unknown(String, key: String, nearest: String?, known: [String])
    case noText(field: String)
    case noAnswer

    package var description: String {
        switch self {
        case .unknown(let name, let key, let nearest, let known):
            "'\(key)': there is no function '\(name)'; "
                + (nearest.map { "did you mean '\($0)'?" } ?? "there are \(known.joined(separator: ", "))")
        case .noText(let field): "the document has no text '\(field)'; correct the row or fetch the file again"
        case .noAnswer: "the solution has no \\boxed answer; correct the row or fetch the file again"
        }
    }
}

extension JSONObject {
    /// A field that must be a text.
    func text(_ field: String) throws(TaskFunctionError) -> String {
        guard let text = self[field]?.string else { throw .noText(field: field) }
        return text
    }
}
