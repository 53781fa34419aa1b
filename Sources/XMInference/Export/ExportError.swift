// What stops an export before anything is written.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum ExportError: Error, CustomStringConvertible, Equatable {
    case exists(path: String)
    case noTokenizer(path: String)
    case blocksInFolder(type: String)

    package var description: String {
        switch self {
        case .exists(let path): "\(path): exists already; choose another name or remove it first"
        case .noTokenizer(let path):
            "\(path): has a Unigram vocabulary without its SentencePiece file, from which others are written; "
                + "convert the folder with tokenizer.model, or take --without-tokenizer for a folder"
        case .blocksInFolder(let type):
            "Hugging Face folders hold F32, F16 or BF16 weights, not \(type); choose one of these or --to gguf"
        }
    }

    static func refuseToReplace(_ url: URL) throws {
        if FileManager.default.fileExists(atPath: url.path) { throw ExportError.exists(path: url.path) }
    }
}
