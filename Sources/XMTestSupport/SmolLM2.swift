// The location of the small real model that some tests read; script/fetch-smollm2 downloads it.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package enum SmolLM2 {
    /// XMODEL_SMOLLM2, or the file that script/fetch-smollm2 downloads.
    package static let file: URL = {
        let environment = ProcessInfo.processInfo.environment
        func value(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
        if let path = value("XMODEL_SMOLLM2") { return URL(filePath: path) }
        let cache =
            value("XDG_CACHE_HOME").map { URL(filePath: $0) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
        return cache.appending(path: "xmodel/SmolLM2-135M-Instruct.Q4_1.gguf")
    }()

    package static var isPresent: Bool { FileManager.default.fileExists(atPath: file.path) }
    package static let reason = "the SmolLM2 file is absent; script/fetch-smollm2 brings it, or XMODEL_SMOLLM2 names it"
}
