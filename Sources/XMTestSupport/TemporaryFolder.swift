// A temporary folder that is deleted with the value, and the location of real data.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

// Keep a reference for the whole test: the folder is removed as soon as the value is released.
package final class TemporaryFolder: Sendable {
    package let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "xmodel-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a text file into the folder and returns its location.
    package func file(_ name: String, _ text: String) throws -> URL {
        let file = url.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file
    }
}

/// The folder of real data: XMODEL_DATA, or `../shared/data` beside the package. Tests that need it skip without it.
package enum DataRoot {
    package static var url: URL {
        let path = ProcessInfo.processInfo.environment["XMODEL_DATA"] ?? ""
        return path.isEmpty ? GoldenModel.packageRoot.appending(path: "../shared/data") : URL(filePath: path)
    }

    package static func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: url.appending(path: path).path)
    }
}
