// What can be wrong with a folder of results.
// SPDX-License-Identifier: Apache-2.0

package enum ResultsError: Error, Equatable, CustomStringConvertible {
    case unreadable(String)
    /// A file, a line of it where it has lines, and the reason.
    case malformed(String, line: Int?, String)
    case noResults(folder: String)
    /// A folder with results of several models.
    case severalModels(folder: String, [String])
    case noSamples(folder: String, task: String, known: [String])
    case noTask(file: String, task: String, known: [String])
    /// Two results files without samples of the same task.
    case nothingShared(String, String)
    /// Two folders that have no document of a task in common.
    case nothingToPair(task: String, String, String)
    case differentPrompts(task: String, count: Int, pairs: Int, docID: Int)

    package var description: String {
        switch self {
        case .unreadable(let path): "\(path): cannot be read; check the path and its permissions"
        case .malformed(let path, let line, let reason):
            "\(path)\(line.map { ", line \($0)" } ?? ""): \(reason); "
                + "a results or samples file of xmodel eval or lm-evaluation-harness is wanted"
        case .noResults(let folder):
            "\(folder): has no results_*.json; name the folder that xmodel eval --output wrote"
        case .severalModels(let folder, let names):
            "\(folder): has results of \(names.count) models; name one of its folders: "
                + names.joined(separator: ", ")
        case .noSamples(let folder, let task, let known):
            "\(folder): has no samples of \(task) ("
                + (known.isEmpty ? "of no task at all" : "it has \(known.joined(separator: ", "))")
                + "); run xmodel eval with --samples"
        case .noTask(let file, let task, let known):
            "\(file): has no task \(task); it has \(known.joined(separator: ", "))"
        case .nothingShared(let a, let b):
            "\(a) and \(b) have no task of which both have samples; run xmodel eval with --samples on the same tasks"
        case .nothingToPair(let task, let a, let b):
            "\(task): \(a) and \(b) have no document in common; both must be of the same task and data"
        case .differentPrompts(let task, let count, let pairs, let docID):
            "\(task): \(count) of \(pairs) samples were asked differently (the first is of document \(docID)); "
                + "evaluate both with the same shots and template, or allow different prompts"
        }
    }
}
