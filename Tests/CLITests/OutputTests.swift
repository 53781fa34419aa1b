// Standard output of every command where it cannot be written: a full disk is one sentence and a failure, a reader who
// has gone ends the program without a word.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("OutputTests")
struct OutputTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
    }

    /// Commands of every kind of output: streamed, in lines, at the end, help. "MODEL" is replaced.
    static let commands = [
        ["generate", "--model", "MODEL", "--prompt", "It was", "--max-tokens", "4"],
        ["generate", "--model", "MODEL", "--prompt", "It was", "--max-tokens", "4", "--chat"],
        ["generate", "--model", "MODEL", "--prompt", "It was", "--max-tokens", "4", "--json"],
        ["chat", "--model", "MODEL", "--max-tokens", "4"],
        ["inspect", "MODEL"], ["inspect", "MODEL", "--json"],
        ["tokenizer", "encode", "--model", "MODEL/tokenizer.model", "hello"],
        ["tokenizer", "inspect", "--model", "MODEL/tokenizer.model"],
        ["doctor"], ["--help"], ["generate", "--help"], ["help", "chat"], ["--version"],
    ]

    private func run(
        _ command: [String], to output: FileHandle, throughShell first: String? = nil
    ) throws -> ProgramRun {
        try Program.run(
            command.map { $0.replacing("MODEL", with: folder.url.path) }, input: "hello\n", to: output,
            throughShell: first)
    }

    @Test("a full disk ends in one sentence and a failure", arguments: commands)
    func fullDisk(command: [String]) throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let result = try run(command, to: full)
        #expect(result.status == 1)
        let errors = result.talk.split(separator: "\n").filter {
            !$0.contains("parameters") && !$0.contains("Products")
        }
        #expect(
            errors == [
                "Error: the output cannot be written (No space left on device); what came before it is there"
            ], "\(result.talk)")
    }

    @Test("a reader who has gone ends it without a word, whether or not its signal is taken", arguments: commands)
    func closedPipe(command: [String]) throws {
        for signal in ["trap - PIPE", "trap '' PIPE"] {
            let pipe = Pipe()
            try pipe.fileHandleForReading.close()
            let result = try run(command, to: pipe.fileHandleForWriting, throughShell: signal)
            #expect(result.status == 128 + SIGPIPE, "\(signal)")
            #expect(!result.talk.contains("rror"), "\(signal): \(result.talk)")
        }
    }

    @Test("nobody to hear the talk is no reason to end")
    func fullTalk() throws {
        let result = try Program.run(
            ["generate", "--model", folder.url.path, "--prompt", "It was", "--max-tokens", "4"], input: "",
            throughShell: "exec 2> /dev/full")
        #expect(result.status == 0 && result.output.hasPrefix("It was"))
    }

    @Test("a closed standard input is not the next file that is opened: who reads it is told, others go on")
    func closedInput() throws {
        let text = try folder.file("text.txt", String(repeating: "Tom has 3 red apples. ", count: 60)).path
        let model = ["--model", folder.url.path, "--threads", "1"]
        for command in [
            ["perplexity", "--file", "-"] + model, ["generate", "--file", "-"] + model,
            ["generate", "--prompts", "-"] + model, ["chat"] + model,
            ["tokenizer", "encode", "--model", folder.url.path], ["tokenizer", "decode", "--model", folder.url.path],
            ["tokenizer", "template", "--model", folder.url.path],
        ] {
            let result = try Program.run(command, input: "", throughShell: "exec <&-")
            #expect(result.status == 1 && result.output.isEmpty, "\(command): \(result.output)")
            #expect(
                result.talk.hasSuffix(
                    "Error: standard input cannot be read (it is closed); pipe a text into the "
                        + "program or redirect a file to it\n"), "\(command): \(result.talk)")
        }
        let command = ["perplexity", "--file", text, "--window", "32"] + model
        let (open, closed) = (
            try Program.run(command, input: ""), try Program.run(command, input: "", throughShell: "exec <&-")
        )
        func perplexity(_ run: ProgramRun) -> Substring { run.output.prefix { $0 != ";" } }
        #expect(
            closed.status == 0 && perplexity(open) == perplexity(closed) && perplexity(open).hasPrefix("perplexity"))
    }

    @Test("a closed standard output is a failure, a closed standard error is not; neither is written into a file")
    func closedOutput() throws {
        let command = ["tokenizer", "encode", "--model", folder.url.path, "hello"]
        let open = try Program.run(command, input: "")
        let closed = try Program.run(command, input: "", throughShell: "exec >&-")
        #expect(closed.status == 1 && closed.talk.contains("Error: the output cannot be written (it is closed)"))
        let quiet = try Program.run(command, input: "", throughShell: "exec 2>&-")
        #expect(quiet.status == 0 && quiet.output == open.output)
        let file = folder.url.appending(path: "model.gguf").path
        let convert = ["convert", folder.url.path, file, "--to", "gguf", "--threads", "1"]
        #expect(try Program.run(convert, input: "", throughShell: "exec <&- >&- 2>&-").status == 0)
        #expect(try Data(contentsOf: URL(filePath: file)).prefix(4) == Data("GGUF".utf8))
    }

    @Test("commands write results through Output, which throws")
    func sources() throws {
        let silent = try Regex("(?:^|[^\\w.])print\\(|standard(?:Output|Error)\\.write\\(")
        for path in RepositoryFiles.paths(under: "Sources/xmodel", extensions: ["swift"]) {
            for (number, code) in RepositoryFiles.swiftCode(path) {
                #expect(code.firstMatch(of: silent) == nil, "\(path):\(number): use Output or talk: \(code)")
            }
        }
    }
}
