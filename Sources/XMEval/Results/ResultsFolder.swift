// A run's files, found: the newest results file of a folder and the samples files of the same date. The harness's
// folders are read like ours.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct ResultsFolder: Sendable {
    /// The results file.
    package let file: URL
    package let results: ResultsFile
    /// `2026-11-28T09-30-00.123456`
    private let date: String

    /// - Parameter url: a results file, the folder it is in, or the folder above that has one model's.
    package init(_ url: URL) throws(ResultsError) {
        file = try Self.newest(url)
        date = Self.middle(of: file.lastPathComponent, "results_", ".json") ?? ""
        results = try ResultsFile.read(file)
    }

    private static func newest(_ url: URL) throws(ResultsError) -> URL {
        if middle(of: url.lastPathComponent, "results_", ".json") != nil { return url }
        if let file = resultsFiles(url).last { return file }
        let folders = names(url).map { url.appending(path: $0) }.filter { !resultsFiles($0).isEmpty }
        guard folders.count <= 1 else {
            throw .severalModels(folder: url.path, folders.map(\.lastPathComponent))
        }
        guard let file = folders.first.flatMap({ resultsFiles($0).last }) else { throw .noResults(folder: url.path) }
        return file
    }

    /// Ascending by date: the names' dates sort as text.
    private static func resultsFiles(_ folder: URL) -> [URL] {
        names(folder).filter { middle(of: $0, "results_", ".json") != nil }.map { folder.appending(path: $0) }
    }

    private static func names(_ folder: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    /// What stands between a name's beginning and its end; nil for other names.
    private static func middle(of name: String, _ start: String, _ end: String) -> String? {
        let bytes = Array(name.utf8)
        guard bytes.count > start.utf8.count + end.utf8.count, bytes.starts(with: start.utf8),
            bytes.suffix(end.utf8.count).elementsEqual(end.utf8)
        else { return nil }
        return String(decoding: bytes[start.utf8.count..<bytes.count - end.utf8.count], as: UTF8.self)
    }

    // MARK: - Samples

    private var folder: URL { file.deletingLastPathComponent() }

    /// The tasks that have samples, in the order of the results.
    package var sampledTasks: [String] {
        let found = Set(
            Self.names(folder).compactMap { Self.middle(of: $0, "samples_", "_\(date).jsonl") })
        return results.tasks.map(\.name).filter(found.contains)
    }

    package func samples(of task: String) throws(ResultsError) -> [Sample] {
        let known = sampledTasks
        guard known.contains(task) else {
            throw results.task(task) == nil
                ? .noTask(file: file.path, task: task, known: results.tasks.map(\.name))
                : .noSamples(folder: folder.path, task: task, known: known)
        }
        return try SampleFile.read(folder.appending(path: SampleFile.name(task: task, date: date)))
    }
}
