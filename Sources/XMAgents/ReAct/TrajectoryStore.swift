// Stores episodes as they end, so that an interrupted run goes on where it was. `episodes.jsonl` is appended to in the
// order in which episodes end, after a line with the run's settings; `trajectories.jsonl`, in the order of the
// episodes, is written when all are there.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package final class TrajectoryStore {
    private struct Header: Codable, Equatable { let settings: String }

    private let folder: URL
    private let file: SequentialFile
    /// Episodes that ended, by id.
    package private(set) var records: [String: EpisodeRecord] = [:]

    private static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// Opens or begins a run's episodes in an existing folder.
    /// - Parameter settings: everything that trajectories depend on; episodes of other settings are refused.
    package init(_ folder: URL, settings: String) throws {
        self.folder = folder
        let url = folder.appending(path: "episodes.jsonl")
        var whole = 0
        if FileManager.default.fileExists(atPath: url.path) {
            let data = try FileBytes.read(url)
            // A line that was cut when the program was killed is dropped.
            whole = data.lastIndex(of: UInt8(ascii: "\n")).map { data.distance(from: data.startIndex, to: $0) + 1 } ?? 0
            var lines = JSONLines.lines(of: String(decoding: data.prefix(whole), as: UTF8.self))[...]
            if let first = lines.popFirst() {
                let header: Header = try Self.decode(first, file: url.path)
                guard header.settings.utf8.elementsEqual(settings.utf8) else {
                    throw TrajectoryError.otherSettings(file: url.path, found: header.settings, wanted: settings)
                }
            }
            for line in lines {
                let record: EpisodeRecord = try Self.decode(line, file: url.path)
                records[record.trajectory.id] = record
            }
            guard truncate(url.path, off_t(whole)) == 0 else {
                throw FileError.notWritten(url.path, String(cString: strerror(errno)))
            }
        }
        file = try SequentialFile(appendingTo: url)
        if whole == 0 { try append(Header(settings: settings)) }
    }

    package func add(_ record: EpisodeRecord) throws {
        try append(record)
        records[record.trajectory.id] = record
    }

    /// Writes `trajectories.jsonl` and returns the records, both in the order of `ids`, which must all have ended.
    @discardableResult
    package func finish(_ ids: [String]) throws -> [EpisodeRecord] {
        let ordered = ids.compactMap { records[$0] }
        precondition(ordered.count == ids.count, "finish() comes after the last episode")
        let encoder = Self.encoder()
        try AtomicFile.create(folder.appending(path: "trajectories.jsonl")) { file in
            for record in ordered { try file.append(encoder.encode(record.trajectory) + Data("\n".utf8)) }
        }
        return ordered
    }

    /// The trajectories of a file that a run wrote.
    package static func read(_ url: URL) throws -> [Trajectory] {
        try JSONLines.lines(of: String(decoding: FileBytes.read(url), as: UTF8.self)).map {
            try decode($0, file: url.path)
        }
    }

    private func append(_ value: some Encodable) throws {
        try file.append(Self.encoder().encode(value) + Data("\n".utf8))
    }

    private static func decode<Value: Decodable>(_ line: JSONLines.Line, file: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(line.text.utf8))
        } catch {
            throw TrajectoryError.damaged(file: file, line: line.number)
        }
    }
}

package enum TrajectoryError: Error, CustomStringConvertible, Equatable {
    case otherSettings(file: String, found: String, wanted: String)
    case damaged(file: String, line: Int)

    package var description: String {
        switch self {
        case .otherSettings(let file, let found, let wanted):
            "\(file): its episodes were run with other settings (\(found)) than these (\(wanted)); give another folder or "
                + "the same settings"
        case .damaged(let file, let line):
            "\(file): line \(line) is no episode; remove the line, and the same command runs that episode again"
        }
    }
}
