// Paths as users write them, in arguments and in recipes.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum UserPath {
    /// A path with `~` and `~/` standing for the home folder, also where no shell has replaced it (`--output=~/run`).
    static func url(_ path: String) -> URL {
        guard path == "~" || path.hasPrefix("~/") else { return URL(filePath: path) }
        return FileManager.default.homeDirectoryForCurrentUser.appending(path: String(path.dropFirst(2)))
    }

    /// The same, relative to `folder` where it is not absolute.
    static func url(_ path: String, from folder: URL) -> URL {
        path.hasPrefix("/") || path == "~" || path.hasPrefix("~/") ? url(path) : folder.appending(path: path)
    }
}
