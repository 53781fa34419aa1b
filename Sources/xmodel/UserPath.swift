// Paths as users write them, in arguments and in recipes.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum UserPath {
    /// A path, relative to `folder` (default: the current one) where it is not absolute. `~` and `~/` stand for the
    /// home folder, also where no shell has replaced them (`--output=~/run`).
    static func url(_ path: String, from folder: URL? = nil) -> URL {
        if path == "~" || path.hasPrefix("~/") {
            return FileManager.default.homeDirectoryForCurrentUser.appending(path: String(path.dropFirst(2)))
        }
        guard let folder, !path.hasPrefix("/") else { return URL(filePath: path) }
        return folder.appending(path: path)
    }

    /// XMODEL_DATA, the folder of data where neither an option nor a recipe names one.
    static var environmentRoot: URL? {
        ProcessInfo.processInfo.environment["XMODEL_DATA"].flatMap { $0.isEmpty ? nil : url($0) }
    }
}
