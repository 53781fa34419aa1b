// One run of the program with something to read, and its results and its talk apart.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMTestSupport

struct ProgramRun {
    /// Exit status, or 128 and the signal that ended it, as shells count.
    let status: Int32
    /// Standard output and standard error.
    let output: String
    let talk: String

    /// JSON of every line of the output.
    var lines: [[String: Any]] {
        output.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }
}

extension Program {
    /// - Parameters:
    ///   - output: takes standard output, which is then not in the result.
    ///   - throughShell: a command that a shell does first, in the process that becomes the program.
    static func run(
        _ arguments: [String], input: String, to output: FileHandle? = nil, throughShell first: String? = nil
    ) throws -> ProgramRun {
        // Files and not pipes: the program may end before it has read or the test has.
        let folder = try TemporaryFolder()
        let (results, said) = (try folder.file("output", ""), try folder.file("talk", ""))
        let process = Process()
        process.executableURL = first == nil ? url : URL(filePath: "/bin/sh")
        process.arguments = (first.map { ["-c", $0 + #"; exec "$0" "$@""#, url.path] } ?? []) + arguments
        process.standardInput = try FileHandle(forReadingFrom: folder.file("input", input))
        process.standardOutput = try output ?? FileHandle(forWritingTo: results)
        process.standardError = try FileHandle(forWritingTo: said)
        try process.run()
        process.waitUntilExit()
        let ended = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        return ProgramRun(
            status: ended, output: String(decoding: try Data(contentsOf: results), as: UTF8.self),
            talk: String(decoding: try Data(contentsOf: said), as: UTF8.self))
    }
}
