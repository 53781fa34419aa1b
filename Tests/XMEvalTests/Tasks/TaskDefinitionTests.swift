// Task files: what is read strictly, what one file takes from another, and how names find tasks.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMSupport
import XMTestSupport

@Suite("TaskDefinitionTests")
struct TaskDefinitionTests {
    private let fixture: TaskFixture

    init() throws { fixture = try TaskFixture() }

    private func error(_ yaml: String) -> String {
        do {
            _ = try fixture.task(yaml)
            return "no error"
        } catch { return "\(error)" }
    }

    @Test("an unknown key is an error with file, line and the nearest name")
    func unknownKey() {
        let text = error(TaskFixture.choiceTask + "doc_to_choices: [a, b]\n")
        #expect(text.contains(".yaml:11"), "\(text)")
        #expect(text.contains("unknown key 'doc_to_choices'"))
        #expect(text.contains("did you mean 'doc_to_choice'?"))
    }

    @Test("an unknown metric lists those there are")
    func unknownMetric() {
        let text = error(TaskFixture.choiceTask.replacing("metric: acc_norm", with: "metric: acc_nrom"))
        #expect(text.contains("did you mean 'acc_norm'?"), "\(text)")
    }

    @Test("a malformed regular expression is named with file and line before anything is asked")
    func malformedPattern() {
        let text = error(
            TaskFixture.generationTask
                + "filter_list: [{name: a, filter: [{function: regex, regex_pattern: '('}]}]\n")
        #expect(text.contains(".yaml:13: ") && text.contains("is '('; it must be a regular expression"), "\(text)")
    }

    @Test("a metric that does not go with the output type is named with the task")
    func wrongMetric() async throws {
        let task = try fixture.task(TaskFixture.choiceTask.replacing("acc_norm", with: "word_perplexity"))
        #expect(throws: EvalTaskError.self) {
            try DocumentScorer(task).scores(
                of: 0, [[.score(logprob: -1, isGreedy: true)], [.score(logprob: -2, isGreedy: false)]])
        }
    }

    @Test("a file takes from its include what it does not say itself, and errors name the file that has the key")
    func include() throws {
        _ = try fixture.folder.file("_base.yaml", TaskFixture.choiceTask)
        let definition = try fixture.definition("include: _base.yaml\ntask: other\nnum_fewshot: 2\n")
        #expect(definition.task == "other" && definition.numFewshot == 2 && definition.metrics.count == 2)
        _ = try fixture.folder.file("_broken.yaml", TaskFixture.choiceTask + "shots: 3\n")
        let text = error("include: _broken.yaml\ntask: other\n")
        #expect(text.contains("_broken.yaml:11: unknown key 'shots'"), "\(text)")
    }

    @Test("includes that lead back are an error")
    func circularInclude() throws {
        _ = try fixture.folder.file("_a.yaml", "include: _b.yaml\n")
        _ = try fixture.folder.file("_b.yaml", "include: _a.yaml\n")
        #expect(error("include: _a.yaml\ntask: x\n").contains("its includes lead back to"))
    }

    @Test("one file defines a task for each subject")
    func subjects() throws {
        _ = try fixture.folder.file("pairs.jsonl", TaskFixture.rows)
        let yaml =
            TaskFixture.choiceTask.replacing("task: pairs", with: "task: pairs_{{subject}}") + """
                subjects: {ice: cold things, rain: wet things}
                description: "About {{subject_text}}.\\n\\n"
                """
        let file = try fixture.folder.file("subjects.yaml", yaml)
        var library = try TaskLibrary(fixture.folder.url)
        let tasks = try library.resolve([file.path]).tasks
        #expect(tasks.map(\.task) == ["pairs_ice", "pairs_rain"])
        #expect(tasks[1].description == "About wet things.\n\n" && tasks[1].alias == "rain")
    }

    @Test("groups, tags and tasks are found by name, each task once; a wrong name has a suggestion")
    func names() throws {
        _ = try fixture.folder.file("pairs.yaml", TaskFixture.choiceTask + "tag: [quick]\n")
        _ = try fixture.folder.file("words.yaml", TaskFixture.generationTask)
        _ = try fixture.folder.file("all.yaml", "group: all\ntask: [quick, words]\n")
        var library = try TaskLibrary(fixture.folder.url)
        let resolved = try library.resolve(["words", "all"])
        #expect(resolved.tasks.map(\.task) == ["words", "pairs"])
        #expect(resolved.groups.map(\.group.group) == ["all"])
        #expect(throws: TaskLibraryError.unknown("wrods", group: nil, nearest: "words")) {
            try library.resolve(["wrods"])
        }
    }

    @Test("a group that contains itself is an error")
    func circularGroup() throws {
        _ = try fixture.folder.file("a.yaml", "group: a\ntask: [b]\n")
        _ = try fixture.folder.file("b.yaml", "group: b\ntask: [a]\n")
        var library = try TaskLibrary(fixture.folder.url)
        #expect(throws: TaskLibraryError.circular(["a", "b", "a"])) { try library.resolve(["a"]) }
    }

    @Test("every task that comes with the program can be read, and every group names tasks that exist")
    func bundled() throws {
        var library = try TaskLibrary(TaskLibrary.bundledFolder().appending(path: "tasks"))
        #expect(library.tasks.count > 250)
        for group in library.groups.map(\.group) { #expect(try !library.resolve([group]).tasks.isEmpty) }
        #expect(try library.resolve(["xmodel2"]).groups.first?.group.task.count == 14)
    }
}
