// Disks that are full and limits of file sizes (ulimit -f), for every command that writes a file: one sentence that
// names the file, status 1, what was there before is there still, and nothing half-written is.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("FullDiskTests")
struct FullDiskTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
    }

    private func path(_ name: String) -> String { folder.url.appending(path: name).path }

    private static let small = [
        "model.hidden_size=32", "model.intermediate_size=64", "model.num_hidden_layers=1",
        "model.num_attention_heads=2",
        "model.num_key_value_heads=1", "train.sequence_length=32", "train.steps=20", "schedule.decay_steps=4",
        "schedule.warmup_steps=1", "train.save_every=5", "train.batch_size=4", "train.micro_batch_size=4",
    ]

    private func train(_ output: String) -> [String] {
        [
            "train", RepositoryFiles.root.appending(path: "recipes/pretrain/quickstart.yaml").path, "--output", output,
            "--data-root", folder.url.path, "--threads", "1",
        ] + Self.small.flatMap { ["--set", $0] }
    }

    private static let limited = "ulimit -f 16"  // 16 KiB, less than any of the files

    @Test("a limit of file sizes is an error that names the file and the limit, whoever writes")
    func limit() throws {
        _ = try folder.file("old.model", "good")
        _ = try folder.file("prompts.jsonl", #"{"prompt": "It was"}"# + "\n")
        let corpus = path("tokenizer-corpus.txt")
        for (command, file) in [
            (["convert", folder.url.path, path("a.gguf"), "--to", "gguf"], "a.gguf"),
            (["convert", folder.url.path, path("a"), "--to", "xmodel"], "a/tokenizer.json"),
            (["quantize", folder.url.path, path("q.gguf"), "--type", "q8_0"], "q.gguf"),
            (["bench", "model", path("m.gguf"), "--preset", "nano", "--vocabulary", "1000"], "m.gguf"),
            (
                [
                    "tokenizer", "train", "--input", corpus, "--output", path("old"), "--vocabulary", "2000",
                    "--soft-limit",
                ],
                "old.model"
            ),
        ] {
            let before = try Set(FileManager.default.contentsOfDirectory(atPath: folder.url.path))
            // A tokenizer of this little text has some 10 KB.
            let limit = command[0] == "tokenizer" ? "ulimit -f 4" : Self.limited
            let result = try Program.run(command, input: "", throughShell: limit)
            #expect(result.status == 1, "\(command): \(result.talk)")
            #expect(
                result.talk.contains("Error: \(path(file)): cannot be written (File too large"), "\(result.talk)")
            #expect(result.talk.contains("ulimit -f") && result.talk.contains("raise the limit"), "\(result.talk)")
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.url.path)) == before)
        }
        #expect(try String(contentsOfFile: path("old.model"), encoding: .utf8) == "good")
        let output = try FileHandle(forWritingTo: folder.file("output", ""))
        let shown = try Program.run(
            ["tokenizer", "inspect", "--model", folder.url.path, "--count", "100000"], input: "", to: output,
            throughShell: "ulimit -f 1")
        #expect(shown.status == 1 && shown.talk.contains("the output cannot be written (File too large"))
    }

    @Test("a limit of file sizes at a checkpoint is the checkpoint's error; the shards' is theirs")
    func limitedRun() throws {
        let shards = try Program.run(train(path("run")), input: "", throughShell: Self.limited)
        #expect(shards.status == 1 && shards.talk.contains(".bin: cannot be written (File too large"), "\(shards.talk)")
        // Shards first, then weights that exceed the limit.
        let prepared = try Program.run(
            ["data", "prepare"] + train(path("run")).dropFirst() + ["--output", path("run/shards")], input: "")
        #expect(prepared.status == 0, "\(prepared.talk)")
        let run = try Program.run(train(path("run")), input: "", throughShell: "ulimit -f 100")
        #expect(run.status == 1, "\(run.talk)")
        #expect(
            run.talk.contains(
                "Error: \(path("run/checkpoints/step-00000005/model.safetensors")): the checkpoint of step 5 cannot be "
                    + "written (File too large"), "\(run.talk)")
        #expect(run.talk.contains("there is no earlier one: make room and run the same command again"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: path("run/checkpoints")).isEmpty)
    }

    private static let isRoot = getuid() == 0

    /// Runs commands of a shell in a disk of its own, which is gone when they end: $0 is the program, $1 the folder.
    private func onDisk(kibibytes: Int, _ script: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        let mount = path("disk")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        process.arguments = [
            "-m", "sh", "-c", "mount -t tmpfs -o size=\(kibibytes)k none \"$1\" || exit 99\n" + script,
            Program.url.path, mount,
        ]
        return try process.collect().output
    }

    private func quoted(_ arguments: [String]) -> String {
        "\"$0\" " + arguments.map { "'\($0)'" }.joined(separator: " ") + "\n"
    }

    @Test(
        "a full disk at a checkpoint says which one is intact, and the run goes on from it",
        .enabled(if: isRoot, "only root mounts a small disk"))
    func fullCheckpoint() throws {
        let prepared = try Program.run(["data", "prepare"] + train(path("shards")).dropFirst(), input: "")
        #expect(prepared.status == 0, "\(prepared.talk)")
        let run = train(path("disk/run")) + ["--set", "data.shards=\(path("shards"))"]
        // A checkpoint takes some 300 KiB.
        let output = try onDisk(
            kibibytes: 800,
            quoted(run + ["--set", "train.keep_last=9"]) + "echo status $?; ls -A $1/run/checkpoints $1/run\n"
                + "rm -r $1/run/checkpoints/step-00000005\n" + quoted(run + ["--set", "train.keep_last=1"])
                + "echo status $?; ls $1/run/checkpoints")
        let lines = output.split(separator: "\n").map(String.init)
        #expect(
            lines.contains {
                $0.hasPrefix("Error: \(path("disk/run/checkpoints/step-00000015"))/")
                    && $0.hasSuffix(
                        ": the checkpoint of step 15 cannot be written (No space left on device); that of step 10 is "
                            + "intact: make room and run the same command again to go on from there")
            }, "\(output)")
        #expect(lines.contains("status 1") && lines.contains("status 0") && lines.contains("report.html"), "\(output)")
        #expect(
            !output.contains(".partial") && lines.contains { $0.hasSuffix("resuming after step 10 from step-00000010") }
        )
        #expect(lines.last == "step-00000020", "\(output)")
    }

    @Test(
        "a full disk leaves the good tokenizer, model, chat and history",
        .enabled(if: isRoot, "only root mounts a small disk"))
    func fullFiles() throws {
        let corpus = path("tokenizer-corpus.txt")
        let output = try onDisk(
            kibibytes: 64,
            "cd \"$1\"; echo good > t.model; echo good > t.vocab; echo good > c.json; echo '\"good\"' > h\n"
                + "cat /dev/zero > filler 2> filler.log\n"
                + quoted([
                    "tokenizer", "train", "--input", corpus, "--output", "t", "--vocabulary", "2000", "--soft-limit",
                ])
                + "echo status $?\n" + quoted(["convert", folder.url.path, "m.gguf", "--to", "gguf"])
                + "echo status $?\n"
                + "printf 'hello\\n/save c.json\\n' | "
                + quoted(["chat", "--model", folder.url.path, "--max-tokens", "2"])
                + "echo status $?\ncat t.model t.vocab c.json; ls -A")
        for file in ["t.model", "m.gguf", "c.json"] {
            #expect(output.contains("disk/\(file): cannot be written (No space left on device)"), "\(output)")
        }
        let lines = output.split(separator: "\n")
        #expect(lines.count { $0 == "status 1" } == 3 && lines.count { $0 == "good" } == 3, "\(output)")
        #expect(!output.contains(".partial"), "\(output)")
    }
}
