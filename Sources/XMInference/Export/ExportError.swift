// Errors that stop an export before anything is written.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum ExportError: Error, CustomStringConvertible, Equatable {
    case exists(path: String)
    case noTokenizer(path: String)
    case blocksInFolder(type: String)

    package var description: String {
        switch self {
        case .exists(let path): "\(path): already exists; choose another name or remove it first"
        case .noTokenizer(let path):
            "\(path): has a Unigram vocabulary but not its SentencePiece file, which the export needs; convert a "
                + "folder "
                + "that has tokenizer.model, or convert this folder with --without-tokenizer"
        case .blocksInFolder(let type):
            "Hugging Face folders have F32, F16 or BF16 weights, not \(type); choose one of these, or --to gguf"
        }
    }

    static func refuseToReplace(_ url: URL) throws {
        if FileManager.default.fileExists(atPath: url.path) { throw ExportError.exists(path: url.path) }
    }
}
