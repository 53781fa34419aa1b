// From answers to metrics, by the rules of lm-evaluation-harness.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMInference
import XMSupport
import XMTestSupport

@Suite("DocumentScorerTests")
struct DocumentScorerTests {
    private let fixture: TaskFixture

    init() throws { fixture = try TaskFixture() }

    private func score(_ task: EvalTask, _ row: Int, _ logprobs: [Double]) throws -> [String: Double] {
        let responses = logprobs.map { [Response.score(logprob: $0, isGreedy: false)] }
        let score = try DocumentScorer(task).scores(of: row, responses)[0]
        return Dictionary(uniqueKeysWithValues: score.metrics.map { ($0.name, $0.value.value) })
    }

    @Test("acc takes the raw sum, acc_norm divides by characters, acc_bytes by UTF-8 bytes; the first of equals counts")
    func normalisation() throws {
        let rows = #"{"question": "q", "choices": ["ab", "éééé"], "answer": 1}"#
        let task = try fixture.task(TaskFixture.choiceTask + "  - metric: acc_bytes\n", rows: rows)
        #expect(try score(task, 0, [-2, -3]) == ["acc": 0, "acc_norm": 1, "acc_bytes": 1])
        #expect(try score(task, 0, [-2, -3.9]) == ["acc": 0, "acc_norm": 1, "acc_bytes": 1])
        #expect(try score(task, 0, [-1, -7]) == ["acc": 0, "acc_norm": 0, "acc_bytes": 0])
        #expect(try score(task, 0, [-1, -2.5])["acc_bytes"] == 1)
        #expect(try score(task, 0, [-1, -1]) == ["acc": 0, "acc_norm": 1, "acc_bytes": 1])
    }

    private func exactMatch(_ options: String, _ answer: String, gold: String) throws -> Double {
        let yaml = """
            task: words
            dataset: pairs.jsonl
            output_type: generate_until
            test_split: test
            doc_to_text: "q"
            doc_to_target: gold
            metric_list:
              - metric: exact_match
            \(options)
            """
        let gold = JSONValue.object(["gold": .string(gold)]).text
        let task = try fixture.task(yaml, rows: gold + "\n")
        let response = Response.text(answer, tokens: 1, finish: .stop)
        return try DocumentScorer(task).scores(of: 0, [[response]])[0].metrics[0].value.value
    }

    @Test("exact_match removes patterns first, then case, punctuation and digits")
    func exactMatch() throws {
        #expect(try exactMatch("", "Yes", gold: "yes") == 0)
        #expect(try exactMatch("    ignore_case: true", "Yes", gold: "yes") == 1)
        #expect(try exactMatch("    ignore_punctuation: true", "y-e.s", gold: "yes") == 1)
        #expect(try exactMatch("    ignore_numbers: true", "4yes2", gold: "yes") == 1)
        let gsm = #"    regexes_to_ignore: [",", "\\$", "(?s).*#### ", "\\.$"]"#
        #expect(try exactMatch(gsm, "$1,234.", gold: "3 + 4\nso\n#### 1234") == 1)
    }

    @Test("a regular expression takes the chosen match and group, stripped, and else says [invalid]")
    func regex() throws {
        let flexible = try PythonRegex(#"(-?[$0-9.,]{2,})|(-?[0-9]+)"#)
        #expect(flexible.selected(in: "about 12 apples or 7", match: -1) == "7")
        #expect(flexible.selected(in: "costs $3.50", match: 0) == "$3.50")
        #expect(flexible.selected(in: "none", match: 0) == nil)
        let bbh = try PythonRegex("(?<=the answer is )(.*)(?=.)")
        #expect(bbh.selected(in: "So the answer is (B).\nMore.", match: 0) == "(B)")
        // A carriage return and a line separator are characters like others to Python's dot.
        #expect(try PythonRegex("a(.*)b").selected(in: "a\r\u{2028}x b", match: 0) == "x")
        #expect(throws: PythonRegexError.self) { try PythonRegex("(") }
    }

    @Test("the perplexity of targets is exp of the mean negative log probability")
    func perplexity() throws {
        #expect(
            WeightedMetric.perplexity.value([
                .init(logLikelihood: -1, weight: 1), .init(logLikelihood: -3, weight: 1),
            ]) == exp(2))
        let yaml = """
            task: targets
            dataset: pairs.jsonl
            output_type: loglikelihood
            test_split: test
            doc_to_text: question
            doc_to_target: "{{choices[answer]}}"
            metric_list: [{metric: perplexity}, {metric: acc}]
            """
        let score = try DocumentScorer(fixture.task(yaml)).scores(of: 0, [[.score(logprob: -2, isGreedy: true)]])[0]
        #expect(score.metrics.map(\.name) == ["perplexity", "acc"] && score.metrics.map(\.value.value) == [-2, 1])
    }

    @Test("words are what Python's split on white space gives, blanks at the ends included")
    func words() throws {
        let yaml = """
            task: texts
            dataset: pairs.jsonl
            output_type: loglikelihood_rolling
            test_split: test
            doc_to_text: ""
            doc_to_target: text
            metric_list: [{metric: word_perplexity}, {metric: byte_perplexity}, {metric: bits_per_byte}]
            """
        let task = try fixture.task(yaml, rows: #"{"text": " two words \n"}"# + "\n")
        let score = try DocumentScorer(task).scores(of: 0, [[.score(logprob: -8, isGreedy: false)]])[0]
        #expect(score.metrics.map(\.value.weight) == [4, 12, 12])
    }
}
