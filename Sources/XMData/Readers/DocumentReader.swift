// Text files and JSON records as documents. Byte order marks, CRLF and ISO-8859-1 are recognised and converted.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMTokenizer

/// What a source's files contain.
package enum SourceItem: Sendable, Equatable {
    case text(String)
    case conversation([ChatMessage])
}

package enum DocumentReader {
    /// All documents of a source, in the order of its files.
    package static func read(_ source: SourceConfig, root: URL) throws -> [SourceItem] {
        try files(of: source, root: root).flatMap { file -> [SourceItem] in
            switch source.format {
            case .text: [.text(try text(of: file))]
            case .jsonl:
                try records(of: file).map { number, record in
                    .text(try string(record, source.field ?? "text", file, number))
                }
            case .qa:
                try records(of: file).map { number, record in
                    let answer = try string(record, "answer", file, number)
                    return .conversation([
                        ChatMessage(role: "user", content: try string(record, "question", file, number)),
                        ChatMessage(role: "assistant", content: withoutCalculatorMarks(answer)),
                    ])
                }
            case .instruction:
                try records(of: file).map { number, record in
                    let instruction = try string(record, "instruction", file, number)
                    let input = record["input"] as? String ?? ""
                    return .conversation([
                        ChatMessage(role: "user", content: input.isEmpty ? instruction : instruction + "\n\n" + input),
                        ChatMessage(role: "assistant", content: try string(record, "output", file, number)),
                    ])
                }
            case .messages:
                try records(of: file).map { number, record in
                    guard let list = record["messages"] as? [[String: Any]] else {
                        throw DataError.badRecord(path: file.path, line: number, reason: "has no list 'messages'")
                    }
                    return .conversation(
                        try list.map {
                            ChatMessage(
                                role: try string($0, "role", file, number),
                                content: try string($0, "content", file, number))
                        })
                }
            }
        }
    }

    /// The files a source names; folders stand for their text files in the order of names.
    package static func files(of source: SourceConfig, root: URL) throws -> [URL] {
        let manager = FileManager.default
        return try source.files.flatMap { path -> [URL] in
            let url = path.hasPrefix("/") ? URL(filePath: path) : root.appending(path: path)
            var isFolder: ObjCBool = false
            guard manager.fileExists(atPath: url.path, isDirectory: &isFolder) else {
                throw DataError.missingFile(source: source.name, path: url.path)
            }
            guard isFolder.boolValue else { return [url] }
            let names = try manager.contentsOfDirectory(atPath: url.path).sorted()
            let chosen = names.filter { ["txt", "md", "jsonl"].contains(($0 as NSString).pathExtension) }
            guard !chosen.isEmpty else { throw DataError.missingFile(source: source.name, path: url.path + "/*.txt") }
            return chosen.map { url.appending(path: $0) }
        }
    }

    /// The file's text: UTF-8 if it is valid UTF-8, else ISO-8859-1; no byte order mark, LF line ends.
    package static func text(of file: URL) throws -> String {
        let data: Data
        do {
            data = try Data(contentsOf: file)
        } catch {
            throw DataError.unreadable(path: file.path, reason: "no such readable file")
        }
        let text =
            String(validating: data, as: UTF8.self)
            ?? String(String.UnicodeScalarView(data.map { Unicode.Scalar($0) }))
        var scalars = text.unicodeScalars[...]
        if scalars.first == "\u{FEFF}" { scalars = scalars.dropFirst() }
        return String(scalars).replacing("\r\n", with: "\n")
    }

    /// Records of JSON Lines, or of one JSON list, with their line (or place in the list).
    private static func records(of file: URL) throws -> [(Int, [String: Any])] {
        let text = try text(of: file)
        if text.first(where: { !$0.isWhitespace }) == "[" {
            guard let list = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] else {
                throw DataError.badRecord(path: file.path, line: 1, reason: "is not a JSON list of records")
            }
            return list.enumerated().map { ($0 + 1, $1) }
        }
        return try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
            index, line in
            if line.allSatisfy(\.isWhitespace) { return nil }
            guard let record = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                throw DataError.badRecord(path: file.path, line: index + 1, reason: "is not a JSON object")
            }
            return (index + 1, record)
        }
    }

    private static func string(_ record: [String: Any], _ field: String, _ file: URL, _ line: Int) throws -> String {
        guard let value = record[field] as? String else {
            let fields = record.keys.sorted().joined(separator: ", ")
            throw DataError.badRecord(
                path: file.path, line: line, reason: "has no text field '\(field)'; its fields are \(fields)")
        }
        return value
    }

    /// GSM8K's `<<48/2=24>>` annotations are for calculators, not for readers.
    static func withoutCalculatorMarks(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.range(of: "<<"), let close = rest[open.upperBound...].range(of: ">>") {
            result += rest[..<open.lowerBound]
            rest = rest[close.upperBound...]
        }
        return result + rest
    }
}
