// Expands names, folders and patterns to files. A file counts once, whatever names lead to it: links, link cycles and
// spellings such as `a/../b` are recognized by device and inode, not by name.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package struct FileSearch {
    package struct Found: Sendable {
        /// Relative to the root if the pattern is.
        package let path: String
        package let url: URL
        package let sizeBytes: Int
        fileprivate let identity: Identity
    }

    fileprivate struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// A folder that was walked, and how many components of the pattern remained.
    private struct Visit: Hashable {
        let folder: Identity
        let components: Int
    }

    /// Whether a file found in a folder or by a pattern is wanted, by its name.
    private let isWanted: (String) -> Bool
    private var visited: Set<Visit> = []
    private var found: [Found] = []

    /// The files that match `patterns`, relative to `root` or absolute, sorted by the bytes of their paths whatever the
    /// order of the patterns. A folder stands for all wanted files in it and its subfolders; `*` and `?` match within a
    /// name, `**` matches any number of folders. Throws if a pattern has no match.
    package static func files(
        _ patterns: [String], root: URL, isWanted: @escaping (String) -> Bool
    ) throws -> [Found] {
        var files: [Identity: Found] = [:]
        for pattern in patterns {
            var search = FileSearch(isWanted: isWanted)
            try search.look(for: pattern, root: root)
            guard !search.found.isEmpty else { throw ReaderError.noFiles(pattern: pattern, root: root.path) }
            // Of several names the shortest is used, and of those the first.
            for file in search.found where files[file.identity].map({ isBefore(file.path, $0.path) }) ?? true {
                files[file.identity] = file
            }
        }
        return files.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private init(isWanted: @escaping (String) -> Bool) { self.isWanted = isWanted }

    private static func isBefore(_ a: String, _ b: String) -> Bool {
        a.utf8.count != b.utf8.count ? a.utf8.count < b.utf8.count : a.utf8.lexicographicallyPrecedes(b.utf8)
    }

    private mutating func look(for pattern: String, root: URL) throws {
        let components = pattern.split(separator: "/").map(String.init).filter { $0 != "." }
        let fixed = components.prefix { !Self.isPattern($0) }
        let base = (pattern.hasPrefix("/") ? "/" : "") + fixed.joined(separator: "/")
        let url = pattern.hasPrefix("/") ? URL(filePath: base) : fixed.isEmpty ? root : root.appending(path: base)
        guard case .success(let entry) = Entry.at(url.path) else { return }
        if entry.isFolder {
            let rest = fixed.count == components.count ? ["**", "*"] : Array(components[fixed.count...])
            try walk(url, entry.identity, base, rest[...])
        } else if entry.isFile, fixed.count == components.count {
            found.append(Found(path: base, url: url, sizeBytes: entry.sizeBytes, identity: entry.identity))
        }
    }

    private static func isPattern(_ name: String) -> Bool { name.utf8.contains { $0 == 0x2A || $0 == 0x3F } }

    /// Adds the files below a folder whose relative path matches `components`.
    private mutating func walk(
        _ folder: URL, _ identity: Identity, _ path: String, _ components: ArraySlice<String>
    ) throws {
        guard let pattern = components.first,
            visited.insert(Visit(folder: identity, components: components.count)).inserted
        else { return }
        let rest = components.dropFirst()
        if pattern == "**" {
            try walk(folder, identity, path, rest)  // `**` matches no folder
        }
        // Hidden names belong to unfinished files and version control.
        for bytes in try Self.names(folder) where bytes.first != UInt8(ascii: ".") {
            let name = String(decoding: bytes, as: UTF8.self)
            guard pattern == "**" || Self.isMatch(name, pattern) else { continue }
            // Files are only wanted for the last component.
            let takesFile = pattern != "**" && rest.isEmpty && isWanted(name)
            let cPath = folder.path.utf8 + [UInt8(ascii: "/")] + bytes + [0]
            let entry: Entry
            switch cPath.withUnsafeBytes({ Entry.at($0.assumingMemoryBound(to: CChar.self).baseAddress!) }) {
            case .success(let found): entry = found
            case .failure(let error):
                guard takesFile else { continue }
                throw ReaderError.unreadable(path: folder.path + "/" + Self.escaped(bytes), reason: error.reason)
            }
            guard entry.isFolder ? pattern == "**" || !rest.isEmpty : takesFile else { continue }
            guard name.utf8.elementsEqual(bytes) else {
                throw ReaderError.nameIsNotUTF8(path: folder.path + "/" + Self.escaped(bytes))
            }
            let url = folder.appending(path: name)
            let inner = path.isEmpty ? name : path.hasSuffix("/") ? path + name : path + "/" + name
            if entry.isFolder {
                try walk(url, entry.identity, inner, pattern == "**" ? components : rest)
            } else {
                guard entry.isFile else {
                    throw ReaderError.unreadable(path: url.path, reason: "not a regular file")
                }
                found.append(Found(path: inner, url: url, sizeBytes: entry.sizeBytes, identity: entry.identity))
            }
        }
    }

    /// What a path refers to, following links.
    private struct Entry {
        struct Failure: Error {
            let reason: String
        }

        let isFolder: Bool
        let isFile: Bool
        let sizeBytes: Int
        let identity: Identity

        static func at(_ path: UnsafePointer<CChar>) -> Result<Entry, Failure> {
            var status = stat()
            guard stat(path, &status) == 0 else { return .failure(Failure(reason: String(cString: strerror(errno)))) }
            let kind = status.st_mode & S_IFMT
            return .success(
                Entry(
                    isFolder: kind == S_IFDIR, isFile: kind == S_IFREG, sizeBytes: Int(status.st_size),
                    identity: Identity(
                        device: UInt64(truncatingIfNeeded: status.st_dev),
                        inode: UInt64(truncatingIfNeeded: status.st_ino))))
        }
    }

    /// The names in a folder as bytes, sorted, links last, so that a file's own name comes first.
    private static func names(_ folder: URL) throws -> [[UInt8]] {
        guard let stream = opendir(folder.path) else {
            throw ReaderError.unreadable(path: folder.path, reason: String(cString: strerror(errno)))
        }
        defer { closedir(stream) }
        var names: [(isLink: Bool, bytes: [UInt8])] = []
        while let entry = readdir(stream) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            names.append((entry.pointee.d_type == DT_LNK, bytes))
        }
        return names.sorted {
            $0.isLink != $1.isLink ? !$0.isLink : $0.bytes.lexicographicallyPrecedes($1.bytes)
        }.map(\.bytes)
    }

    /// A file name for an error message, with bytes outside ASCII as `\xFF`.
    private static func escaped(_ name: [UInt8]) -> String {
        name.map { byte in
            0x20..<0x7F ~= byte
                ? String(UnicodeScalar(byte))
                : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    /// Whether a name matches a pattern with `*` (any characters) and `?` (one code point).
    static func isMatch(_ name: String, _ pattern: String) -> Bool {
        let (name, pattern) = (Array(name.unicodeScalars), Array(pattern.unicodeScalars))
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
