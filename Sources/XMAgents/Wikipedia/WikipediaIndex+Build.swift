// Builds the index of pages. Files are JSON Lines with a `title` and the page's text in one of the usual forms (among
// them the HotpotQA dump of October 2017), or .txt and .md files that are named after their page; folders are searched.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

extension WikipediaIndex {
    package struct BuildProgress: Sendable {
        /// The file being read.
        package let file: String
        package let pages: Int
        package let bytesRead: Int
        package let bytesTotal: Int
    }

    /// Pages between two calls of `progress`.
    private static let progressInterval = 1000

    /// Writes the index of `inputs`, files and folders, to `url`; the file appears when it is complete. `progress` is
    /// called now and then, and what it throws ends the build.
    package static func build(
        _ inputs: [URL], to url: URL, progress: (BuildProgress) throws -> Void = { _ in }
    ) throws {
        let temporary = url.deletingLastPathComponent().appending(path: PartialName.unique(url.lastPathComponent))
        do {
            try fill(WikipediaDatabase(temporary.path, isWritten: true), inputs, progress)
            guard rename(temporary.path, url.path) == 0 else {
                throw FileError.notWritten(url.path, String(cString: strerror(errno)))
            }
        } catch {
            unlink(temporary.path)
            throw error
        }
        AtomicFile.syncFolder(url.deletingLastPathComponent())
    }

    /// The index of `inputs` in a folder of caches: built the first time, and again when a file has another size or
    /// date.
    package static func cached(
        _ inputs: [URL], in folder: URL, progress: (BuildProgress) throws -> Void = { _ in }
    ) throws -> WikipediaIndex {
        var hash = SHA256()
        let keys: Set<URLResourceKey> = [.fileSizeKey, .contentModificationDateKey]
        for file in try inputs.flatMap(files) {
            let values = try file.resourceValues(forKeys: keys)
            let date = values.contentModificationDate?.timeIntervalSince1970 ?? 0
            let line = "\(file.standardizedFileURL.path)\n\(values.fileSize ?? 0)\n\(date)\n"
            Array(line.utf8).withUnsafeBytes { hash.update($0) }
        }
        let name = "wikipedia-\(version)-\(hash.finalize().prefix(16)).sqlite"
        let url = folder.appending(path: name)
        if !FileManager.default.fileExists(atPath: url.path) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try build(inputs, to: url, progress: progress)
        }
        return try WikipediaIndex(url)
    }

    /// An index in memory, for a user's own folder of pages.
    package static func inMemory(
        _ inputs: [URL], progress: (BuildProgress) throws -> Void = { _ in }
    ) throws -> WikipediaIndex {
        // Handed over when it is filled; nothing else keeps it.
        nonisolated(unsafe) let database = try WikipediaDatabase(":memory:", isWritten: true)
        try fill(database, inputs, progress)
        return try WikipediaIndex(database, file: inputs.map(\.path).joined(separator: " "))
    }

    private static func fill(
        _ database: WikipediaDatabase, _ inputs: [URL], _ progress: (BuildProgress) throws -> Void
    ) throws {
        try database.run(schema)
        try database.run("BEGIN")
        let files = try inputs.flatMap(files)
        let total = try files.reduce(0) { try $0 + ($1.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0) }
        var (pages, read) = (0, 0)
        var hash = SHA256()
        for file in files {
            let bytes = try MappedFile(file)
            hash.update(bytes.bytes)
            try forEachRow(of: file, bytes.bytes) { row, end in
                pages += 1
                try add(row, id: pages, to: database)
                guard pages % progressInterval == 0 else { return }
                try progress(
                    BuildProgress(file: file.path, pages: pages, bytesRead: read + end, bytesTotal: total))
            }
            read += bytes.bytes.count
            try progress(BuildProgress(file: file.path, pages: pages, bytesRead: read, bytesTotal: total))
            withExtendedLifetime(bytes) {}
        }
        guard pages > 0 else {
            throw WikipediaError.noPages(files: inputs.map(\.path).joined(separator: ", "))
        }
        let about = [
            "version": version, "pages": "\(pages)", "sha256": hash.finalize(),
            "files": inputs.map(\.lastPathComponent).joined(separator: " "),
        ]
        for (key, value) in about {
            try database.insert("INSERT INTO about VALUES (?1, ?2)", [.text(key), .text(value)])
        }
        try database.run("COMMIT")
    }

    /// The pages of a file, each with the offset at which it ends.
    private static func forEachRow(
        of file: URL, _ bytes: UnsafeRawBufferPointer, _ body: (WikipediaPageRow, Int) throws -> Void
    ) throws {
        guard !["txt", "md"].contains(file.pathExtension) else {
            let title = file.deletingPathExtension().lastPathComponent
            return try body(WikipediaPageRow(title: title, text: bytes), bytes.count)
        }
        guard !bytes.starts(with: Array("BZh".utf8)) else { throw WikipediaError.compressed(file: file.path) }
        for (index, line) in LineSplitter(bytes).enumerated() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
            let object = try WikipediaRow.parse(
                String(decoding: line, as: UTF8.self), file: file.path, line: index + 1)
            let row = try WikipediaPageRow(object, file: file.path, line: index + 1)
            try body(row, line.baseAddress! - bytes.baseAddress! + line.count)
        }
    }

    private static func add(_ row: WikipediaPageRow, id: Int, to database: WikipediaDatabase) throws {
        try database.insert(
            "INSERT INTO pages VALUES (?1, ?2, ?3, ?4, ?5)",
            [
                .integer(id), .text(row.title), .text(folded(row.title)), row.redirect.map { .text($0) } ?? .null,
                .text(row.paragraphs.joined(separator: "\n")),
            ])
        // A redirect is found by its title alone.
        guard row.redirect == nil else { return }
        try database.insert(
            "INSERT INTO search (rowid, title, opening) VALUES (?1, ?2, ?3)",
            [.integer(id), .text(row.title), .text(row.paragraphs.first ?? "")])
    }

    /// A file itself, or the files of a folder that can be pages, by path.
    private static func files(_ input: URL) throws -> [URL] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: input.path, isDirectory: &isFolder) else {
            throw FileError.unreadable(input.path, "not found")
        }
        guard isFolder.boolValue else { return [input] }
        guard let names = FileManager.default.enumerator(atPath: input.path) else {
            throw FileError.unreadable(input.path, "the folder cannot be listed")
        }
        let paths = names.compactMap { $0 as? String }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return paths.map { input.appending(path: $0) }.filter {
            // The dump's files have no extension (wiki_00).
            ["txt", "md", "jsonl", "json", ""].contains($0.pathExtension)
                && (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
        }
    }
}

/// A page, or a redirect to one, as a row of a file.
struct WikipediaPageRow {
    let title: String
    let redirect: String?
    let paragraphs: [String]

    /// Plain text: paragraphs are separated by empty lines.
    init(title: String, text: UnsafeRawBufferPointer) {
        var paragraphs: [String] = [""]
        for line in LineSplitter(text).map({ String(decoding: $0, as: UTF8.self).pythonStripped }) {
            if line.isEmpty {
                paragraphs.append("")
            } else {
                paragraphs[paragraphs.count - 1] += (paragraphs.last!.isEmpty ? "" : " ") + line
            }
        }
        (self.title, redirect, self.paragraphs) = (title, nil, paragraphs.filter { !$0.isEmpty })
    }

    /// - `paragraphs`: texts;
    /// - `sentences`: of one paragraph;
    /// - `text`: a text whose lines are paragraphs, or sentences of one paragraph, or a list of such paragraphs;
    /// - `query` and `first_five_sentences`: a recorded search, which makes a page of what it showed;
    /// - `redirect`: the title that this one stands for, without a text.
    init(_ row: JSONObject, file: String, line: Int) throws(WikipediaError) {
        guard let title = row["title"]?.string ?? row["query"]?.string else {
            throw .missingField(file: file, line: line, field: "title")
        }
        self.title = title
        redirect = row["redirect"]?.string
        let shown = (row["first_five_sentences"]?.string).map { JSONValue.string(WikipediaPage.withoutAddedStop($0)) }
        let paragraphs = row["paragraphs"].map { JSONValue.array(($0.array ?? []).map { .array([$0]) }) }
        let text = paragraphs ?? row["sentences"] ?? row["text"] ?? shown
        switch text {
        case .string(let lines)?:
            self.paragraphs = lines.pythonSplit("\n").map(\.pythonStripped).filter { !$0.isEmpty }
        case .array(let items)?:
            let isNested = items.contains { $0.array != nil }
            let lists = isNested ? items.map { $0.array ?? [$0] } : [items]
            self.paragraphs = lists.map { Self.joined($0.compactMap(\.string)) }.filter { !$0.isEmpty }
        default:
            guard redirect != nil else {
                throw .missingField(file: file, line: line, field: "paragraphs, sentences, text or redirect")
            }
            self.paragraphs = []
        }
    }

    /// Sentences as one paragraph, with a space between two that have none; it holds no line feed.
    private static func joined(_ sentences: [String]) -> String {
        var text = ""
        for sentence in sentences where !sentence.isEmpty {
            let hasSpace =
                text.isEmpty || text.unicodeScalars.last!.isPythonSpace || sentence.unicodeScalars.first!.isPythonSpace
            text += (hasSpace ? "" : " ") + sentence
        }
        let scalars = text.unicodeScalars.map { $0 == "\n" || $0 == "\r" ? " " : $0 }
        return String(String.UnicodeScalarView(scalars)).pythonStripped
    }
}
