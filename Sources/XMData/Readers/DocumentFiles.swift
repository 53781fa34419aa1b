// From files, folders and patterns to the sorted list of files that a source consists of, and to a stream for each.
// Next: DocumentStream.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package struct DocumentFiles: Sendable, Equatable {
    /// In the order of their paths' bytes, each once, whatever the order of the patterns.
    package let files: [DocumentFile]

    /// Looks up `patterns` below `root` (absolute ones where they say). A folder stands for all files of known kinds in
    /// it and below; `*` and `?` match within a name, `**` matches any folders. A pattern without a match throws.
    package init(_ patterns: [String], root: URL) throws {
        var found: [String: DocumentFile] = [:]
        for pattern in patterns {
            let matches = try Self.matches(pattern, root: root)
            guard !matches.isEmpty else { throw ReaderError.noFiles(pattern: pattern, root: root.path) }
            for file in matches { found[file.path] = file }
        }
        files = found.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func matches(_ pattern: String, root: URL) throws -> [DocumentFile] {
        let parts = pattern.split(separator: "/").map(String.init).filter { $0 != "." }
        let fixed = parts.prefix { !isPattern($0) }
        let base = (pattern.hasPrefix("/") ? "/" : "") + fixed.joined(separator: "/")
        let url = pattern.hasPrefix("/") ? URL(filePath: base) : fixed.isEmpty ? root : root.appending(path: base)
        guard let kind = kind(url) else { return [] }
        if !kind.isFolder {
            guard fixed.count == parts.count else { return [] }
            guard let format = DocumentFormat(name: url.lastPathComponent) else {
                throw ReaderError.unknownFormat(path: url.path)
            }
            return [DocumentFile(path: base, url: url, format: format, sizeBytes: kind.size)]
        }
        let rest = fixed.count == parts.count ? ["**", "*"] : Array(parts[fixed.count...])
        var files: [DocumentFile] = []
        try walk(url, base, rest[...], &files)
        return files
    }

    private static func isPattern(_ part: String) -> Bool { part.contains { $0 == "*" || $0 == "?" } }

    /// Adds the files below a folder whose path from there matches `parts`.
    private static func walk(
        _ folder: URL, _ path: String, _ parts: ArraySlice<String>, _ files: inout [DocumentFile]
    ) throws {
        guard let part = parts.first else { return }
        let rest = parts.dropFirst()
        if part == "**" {
            try walk(folder, path, rest, &files)  // no folder
        }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            throw ReaderError.unreadable(path: folder.path, reason: "the folder cannot be listed")
        }
        // Hidden names are unfinished files and version control.
        for name in names where !name.hasPrefix(".") && (part == "**" || isMatch(name, part)) {
            let url = folder.appending(path: name)
            guard let kind = kind(url) else { continue }
            let inner = path.isEmpty ? name : path.hasSuffix("/") ? path + name : path + "/" + name
            if kind.isFolder {
                try walk(url, inner, part == "**" ? parts : rest, &files)
            } else if part != "**", rest.isEmpty, let format = DocumentFormat(name: name) {
                files.append(DocumentFile(path: inner, url: url, format: format, sizeBytes: kind.size))
            }
        }
    }

    private static func kind(_ url: URL) -> (isFolder: Bool, size: Int)? {
        var status = stat()
        guard stat(url.path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return (true, 0)
        case S_IFREG: return (false, Int(status.st_size))
        default: return nil
        }
    }

    /// Whether a name matches a pattern of `*` (any characters) and `?` (one character).
    static func isMatch(_ name: String, _ pattern: String) -> Bool {
        let (name, pattern) = (Array(name), Array(pattern))
        var (n, p) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
                (n, p) = (n + 1, p + 1)
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                (n, p) = (last.name + 1, last.pattern + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}

/// One file of a source.
package struct DocumentFile: Sendable, Equatable {
    /// Relative to the root, as in `DocumentOrigin`.
    package let path: String
    package let url: URL
    package let format: DocumentFormat
    /// As it lies on disk.
    package let sizeBytes: Int

    /// Its documents from `position` on; a stream belongs to one thread.
    package func open(_ options: ReaderOptions, at position: ReaderPosition = .start) throws -> DocumentStream {
        let file = try FileBytes(url.path)
        var magic = [UInt8](repeating: 0, count: 4)
        let count = try magic.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        let compression = Compression(magic: Array(magic.prefix(count)))
        if let claimed = Compression(extension: url.pathExtension.lowercased()), claimed != compression {
            throw ReaderError.damaged(path: url.path, offset: 0, reason: "does not begin as a \(claimed.rawValue) file")
        }
        func reader(at offset: Int = position.offset) throws -> ByteReader {
            let file = try FileBytes(url.path)
            let source: any ByteSource = try compression.map { try DecompressedBytes(file, $0) } ?? file
            return try ByteReader(source, path: url.path, offset: offset)
        }
        let limit = options.maximumDocumentBytes
        let rows: any RowReader
        switch format {
        case .text: rows = try TextRows(reader(), at: position, separator: options.separator, limit: limit)
        case .jsonLines: rows = try JSONLineRows(reader(), at: position, limit: limit)
        case .json: rows = try JSONListRows(reader(), at: position, limit: limit)
        case .csv, .tsv:
            rows = try DelimitedRows(
                reader(), head: reader(at: 0), at: position, isTSV: format == .tsv, header: options.header, limit: limit
            )
        case .parquet: rows = try ParquetRows(file, at: position)
        }
        return try DocumentStream(rows, of: self, options: options)
    }
}
