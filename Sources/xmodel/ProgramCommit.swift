// The commit that a program was built from: that of the checkout it is in. run.json records it.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum ProgramCommit {
    /// `git describe` of the checkout around the executable, with `-dirty` if tracked files differ from the commit; nil
    /// for an installed program or without git.
    static func find() -> String? {
        guard let program = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return nil }
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/env")
        git.arguments = [
            "git", "-C", program.deletingLastPathComponent().path, "describe", "--always", "--dirty", "--abbrev=12",
        ]
        let output = Pipe()
        git.standardOutput = output
        git.standardError = FileHandle.nullDevice
        git.standardInput = FileHandle.nullDevice
        // Reads to the end before waiting: a full pipe would block git for ever.
        guard (try? git.run()) != nil, let bytes = try? output.fileHandleForReading.readToEnd() else { return nil }
        git.waitUntilExit()
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return git.terminationStatus == 0 && !text.isEmpty ? text : nil
    }
}
