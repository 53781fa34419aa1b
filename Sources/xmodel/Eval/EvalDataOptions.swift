// Where tasks and their data are: shared by the subcommands of `xmodel eval`.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMEval
import XMSupport

struct EvalDataOptions: ParsableArguments {
    @Option(
        help:
            "Folder of the benchmarks' data (default: XMODEL_DATA). May be repeated: the first that has a file counts.")
    var dataRoot: [String] = []

    @Option(help: "Folder of task files (default: those that come with the program).")
    var taskFolder: String?

    @Flag(help: "Leave out tasks whose data is missing instead of stopping.")
    var skipMissing = false

    func library() throws -> TaskLibrary {
        try TaskLibrary(taskFolder.map { UserPath.url($0) } ?? Self.bundled("tasks"))
    }

    /// The data folders; tasks over files of the user's need none.
    var roots: [URL] {
        dataRoot.isEmpty ? UserPath.environmentRoot.map { [$0] } ?? [] : dataRoot.map { UserPath.url($0) }
    }

    func loader() throws -> TaskLoader { TaskLoader(try Self.table(), roots: roots) }

    static func table() throws -> DatasetTable { try DatasetTable(bundled("datasets")) }

    static func bundled(_ name: String) throws -> URL { try TaskLibrary.bundledFolder().appending(path: name) }
}
