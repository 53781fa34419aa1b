// `xmodel eval` as a program: a run that is killed goes on, bad input is named, and results can be looked at again.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@Suite("EvalTests")
struct EvalTests {
    private let folder: TemporaryFolder
    private var model: String { folder.url.appending(path: "model").path }

    init() throws {
        folder = try TemporaryFolder()
        let model = folder.url.appending(path: "model")
        try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
        try TinyModelFolder.write(to: model)
        let rows = (0..<60).map {
            #"{"question": "Is \#($0 * 7919 % 101) more than \#($0)", "choices": ["no", "yes", "perhaps"], "answer": \#($0 % 3)}"#
        }
        _ = try folder.file("sums.jsonl", rows.joined(separator: "\n"))
        _ = try folder.file(
            "sums.yaml",
            """
            task: sums
            dataset: sums.jsonl
            output_type: multiple_choice
            test_split: test
            doc_to_text: "Question: {{question}}?\\nAnswer:"
            doc_to_choice: choices
            doc_to_target: answer
            metric_list: [{metric: acc}, {metric: acc_norm}]
            """)
        _ = try folder.file(
            "words.yaml",
            """
            task: words
            dataset: sums.jsonl
            output_type: generate_until
            test_split: test
            doc_to_text: "{{question}}:"
            doc_to_target: "{{choices[answer]}}"
            generation_kwargs: {until: ["\\n"], max_gen_toks: 24}
            filter_list:
              - {name: number, filter: [{function: regex, regex_pattern: "([0-9]+)"}, {function: take_first}]}
            metric_list: [{metric: exact_match}]
            """)
    }

    private func path(_ name: String) -> String { folder.url.appending(path: name).path }

    private func arguments(_ output: String, _ more: [String] = [], tasks: String? = nil) -> [String] {
        [
            "eval", "--model", model, "--tasks", tasks ?? "\(path("sums.yaml")),\(path("words.yaml"))", "--output",
            path(output), "--samples", "--threads", "1", "--compute", "f32",
        ] + more
    }

    /// The samples files of a run, by task. Names have the time in them, contents have not.
    private func samples(_ output: String) throws -> [String: String] {
        let results = folder.url.appending(path: output).appending(path: "model")
        var texts: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: results.path) where name.hasPrefix("samples_") {
            let task = String(name.split(separator: "_")[1])
            texts[task] = try String(contentsOf: results.appending(path: name), encoding: .utf8)
        }
        return texts
    }

    // MARK: - Going on

    @Test("kill -9 at any moment, and the same command: the same samples as without")
    func killed() throws {
        let whole = try Program.run(arguments("whole", ["--batch", "4"]))
        #expect(whole.status == 0, "\(whole.output)")
        let expected = try samples("whole")
        #expect(expected.count == 2)
        for delay in [50_000, 150_000, 400_000, 900_000] as [UInt32] {
            let first = try Program.start(arguments("killed-\(delay)", ["--batch", "4"]))
            usleep(delay)
            kill(first.processIdentifier, SIGKILL)
            first.waitUntilExit()
            let second = try Program.run(arguments("killed-\(delay)", ["--batch", "8"]))
            #expect(second.status == 0, "\(second.output)")
            #expect(try samples("killed-\(delay)") == expected, "killed after \(delay) µs")
        }
    }

    @Test("Ctrl-C stores what was answered and says how to go on")
    func interrupted() throws {
        let process = try Program.start(arguments("interrupted", ["--batch", "1"]))
        usleep(300_000)
        process.interrupt()
        process.waitUntilExit()
        // It may have finished, or not have begun.
        #expect([0, SIGINT, 128 + SIGINT].contains(process.terminationStatus))
        let again = try Program.run(arguments("interrupted"))
        #expect(again.status == 0, "\(again.output)")
    }

    @Test("a second run asks nothing that the first one stored")
    func stored() throws {
        #expect(try Program.run(arguments("stored")).status == 0)
        let second = try Program.run(arguments("stored"))
        #expect(second.output.contains("240 of 240 answers are stored already"), "\(second.output)")
    }

    // MARK: - Bad input

    @Test(
        "bad input ends with a sentence that names it",
        arguments: [
            (["--tasks", "arc_eazy"], "there is no task, group or tag 'arc_eazy'; did you mean 'arc_easy'?"),
            (["--tasks", "arc_easy"], "arc: no file eval/commonsense/arc/ARC-Easy-Test.jsonl"),
            (["--bos"], "leave --bos out"),
            (["--context", "100000"], "was made for at most 8192 positions"),
        ])
    func badInput(more: [String], sentence: String) throws {
        var all = arguments("bad")
        if more[0] == "--tasks" {
            all.remove(at: all.firstIndex(of: "--tasks")! + 1)
            all.removeAll { $0 == "--tasks" }
            all += ["--data-root", folder.url.path]
        }
        let run = try Program.run(all + more)
        if more == ["--bos"], run.status == 0 { return }  // the tiny model has a BOS
        #expect(run.status == 1)
        #expect(run.output.contains(sentence), "\(run.output)")
    }

    @Test("two programs do not write into one folder")
    func locked() throws {
        let output = folder.url.appending(path: "locked")
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        let lock = try FolderLock(output)
        defer { withExtendedLifetime(lock) {} }
        let run = try Program.run(arguments("locked"))
        #expect(run.status == 1 && run.output.contains("is writing into this folder"), "\(run.output)")
    }

    @Test("--chat needs a template, and --tasks and --output must be there")
    func chat() throws {
        let chat = try Program.run(arguments("chat", ["--chat", "--limit", "2"]))
        #expect(chat.status == 0, "\(chat.output)")
        let results = try FileManager.default.contentsOfDirectory(atPath: path("chat") + "/model")
        let name = try #require(results.first { $0.hasPrefix("results_") })
        #expect(try String(contentsOfFile: path("chat") + "/model/" + name, encoding: .utf8).contains("<|im_start|>"))
        let nothing = try Program.run(["eval", "--model", model])
        #expect(nothing.status == 64 && nothing.output.contains("--tasks is missing"))
    }

    @Test("a row that a template cannot use is named")
    func rows() throws {
        _ = try folder.file("broken.jsonl", #"{"question": "a", "choices": ["x", "y"], "answer": 0}"# + "\n{}\n")
        let yaml = try String(contentsOfFile: path("sums.yaml"), encoding: .utf8)
        _ = try folder.file("broken.yaml", yaml.replacing("sums.jsonl", with: "broken.jsonl"))
        let run = try Program.run(arguments("broken", tasks: path("broken.yaml")))
        #expect(run.status == 1 && run.output.contains("sums, document 1: 'doc_to_choice'"), "\(run.output)")
    }

    @Test("a full disk stops the run with the file's name, and what is stored stays")
    func fullDisk() throws {
        // A limit on the size of files: the store cannot grow.
        let run = try Program.run(arguments("full"), input: "", throughShell: "ulimit -f 24")
        #expect(run.status != 0)
        let again = try Program.run(arguments("full"))
        #expect(again.status == 0, "\(again.output)")
    }

    // MARK: - Looking

    @Test("show prints what was asked, compare pairs two runs, report makes the page again")
    func looking() throws {
        #expect(try Program.run(arguments("a")).status == 0)
        let shots = try Program.run(arguments("b", ["--limit", "30"]))
        #expect(shots.status == 0 && shots.output.contains("95 % interval"))
        let shown = try Program.run(["eval", "show", path("a"), "--task", "sums", "--wrong", "--limit", "2"])
        #expect(shown.status == 0 && shown.output.contains("Question: Is "), "\(shown.output)")
        let unanswered = try Program.run(["eval", "show", path("a"), "--task", "words", "--unanswered"])
        #expect(unanswered.status == 0)
        let unknown = try Program.run(["eval", "show", path("a"), "--task", "sum"])
        #expect(unknown.status == 1 && unknown.output.contains("sums"))
        let compared = try Program.run(["eval", "compare", path("a"), path("b")])
        #expect(compared.status == 0 && compared.output.contains("sums"), "\(compared.output)")
        let report = try Program.run(["eval", "report", path("a")])
        #expect(report.status == 0 && report.output.contains("report.html"))
        let page = try String(contentsOfFile: path("a") + "/model/report.html", encoding: .utf8)
        #expect(page.contains("<svg") && page.contains("sums"))
    }

    @Test("--dry-run counts requests and tokens and asks nothing; --list has every group")
    func plans() throws {
        let plan = try Program.run(arguments("plan", ["--dry-run"]))
        #expect(plan.status == 0 && plan.output.contains("expected time"), "\(plan.output)")
        #expect(plan.output.contains("180") && plan.output.contains("60"))
        #expect(!FileManager.default.fileExists(atPath: path("plan")))
        let list = try Program.run(["eval", "--list"])
        #expect(list.status == 0 && list.output.contains("xmodel2") && list.output.contains("arc_easy"))
    }

    @Test("a recipe's benchmarks are measured during training, and one of them chooses the best checkpoint")
    func training() throws {
        try TinyCorpus.write(to: folder.url)
        let recipe = RepositoryFiles.root.appending(path: "recipes/pretrain/quickstart.yaml").path
        let output = folder.url.appending(path: "run")
        let keys = [
            "model.hidden_size=32", "model.intermediate_size=64", "model.num_hidden_layers=1",
            "model.num_attention_heads=2", "model.num_key_value_heads=1", "train.steps=4", "schedule.decay_steps=0",
            "train.sequence_length=64", "schedule.warmup_steps=1", "train.save_every=0",
            "benchmarks={tasks: [\(path("sums.yaml"))], limit: 6, every: 2, best: sums/acc}",
        ]
        let train = ["train", recipe, "--data-root", folder.url.path, "--output", output.path, "--threads", "1"]
        let run = try Program.run(train + keys.flatMap { ["--set", $0] })
        #expect(run.status == 0, "\(run.output)")
        let metrics = try String(contentsOf: output.appending(path: "metrics.jsonl"), encoding: .utf8)
        #expect(metrics.split(separator: "\n").count { $0.contains(#""sums":{"acc""#) } == 2, "\(metrics)")
        #expect(FileManager.default.fileExists(atPath: output.appending(path: "checkpoints/best").path))
        let wrong = try Program.run(
            train
                + (keys.dropLast() + ["benchmarks={tasks: [\(path("sums.yaml"))], best: sums/accuracy}"])
                .flatMap { ["--set", $0] } + ["--restart"])
        #expect(wrong.status == 1 && wrong.output.contains("benchmarks.best names 'accuracy'"), "\(wrong.output)")
    }
}
