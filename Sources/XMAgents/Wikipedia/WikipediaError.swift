// What can be wrong with the data of HotpotQA and FEVER: pages, recordings, questions.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package enum WikipediaError: Error, CustomStringConvertible, Equatable {
    case notJSON(file: String, line: Int, reason: String)
    case missingField(file: String, line: Int, field: String)
    case notRecorded(query: String, source: String)
    case noPages(files: String)
    case noPageList(task: String)
    case compressed(file: String)
    case index(file: String, reason: String)
    case otherVersion(file: String, found: String, wanted: String)

    package var description: String {
        switch self {
        case .notJSON(let file, let line, let reason):
            "\(file): line \(line) is no JSON object (\(reason)); mend or remove the line"
        case .missingField(let file, let line, let field):
            "\(file): line \(line) has no \(field); add it or give a file of the right form"
        case .notRecorded(let query, let source):
            "the \(source) has no answer to the search \"\(query)\"; use an index of pages, or an episode that was recorded"
        case .noPages(let files):
            "\(files): no page found; give JSON Lines with title and text, or a folder of .txt files"
        case .noPageList(let task):
            "\(task) has no list of questions whose pages are at hand; only hotpotqa has one, so choose another selection"
        case .compressed(let file): "\(file): is compressed with bzip2, which is not read; run bunzip2 on it first"
        case .index(let file, let reason): "\(file): \(reason); build the index again with xmodel agent wiki build"
        case .otherVersion(let file, let found, let wanted):
            "\(file): is an index of version \(found) and this program reads version \(wanted); build it again with "
                + "xmodel agent wiki build"
        }
    }
}

/// Rows of JSON Lines, with the errors above.
enum WikipediaRow {
    static func parse(_ text: String, file: String, line: Int) throws(WikipediaError) -> JSONObject {
        do {
            if let object = try JSONValue.parse(text).object { return object }
        } catch {
            throw .notJSON(file: file, line: line, reason: error.description)
        }
        throw .notJSON(file: file, line: line, reason: "another value")
    }
}

/// Whole files, with an error that names the file.
enum FileBytes {
    static func read(_ url: URL) throws(FileError) -> Data {
        do {
            return try Data(contentsOf: url)
        } catch {
            let reason =
                FileManager.default.fileExists(atPath: url.path) ? "\(error.localizedDescription)" : "not found"
            throw .unreadable(url.path, reason)
        }
    }
}
