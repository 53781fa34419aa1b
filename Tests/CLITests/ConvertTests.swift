// `xmodel convert` and `xmodel quantize` as users run them: what is written, what is refused, and what Ctrl-C leaves.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("ConvertTests")
struct ConvertTests {
    private let folder: TemporaryFolder
    private let text: String

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
        text = try folder.file("text.txt", String(repeating: "Tom has 3 red apples and 4 plums. ", count: 120)).path
    }

    private func path(_ name: String) -> String { folder.url.appending(path: name).path }

    private func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// Files of the folder that were begun and not finished.
    private func begun() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter { $0.hasSuffix(".partial") }
    }

    private func perplexity(_ model: String) throws -> String {
        let (status, output) = try Program.run([
            "perplexity", "--model", model, "--file", text, "--window", "32", "--windows", "4", "--json",
            "--compute", "f32", "--threads", "1",
        ])
        #expect(status == 0, "\(output)")
        return String(output.split(separator: "\n").last ?? "")
    }

    @Test("there and back again: every format gives the same perplexity, and the last folder the first weights")
    func roundTrip() throws {
        let original = try perplexity(folder.url.path)
        var input = folder.url.path
        for (format, output) in [
            ("gguf", "a.gguf"), ("granite", "b"), ("gguf-minicpm", "c.gguf"), ("xmodel", "d"),
        ] {
            let made = try Program.run(["convert", input, path(output), "--to", format, "--threads", "1"])
            #expect(made.status == 0 && made.output.contains("\(output): written in "), "\(format): \(made.output)")
            #expect(try perplexity(path(output)) == original, "\(format)")
            input = path(output)
        }
        let config = try String(contentsOf: folder.url.appending(path: "b/config.json"), encoding: .utf8)
        #expect(config.contains("GraniteForCausalLM"))
        func tensors(_ name: String) throws -> Data {
            try Data(contentsOf: folder.url.appending(path: name)).suffix(32 * 32 * 4)
        }
        #expect(try tensors("d/model.safetensors") == tensors("model.safetensors"))
        #expect(try begun() == [])
    }

    @Test("what cannot be is one sentence and status 1, or 64 for arguments; nothing is written")
    func refused() throws {
        let taken = try folder.file("taken.gguf", "mine").path
        for (arguments, status, sentence) in [
            ([folder.url.path, taken, "--to", "gguf"], 1, "taken.gguf: already exists; choose another name"),
            ([folder.url.path, path("x"), "--to", "granite", "--type", "q8_0"], 1, "have F32, F16 or BF16 weights"),
            ([folder.url.path, path("x"), "--to", "llama"], 1, "supported: 1, 1, 1/sqrt(d), 1"),
            ([path("nowhere"), path("x"), "--to", "gguf"], 1, "nowhere: "),
            ([folder.url.path, path("no/x.gguf"), "--to", "gguf"], 1, "no/x.gguf: cannot be written (No such file"),
            ([folder.url.path, path("x"), "--to", "onnx"], 64, "- gguf-minicpm\n"),
            ([folder.url.path, path("x"), "--to", "gguf", "--type", "q3"], 64, "- q4_k_m\n"),
            ([folder.url.path, path("x"), "--to", "gguf", "--threads", "0"], 64, "--threads is 0; it must be 1 to"),
        ] {
            let (found, output) = try Program.run(["convert"] + arguments)
            #expect(found == status && output.contains(sentence), "\(arguments): \(output)")
            #expect(output.contains("Usage:") == (status == 64), "\(output)")
        }
        #expect(try String(contentsOfFile: taken, encoding: .utf8) == "mine")
        #expect(try begun() == [] && !isThere("x"))
    }

    @Test("without a tokenizer the weights alone are written")
    func withoutTokenizer() throws {
        try FileManager.default.removeItem(atPath: path("tokenizer.model"))
        let without = try Program.run(["convert", folder.url.path, path("x"), "--to", "granite"])
        #expect(without.status == 1 && without.output.contains("tokenizer"), "\(without.output)")
        for (format, output) in [("granite", "x"), ("gguf", "x.gguf")] {
            let made = try Program.run([
                "convert", folder.url.path, path(output), "--to", format, "--without-tokenizer",
            ])
            #expect(made.status == 0 && isThere(output), "\(made.output)")
        }
        #expect(!isThere("x/tokenizer.json"))
    }

    // MARK: - quantize

    @Test("a quantised file is smaller, and its comparison has three numbers that hang together")
    func quantized() throws {
        #expect(try Program.run(["convert", folder.url.path, path("a.gguf"), "--to", "gguf"]).status == 0)
        for (input, output) in [("a.gguf", "file.gguf"), ("", "folder.gguf")] {
            let (status, said) = try Program.run([
                "quantize", path(input), path(output), "--type", "q8_0", "--compare", text, "--windows", "2",
            ])
            #expect(status == 0, "\(said)")
            let numbers = try #require(
                said.firstMatch(
                    of:
                        /perplexity ([0-9.]+), was ([0-9.]+) .*\nKL divergence (-?[0-9.]+) .*\nsame top token ([0-9.]+) % of 254 tokens/
                ), "\(said)")
            let (perplexity, original) = (try #require(Double(numbers.1)), try #require(Double(numbers.2)))
            #expect(abs(perplexity / original - 1) < 0.05 && Double(numbers.3)! < 0.01 && Double(numbers.4)! > 80)
        }
        func size(_ name: String) throws -> Int {
            try #require(FileManager.default.attributesOfItem(atPath: path(name))[.size] as? Int)
        }
        #expect(try size("file.gguf") < size("a.gguf"))
        #expect(try size("file.gguf") == size("folder.gguf"))
    }

    @Test("the text to compare on is read and measured before the work begins")
    func textFirst() throws {
        let short = try folder.file("short.txt", "Too short.").path
        for (file, sentence) in [(path("missing.txt"), "missing.txt: cannot be read"), (short, "one window needs 256")]
        {
            let (status, output) = try Program.run([
                "quantize", folder.url.path, path("q.gguf"), "--type", "q8_0", "--compare", file,
            ])
            #expect(status == 1 && output.contains(sentence) && !output.contains("Usage:"), "\(output)")
            #expect(!isThere("q.gguf"))
        }
    }

    // MARK: - Ctrl-C

    @Test("Ctrl-C, SIGTERM and SIGHUP end with 130 and leave nothing of what was begun")
    func interrupted() throws {
        let big = path("big.gguf")
        // Rows of 256 values, which K types divide: rounding them is a second of work, in which the signal comes.
        let large = ["--preset", "nano", "--vocabulary", "200000"]
        let made = try Program.run(["bench", "model", big] + large)
        #expect(made.status == 0, "\(made.output)")
        for (arguments, signal) in [
            (["quantize", big, path("q.gguf"), "--type", "q4_k"], SIGINT),
            (["bench", "model", path("m.gguf")] + large, SIGTERM),
            (["bench", "model", path("m.gguf")] + large, SIGHUP),
        ] {
            let process = try Program.start(arguments + ["--threads", "1"])
            for _ in 0..<60_000 where try process.isRunning && begun().isEmpty { Thread.sleep(forTimeInterval: 0.001) }
            kill(process.processIdentifier, signal)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 130, "\(arguments)")
            #expect(try begun() == [] && !["q.gguf", "m.gguf"].contains { isThere($0) }, "\(arguments)")
        }
    }
}
