// A recipe as commands take it: a file, or "-" for standard input. Its paths are made absolute, so that the config.yaml
// of a run is valid whatever folder the next command runs in.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMData
import XMSupport
import XMTrain

enum RecipeFile {
    /// Reads a recipe. Its paths are relative to the first of: `dataRoot` (--data-root), the recipe's data.root (itself
    /// relative to the recipe), XMODEL_DATA, the recipe's folder. data.shards is relative to the recipe's folder. A
    /// recipe without a name is named after its file.
    static func load(_ path: String, overrides: [String], dataRoot: String? = nil) throws -> TrainConfig {
        let isInput = path == "-"
        let file = UserPath.url(path)
        let folder =
            isInput ? URL(filePath: FileManager.default.currentDirectoryPath) : file.deletingLastPathComponent()
        var config =
            isInput
            ? try Recipe.decode(
                TrainConfig.self, yaml: try InputFile.text(path), file: "standard input", overrides: overrides)
            : try Recipe.load(TrainConfig.self, from: file, overrides: overrides)
        if config.name.isEmpty { config.name = isInput ? "run" : file.deletingPathExtension().lastPathComponent }
        let root =
            dataRoot.map { UserPath.url($0) } ?? config.data.root.map { UserPath.url($0, from: folder) }
            ?? UserPath.environmentRoot ?? folder
        config.data.root = root.standardizedFileURL.path
        config.data.shards = config.data.shards.map { UserPath.url($0, from: folder).standardizedFileURL.path }
        return config
    }
}

extension TrainConfig {
    /// The folder that a loaded recipe's data paths are relative to.
    var dataRoot: URL { URL(filePath: data.root ?? ".") }
}
