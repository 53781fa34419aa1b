// A program that is killed while it writes a model leaves nothing under the model's name.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("KilledWriterTests")
struct KilledWriterTests {
    @Test("SIGKILL in the middle of a file: its name does not exist, and a new run writes it")
    func killed() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "model.gguf")
        func isBegun() throws -> Bool {
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).contains { $0.hasSuffix(".partial") }
        }
        let first = try write(file, preset: "small")
        for _ in 0..<600 where try !isBegun() {
            Thread.sleep(forTimeInterval: 0.01)
        }
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        #expect(first.terminationReason == .uncaughtSignal)
        #expect(!FileManager.default.fileExists(atPath: file.path))
        let second = try write(file, preset: "nano")
        second.waitUntilExit()
        #expect(second.terminationStatus == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.gguf"])
    }

    private func write(_ file: URL, preset: String) throws -> Process {
        try Program.start([
            "bench", "model", "--preset", preset, "--vocabulary", "1000", "--type", "q8_0", "--threads", "1", file.path,
        ])
    }
}
