// The program as the build made it, beside the tests, and one run of it from start to end.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum Program {
    static let url = Bundle.main.bundleURL.appending(path: "xmodel")

    /// Runs the program without input; standard output and standard error together.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        return try process.collect()
    }

    /// Starts the program, for tests that end it from outside; what it says is dropped. `throughShell`: a command that
    /// a shell does first, in the process that becomes the program.
    static func start(_ arguments: [String], throughShell first: String? = nil) throws -> Process {
        let process = Process()
        process.executableURL = first == nil ? url : URL(filePath: "/bin/sh")
        process.arguments = (first.map { ["-c", $0 + #"; exec "$0" "$@""#, url.path] } ?? []) + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        signal(SIGHUP, SIG_DFL)  // where the tests themselves run under nohup, the program would ignore it
        try process.run()
        return process
    }
}

extension Process {
    /// Runs without input, from start to end; standard output, and standard error with it unless it is dropped.
    func collect(droppingErrors: Bool = false) throws -> (status: Int32, output: String) {
        let output = Pipe()
        standardOutput = output
        standardError = droppingErrors ? FileHandle.nullDevice : output
        standardInput = FileHandle.nullDevice
        try run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        waitUntilExit()
        return (terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
