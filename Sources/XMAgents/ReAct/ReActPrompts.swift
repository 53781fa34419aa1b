// The published prompts, read from the data root: they are data of the ReAct repository (MIT) and no part of this
// program. SHA-256 of every text is known, so a changed prompt is noticed and named in results.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct ReActPrompts: Sendable {
    /// The folder with `prompts_naive.json`, `fever.json`, `alfworld_3prompts.json` and `webshop.txt`.
    private let folder: URL

    package init(_ folder: URL) { self.folder = folder }

    /// A text of a prompt file, with the first 16 digits of its SHA-256.
    package struct Prompt: Sendable, Equatable {
        package let text: String
        package let digest: String

        init(_ text: String) {
            (self.text, digest) = (
                text, String(decoding: SHA256.hex(of: Data(text.utf8)).utf8.prefix(16), as: UTF8.self)
            )
        }
    }

    package func prompt(_ key: String, in file: String) throws -> Prompt {
        let url = folder.appending(path: file)
        let value: JSONValue
        do {
            value = try JSONValue.parse(FileBytes.read(url))
        } catch let error as JSONError {
            throw ReActPromptError.damaged(file: url.path, reason: error.description)
        }
        guard let text = value[key]?.string else { throw ReActPromptError.missing(file: url.path, key: key) }
        return Prompt(text)
    }

    // MARK: - Heads of the four tasks

    /// The instruction of the paper's notebook and six exemplars.
    package func hotpotQA() throws -> Prompt {
        Prompt(Self.hotpotQAInstruction + (try prompt("webthink_simple6", in: "prompts_naive.json")).text)
    }

    package func fever() throws -> Prompt { try prompt("webthink_simple3", in: "fever.json") }

    /// - Parameter type: put, clean, heat, cool, examine or puttwo. The second exemplar comes first, as in the
    /// notebook.
    package func alfWorld(_ type: String) throws -> Prompt {
        let file = "alfworld_3prompts.json"
        let exemplars = try ["react_\(type)_1", "react_\(type)_0"].map { try prompt($0, in: file).text }.joined()
        return Prompt(
            "Interact with a household to solve a task. Here are two examples.\n\(exemplars)\nHere is the task.\n")
    }

    /// The one exemplar of the notebook `WebShop.ipynb` (`prompt1`), as a text file of its own: the repository has it
    /// in no data file.
    package func webShop() throws -> Prompt {
        Prompt(String(decoding: try FileBytes.read(folder.appending(path: "webshop.txt")), as: UTF8.self))
    }

    /// What the three actions do. The blank at the end of the first line belongs to the prompt.
    private static let hotpotQAInstruction = [
        "Solve a question answering task with interleaving Thought, Action, Observation steps. Thought can reason about "
            + "the current situation, and Action can be three types: ",
        "(1) Search[entity], which searches the exact entity on Wikipedia and returns the first paragraph if it exists. "
            + "If not, it will return some similar entities to search.",
        "(2) Lookup[keyword], which returns the next sentence containing keyword in the current passage.",
        "(3) Finish[answer], which returns the answer and finishes the task.",
        "Here are some examples.", "",
    ].joined(separator: "\n")
}

package enum ReActPromptError: Error, CustomStringConvertible, Equatable {
    case missing(file: String, key: String)
    case damaged(file: String, reason: String)

    package var description: String {
        switch self {
        case .missing(let file, let key): "\(file): has no text \(key); use the prompt files of the ReAct repository"
        case .damaged(let file, let reason): "\(file): is no JSON (\(reason)); fetch the file again"
        }
    }
}
