// A folder that lives as long as the value, and where real data lies.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package final class TemporaryFolder: Sendable {
    package let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "xmodel-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    package func file(_ name: String, _ text: String) throws -> URL {
        let file = url.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file
    }
}

/// The folder of real data: XMODEL_DATA, else `../shared/data` beside the package.
package enum DataRoot {
    package static var url: URL {
        let path = ProcessInfo.processInfo.environment["XMODEL_DATA"] ?? ""
        return path.isEmpty ? GoldenModel.packageRoot.appending(path: "../shared/data") : URL(filePath: path)
    }

    package static func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: url.appending(path: path).path)
    }
}
