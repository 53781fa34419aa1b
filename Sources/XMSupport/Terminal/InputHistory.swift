// What was written at a prompt before, for the up key, kept in a file from one session to the next: one JSON string a
// line, appended as it comes, so that two programs at once lose nothing. Readable by its owner alone.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package final class InputHistory {
    package private(set) var entries: [String] = []
    private let file: URL?
    /// Index into `entries`; its count stands for the draft.
    private var place = 0
    private var draft = ""

    /// Entries that are kept; the file is cut when it has twice as many.
    package static let limit = 1000

    /// Reads what is there; lines that are no JSON strings are passed over. Without a file nothing outlives the
    /// program.
    package init(file: URL? = nil) {
        self.file = file
        let data = file.flatMap { try? Data(contentsOf: $0) } ?? Data()
        let lines = data.split(separator: UInt8(ascii: "\n"))
        entries = lines.suffix(Self.limit).compactMap { try? JSONDecoder().decode(String.self, from: Data($0)) }
        place = entries.count
        // A file that cannot be cut now will be the next time. A link goes on leading to it.
        if lines.count > 2 * Self.limit, let file, let data = try? Self.lines(entries) {
            try? AtomicFile.write(data, to: file.resolvingSymlinksInPath(), permissions: 0o600)
        }
    }

    /// Notes an entry, in the file too; throws `FileError` where that cannot be written.
    package func add(_ entry: String) throws {
        defer { place = entries.count }
        guard !entry.isEmpty, entry != entries.last else { return }
        entries.append(entry)
        if let file { try Self.append(entry, to: file) }
    }

    /// The entry before, given what stands at the prompt now.
    package func previous(_ current: String) -> String? {
        guard place > 0 else { return nil }
        if place == entries.count { draft = current }
        place -= 1
        return entries[place]
    }

    /// The entry after; behind the last one comes what was being written.
    package func next() -> String? {
        guard place < entries.count else { return nil }
        place += 1
        return place == entries.count ? draft : entries[place]
    }

    private static func append(_ entry: String, to file: URL) throws {
        try? FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let target = try SequentialFile(appendingTo: file, permissions: 0o600)
        chmod(file.path, 0o600)
        try target.append(lines([entry]))
    }

    private static func lines(_ entries: [String]) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return try entries.reduce(into: Data()) { $0 += try encoder.encode($1) + Data("\n".utf8) }
    }
}
