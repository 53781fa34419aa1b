// Earlier input for the up and down keys, kept in a file between sessions: one JSON string per line, appended at once,
// so that two programs at the same time lose nothing. Readable only by its owner.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package final class InputHistory {
    package private(set) var entries: [String] = []
    private let file: URL?
    /// Index of the shown entry; `entries.count` stands for the draft.
    private var shown = 0
    private var draft = ""

    /// Number of entries kept; the file is cut to it when it has twice as many.
    package static let limit = 1000

    /// Reads the file, skipping lines that are not JSON strings. Without a file, the history ends with the program.
    package init(file: URL? = nil) {
        self.file = file
        let data = file.flatMap { try? Data(contentsOf: $0) } ?? Data()
        let lines = data.split(separator: UInt8(ascii: "\n"))
        entries = lines.suffix(Self.limit).compactMap { try? JSONValue.parse(Data($0)).string }
        shown = entries.count
        // A cut that fails is made next time. A symbolic link keeps pointing to the file.
        if lines.count > 2 * Self.limit, let file {
            try? AtomicFile.write(Self.lines(entries), to: file.resolvingSymlinksInPath(), permissions: 0o600)
        }
    }

    /// Adds an entry and appends it to the file. Throws `FileError` when the file cannot be written.
    package func add(_ entry: String) throws {
        defer { shown = entries.count }
        guard !entry.isEmpty, entry != entries.last else { return }
        entries.append(entry)
        if let file { try Self.append(entry, to: file) }
    }

    /// The previous entry. `current` is the text at the prompt, kept as the draft.
    package func previous(_ current: String) -> String? {
        guard shown > 0 else { return nil }
        if shown == entries.count { draft = current }
        shown -= 1
        return entries[shown]
    }

    /// The next entry; after the last one, the draft.
    package func next() -> String? {
        guard shown < entries.count else { return nil }
        shown += 1
        return shown == entries.count ? draft : entries[shown]
    }

    private static func append(_ entry: String, to file: URL) throws {
        try? FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let target = try SequentialFile(appendingTo: file, permissions: 0o600)
        chmod(file.path, 0o600)
        try target.append(lines([entry]))
    }

    private static func lines(_ entries: [String]) -> Data {
        Data(entries.map { JSONValue.string($0).text + "\n" }.joined().utf8)
    }
}
