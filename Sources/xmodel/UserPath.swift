// Paths as users write them in arguments and recipes.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum UserPath {
    /// A path, relative to `folder` (default: the current one) unless absolute. `~` and `~/` mean the home folder, even
    /// where no shell has expanded them (`--output=~/run`).
    static func url(_ path: String, from folder: URL? = nil) -> URL {
        if path == "~" || path.hasPrefix("~/") {
            return FileManager.default.homeDirectoryForCurrentUser.appending(path: String(path.dropFirst(2)))
        }
        guard let folder, !path.hasPrefix("/") else { return URL(filePath: path) }
        return folder.appending(path: path)
    }

    /// XMODEL_DATA, the data folder if neither an option nor a recipe names one; an empty value counts as unset.
    static var environmentRoot: URL? {
        ProcessInfo.processInfo.environment["XMODEL_DATA"].flatMap { $0.isEmpty ? nil : url($0) }
    }
}
