// What --restart deletes: the files that this program writes into a folder of that kind, and nothing else.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMData
import XMSupport
import XMTokenizer
import XMTrain

/// A kind of folder; the raw value completes "is not a folder of …".
enum FolderRestart: String {
    case run = "a run"
    case shards

    /// Every writer locks its folder with this file and leaves it there, so a folder without it was not made by this
    /// program.
    private static let lock = ".lock"

    /// Deletes this program's files. Throws if the folder has other files but no lock, or if another process is writing
    /// to it.
    func clear(_ folder: URL) throws {
        let files = FileManager.default
        let names = (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
        if names.isEmpty { return }
        guard names.contains(Self.lock) else {
            throw CommandError.notMadeHere(folder: folder.path, kind: rawValue)
        }
        let lock = try FolderLock(folder)
        defer { withExtendedLifetime(lock) {} }
        for name in names where owns(name, in: folder) { try files.removeItem(at: folder.appending(path: name)) }
    }

    /// Lists names rather than patterns: a user's file is never deleted because its name looks like ours.
    private func owns(_ name: String, in folder: URL) -> Bool {
        switch self {
        case .run:
            [
                RunFolder.configName, RunFolder.infoName, RunFolder.metricsName, RunFolder.checkpointsName,
                RunFolder.reportName, "shards",
            ].contains(name)
        case .shards:
            TokenizerFiles.names.contains(name)
                || [
                    ShardManifest.fileName, "duplicates.json", "duplicates.bin", ".sorting",
                    DecontaminationSummary.fileName, "stats.html",
                ].contains(name) || PreparedFolder.isSource(folder.appending(path: name))
        }
    }
}
