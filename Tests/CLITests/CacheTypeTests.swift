// `--cache-type` as users give it: what the commands take, what the talk says, and what a wrong value is answered.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("CacheTypeTests")
struct CacheTypeTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
    }

    /// Runs the program on the tiny model.
    private func xmodel(_ arguments: [String]) throws -> (status: Int32, output: String) {
        try Program.run(arguments + ["--model", folder.url.path, "--threads", "1"])
    }

    @Test("commands that run a model take a cache type")
    func taken() throws {
        let text = try folder.file("text.txt", String(repeating: "It was a bright cold day. ", count: 40))
        let commands = [
            ["generate", "--prompt", "It was", "--max-tokens", "4"], ["chat"],
            ["perplexity", "--file", text.path, "--window", "16", "--windows", "2"],
        ]
        for command in commands {
            for type in ["bf16", "f16", "q8"] {
                let (status, output) = try xmodel(command + ["--cache-type", type])
                #expect(status == 0 && output.contains("cache in \(type)"), "\(command[0]) \(type): \(output)")
            }
        }
        let bench = ["bench", "generate", "--prompt-tokens", "8", "--tokens", "4", "--depth", "16", "--runs", "1"]
        let (status, output) = try xmodel(bench + ["--json", "--compute", "f32", "--cache-type", "q8"])
        // Two blocks of 16 positions; one layer, one head of 16: keys and values take a byte each and a scale of two.
        #expect(status == 0 && output.contains(#""cacheBytes":\#(32 * 36)"#), "\(output)")
    }

    @Test("a wrong value is answered with those that can be")
    func refused() throws {
        let (status, output) = try xmodel(["generate", "--prompt", "It was", "--cache-type", "q7"])
        #expect(status != 0 && output.contains("'q7'") && output.contains("'f32', 'bf16', 'f16' or 'q8'"), "\(output)")
        let wide = try xmodel(["generate", "--prompt", "It was", "--compute", "bf16", "--cache-type", "f32"])
        #expect(wide.status != 0 && wide.output.contains("choose bf16, f16 or q8, or compute in f32"), "\(wide.output)")
    }
}
