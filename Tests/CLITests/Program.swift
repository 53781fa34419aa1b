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
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
