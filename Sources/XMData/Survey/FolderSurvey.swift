// Surveys a folder of a user's own text: which files hold documents and which hold conversations, judged by their first
// records, grouped into sources for a recipe.
// Next: CorpusLines.swift, which reads the documents.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// Files that are read with the same settings.
package struct SurveyedSource: Sendable, Equatable {
    /// How the files are read; `config.files` is filled in by `FolderSurvey.configs`.
    package var config: SourceConfig
    package var files: [DocumentFile]

    package var isConversation: Bool { config.format.isConversation }
}

package struct FolderSurvey: Sendable {
    /// Text first, then conversations, each in the order of their first file.
    package private(set) var sources: [SurveyedSource] = []
    /// Text files set aside for validation: those named valid, validation, val, dev, test or heldout.
    package private(set) var validation: [SurveyedSource] = []
    /// Files with neither text nor conversations, with the reason.
    package private(set) var ignored: [(path: String, reason: String)] = []

    /// Examines every file of a supported format in `folder` and its subfolders, and `conversations` outside it.
    ///
    /// Throws `ReaderError.noFiles` when there are none, `SurveyError.nothing` when none is usable.
    package init(_ folder: URL, conversations: [URL] = []) throws {
        let inside = try DocumentFiles([folder.path], root: folder).files
        let outside =
            conversations.isEmpty
            ? [] : try DocumentFiles(conversations.map(\.path), root: folder).files.filter { !inside.contains($0) }
        for file in inside { try add(file) }
        for file in outside {
            try add(file)
            guard sources.contains(where: { $0.isConversation && $0.files.contains(file) }) else {
                throw SurveyError.noConversations(path: file.url.path, why: ignored.last?.reason ?? "it contains text")
            }
        }
        guard !sources.isEmpty else { throw SurveyError.nothing(folder: folder.path, ignored: ignored) }
        sources = sources.filter { !$0.isConversation } + sources.filter(\.isConversation)
        name(&sources, "text", "chat")
        name(&validation, "validation", "validation-chat")
    }

    private mutating func add(_ file: DocumentFile) throws {
        switch try RecordKind.of(file) {
        case .failure(let reason): ignored.append((file.path, reason.text))
        case .success(let config):
            let stem = file.url.lastPathComponent.split(separator: ".").first?.lowercased() ?? ""
            if ["valid", "validation", "val", "dev", "test", "heldout"].contains(stem), !config.format.isConversation {
                Self.append(file, config, to: &validation)
            } else {
                Self.append(file, config, to: &sources)
            }
        }
    }

    private static func append(_ file: DocumentFile, _ config: SourceConfig, to list: inout [SurveyedSource]) {
        if let index = list.firstIndex(where: { $0.config == config }) {
            list[index].files.append(file)
        } else {
            list.append(SurveyedSource(config: config, files: [file]))
        }
    }

    private func name(_ list: inout [SurveyedSource], _ text: String, _ chat: String) {
        var counts: [String: Int] = [:]
        for index in list.indices {
            let name = list[index].isConversation ? chat : text
            counts[name, default: 0] += 1
            list[index].config.name = counts[name] == 1 ? name : "\(name)-\(counts[name]!)"
        }
    }

    /// The sources with `files` relative to `base`: the folder itself if it is a single source, a pattern per file
    /// extension if all files with that extension belong to one source, otherwise the files by name.
    package func configs(_ list: [SurveyedSource], folder: URL, base: URL) -> [SourceConfig] {
        let isAlone = sources.count + validation.count == 1 && ignored.isEmpty
        let start = RelativePath.path(of: folder, from: base)
        return list.map { source in
            var config = source.config
            let isInside = source.files.allSatisfy { $0.url.path.hasPrefix(folder.path) }
            if isAlone && isInside {
                config.files = [start]
                return config
            }
            config.files = Set(source.files.map { Self.ending($0.url) }).sorted().flatMap { ending -> [String] in
                let files = source.files.filter { Self.ending($0.url) == ending }
                return files.count > 3 && isInside && files.count == count(ofEnding: ending)
                    ? ["\(start)/**/*\(ending)"] : files.map { RelativePath.path(of: $0.url, from: base) }
            }
            return config
        }
    }

    /// Number of files in the folder with this extension, whatever they contain.
    private func count(ofEnding ending: String) -> Int {
        (sources + validation).flatMap(\.files).count { Self.ending($0.url) == ending }
            + ignored.count { Self.ending(URL(filePath: $0.path)) == ending }
    }

    /// ".txt", ".jsonl.gz".
    private static func ending(_ url: URL) -> String {
        let parts = url.lastPathComponent.split(separator: ".").dropFirst()
        return "." + parts.suffix(parts.count > 1 && ["gz", "zst"].contains(parts.last) ? 2 : 1).joined(separator: ".")
    }
}

package enum SurveyError: Error, CustomStringConvertible {
    case nothing(folder: String, ignored: [(path: String, reason: String)])
    case noConversations(path: String, why: String)

    package var description: String {
        switch self {
        case .nothing(let folder, let ignored):
            "\(folder): none of its files can be used (\(ignored[0].path): \(ignored[0].reason)); text is read from "
                + ".txt "
                + "and .md files and from the field 'text' of .jsonl, .json, .csv, .tsv and .parquet files"
        case .noConversations(let path, let why):
            "\(path): contains no conversations (\(why)); each record needs 'messages', 'conversations', 'question' "
                + "and "
                + "'answer', 'prompt' and 'response', or 'instruction' and 'output'"
        }
    }
}

/// How the records of a file are read, judged by the fields of the first ones.
private enum RecordKind {
    struct Reason: Error { let text: String }

    private static let textFields = ["text", "content", "document", "body", "article"]
    /// Field names of a question and its answer.
    private static let exchanges = [
        ("question", "answer"), ("prompt", "response"), ("prompt", "completion"), ("question", "response"),
        ("input", "output"),
    ]
    private static let sampledRecords = 20

    static func of(_ file: DocumentFile) throws -> Result<SourceConfig, Reason> {
        var config = SourceConfig(name: "", files: [], format: .text)
        if file.format == .text { return .success(config) }
        let stream = try file.open(ReaderOptions())
        var first: JSONObject?
        for _ in 0..<sampledRecords {
            guard let (record, _) = try stream.nextRecord() else { break }
            guard let members = record.object else { continue }
            if first == nil { first = members }
            if let format = conversation(members, &config.fields) {
                config.format = format
                return .success(config)
            }
            if let field = textFields.first(where: { members[$0]?.string?.isEmpty == false }) {
                if field != "text" { config.field = field }
                return .success(config)
            }
        }
        guard let first else { return .failure(Reason(text: "contains no records")) }
        let names = first.keys.sorted().prefix(8).joined(separator: ", ")
        return .failure(Reason(text: "its fields are \(names)"))
    }

    private static func conversation(
        _ members: JSONObject, _ fields: inout [String: String]?
    ) -> SourceConfig.Format? {
        if members["messages"]?.array != nil { return .messages }
        if members["conversations"]?.array != nil { return .sharegpt }
        func isText(_ name: String) -> Bool { members[name]?.string != nil }
        if isText("instruction"), isText("output") || members["instances"]?.array != nil { return .instruction }
        guard let (question, answer) = exchanges.first(where: { isText($0.0) && isText($0.1) }) else { return nil }
        if question != "question" { fields = (fields ?? [:]).merging(["question": question]) { $1 } }
        if answer != "answer" { fields = (fields ?? [:]).merging(["answer": answer]) { $1 } }
        return .qa
    }
}
