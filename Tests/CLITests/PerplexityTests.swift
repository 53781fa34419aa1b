// `xmodel perplexity` and `xmodel inspect` on models whose numbers can be worked out by hand.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("PerplexityTests")
struct PerplexityTests {
    private let folder: TemporaryFolder
    private let text: String

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url, seed: nil)
        text = try folder.file("text.txt", String(repeating: "Tom has 3 red apples and 4 plums. ", count: 40)).path
    }

    private func perplexity(_ arguments: String...) throws -> (status: Int32, output: String) {
        try Program.run(
            ["perplexity", "--model", folder.url.path, "--threads", "1", "--compute", "f32"] + arguments)
    }

    private func json(_ output: String) throws -> [String: Any] {
        let line = try #require(output.split(separator: "\n").last)
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(output)")
    }

    /// Pieces of the tokenizer, which is also the number of rows of the embedding.
    private func vocabulary() throws -> Int {
        let (_, output) = try Program.run(["tokenizer", "inspect", "--model", folder.url.path, "--count", "0"])
        return try #require(output.firstMatch(of: /pieces +([0-9]+)/).flatMap { Int($0.1) })
    }

    @Test("where every token is as likely as any other, the perplexity is the vocabulary's size")
    func uniform() throws {
        let (status, output) = try perplexity("--file", text, "--window", "32", "--windows", "3", "--json")
        #expect(status == 0, "\(output)")
        let result = try json(output)
        let found = try #require(result["perplexity"] as? Double)
        let expected = Double(try vocabulary())
        #expect(abs(found / expected - 1) < 1e-5)
        // Of 32 tokens those from the 18th on are scored.
        #expect(result["scoredTokens"] as? Int == 3 * 15 && result["windows"] as? Int == 3)
        let spoken = try perplexity("--file", text, "--window", "32")
        #expect(spoken.status == 0 && spoken.output.contains("perplexity \(Int(expected)).0000 ± 0.0000"))
    }

    @Test("texts and windows that cannot be are one sentence and status 1, or 64 for arguments")
    func refused() throws {
        let short = try folder.file("short.txt", "Too short.").path
        for (arguments, status, sentence) in [
            (["--file", folder.url.appending(path: "no.txt").path], 1, "no.txt: cannot be read"),
            (["--file", short], 1, "one window needs 512"),
            (["--file", "-"], 1, "the text has 0 tokens"),
            (
                ["--file", text, "--window", "9000"], 1,
                "--window wants 9000 positions, and the model was made for 8192"
            ),
            (["--file", text, "--window", "3"], 64, "--window is 3; it must be at least 4"),
            (["--file", text, "--batch", "0"], 64, "--batch is 0; it must be at least 1"),
        ] {
            let (found, output) = try Program.run(["perplexity", "--model", folder.url.path] + arguments)
            #expect(found == status && output.contains(sentence), "\(arguments): \(output)")
            #expect(output.contains("Usage:") == (status == 64), "\(output)")
        }
    }

    // MARK: - inspect

    @Test("inspect counts the parameters of a folder and of its GGUF file alike")
    func inspected() throws {
        let gguf = folder.url.appending(path: "model.gguf").path
        #expect(try Program.run(["convert", folder.url.path, gguf, "--to", "gguf", "--type", "f16"]).status == 0)
        // D 32, F 64, two query heads of 16 and one for keys and values; the head is the embedding.
        let layer = 2 * 32 * 32 + 2 * 16 * 32 + 3 * 32 * 64 + 2 * 32
        let expected = try vocabulary() * 32 + layer + 32
        for (model, type) in [(folder.url.path, "F32"), (gguf, "F16")] {
            let (status, output) = try Program.run(["inspect", model, "--json"])
            #expect(status == 0, "\(output)")
            let facts = try json(output)
            #expect(facts["parameters"] as? Int == expected, "\(output)")
            let text = try Program.run(["inspect", model])
            #expect(text.status == 0 && text.output.contains("KV cache size") && text.output.contains(type))
        }
        let missing = try Program.run(["inspect", folder.url.appending(path: "no.gguf").path])
        #expect(missing.status == 1 && missing.output.contains("no.gguf") && !missing.output.contains("Usage:"))
    }
}
