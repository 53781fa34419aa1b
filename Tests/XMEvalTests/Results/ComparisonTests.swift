// Two runs compared: the numbers of the paired test, what is refused, and the text.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMSupport
import XMTestSupport

@Suite("ComparisonTests")
struct ComparisonTests {
    @Test("rows have the scores of both files and the paired statistics; a group has all its documents")
    func rows() throws {
        let (a, b) = (try HarnessFixture.results("a"), try HarnessFixture.results("b"))
        let comparison = try Comparison(a, b)
        #expect(comparison.notes.isEmpty)
        #expect(comparison.rows.count == a.results.tasks.reduce(0) { $0 + $1.scores.count })
        for row in comparison.rows {
            let task = try #require(a.results.tasks.first { $0.alias == row.task })
            let other = try #require(b.results.task(task.name))
            #expect(StatisticsGolden.isClose(row.a, try #require(task.score(row.metric, row.filter)).value))
            #expect(StatisticsGolden.isClose(row.b, try #require(other.score(row.metric, row.filter)).value))
            #expect(row.pairs == task.documents?.effective)
            #expect(row.interval.map { $0.contains(row.difference) } == true)
        }
        let group = try #require(comparison.rows.first { $0.task == "sums" })
        let parts = comparison.rows.filter { ["sums_small", "large"].contains($0.task) && $0.metric == "acc" }
        let difference = parts.reduce(0) { $0 + $1.difference * Double($1.pairs) } / Double(group.pairs)
        #expect(abs(group.difference - difference) < 1e-12)
    }

    @Test("a run against itself has no difference and no smallest one")
    func same() throws {
        let a = try HarnessFixture.results("a")
        for row in try Comparison(a, a).rows {
            #expect(row.difference == 0 && row.verdict == .none && row.smallestDetectable == nil)
            #expect(row.p == nil || row.p == 1)
        }
    }

    @Test("the text")
    func text() throws {
        let text = try Comparison(try HarnessFixture.results("a"), try HarnessFixture.results("b")).text
        #expect(
            text == """
                A: made-up/a
                B: made-up/b

                task          metric                         n         A         B     B − A       ±          95 % interval       p  smallest  verdict
                sums          acc                           55    0.5818    0.9455   +0.3636  0.0750      +0.2182 … +0.4909   4e-05    0.2103  B is better
                  sums_small  acc                           15    0.4667    1.0000   +0.5333  0.1333      +0.3317 … +0.8000  0.0078    0.3735  B is better
                  sums_small  acc_norm                      15    0.4000    1.0000   +0.6000  0.1309      +0.3333 … +0.8667  0.0039    0.3668  B is better
                  large       acc                           40    0.6250    0.9250   +0.3000  0.0892      +0.1250 … +0.4750  0.0042    0.2498  B is better
                  large       acc_norm                      40    0.6250    0.9250   +0.3000  0.0892      +0.1250 … +0.4750  0.0042    0.2498  B is better
                who           acc                           10    0.6000    0.4000   −0.2000  0.2494      −0.6025 … +0.3000  0.6875    0.6988  no difference seen
                sums_written  exact_match,strict-match      40    0.2250    0.3750   +0.1500  0.1107      −0.0750 … +0.3500  0.2632    0.3100  no difference seen
                sums_written  exact_match,flexible-extract  40    0.3500    0.6250   +0.2750  0.1012      +0.0750 … +0.4750  0.0192    0.2835  B is better
                pages         word_perplexity                8  260.1598  358.0177  +97.8578          −529.0941 … +947.8296                    no difference seen
                pages         byte_perplexity                8    2.6358    2.7866   +0.1508              −0.6138 … +1.1472                    no difference seen
                pages         bits_per_byte                  8    1.3982    1.4785   +0.0803              −0.3237 … +0.6335                    no difference seen

                n: documents that both answered. ±: standard error of the paired difference. 95 % interval: bootstrap.
                p: McNemar's exact test, the probability that equally good models split at least this unevenly.
                smallest: the smallest true difference that n documents reveal four times out of five (at p < 0.05).
                Of 8 tests, about 0.4 fall below 0.05 by chance.
                """)
    }

    /// Writes the fixture's run `b` with its samples changed.
    private func changed(_ folder: TemporaryFolder, _ change: (inout Sample) -> Void) throws -> ResultsFolder {
        let b = try HarnessFixture.results("b")
        let samples = try b.sampledTasks.map { task in
            var samples = try b.samples(of: task)
            for index in samples.indices { change(&samples[index]) }
            return (task: task, samples: samples)
        }
        return try ResultsFolder(b.results.write(into: folder.url, samples: samples))
    }

    @Test("different prompts are refused, and compared where allowed")
    func prompts() throws {
        let folder = try TemporaryFolder()
        let a = try HarnessFixture.results("a")
        let b = try changed(folder) { if $0.docID == 3 { $0.promptHash = "0" } }
        let error = #expect(throws: ResultsError.self) { try Comparison(a, b) }
        #expect(error == .differentPrompts(task: "sums_small", count: 1, pairs: 15, docID: 3))
        #expect(try Comparison(a, b, allowsDifferentPrompts: true).rows.count == 11)
    }

    @Test("documents that only one run has are told; without any in common there is nothing to compare")
    func unpaired() throws {
        let (folder, a) = (try TemporaryFolder(), try HarnessFixture.results("a"))
        let some = try changed(folder) { if $0.docID > 4 { $0.docHash = "0" } }
        let comparison = try Comparison(a, some)
        #expect(comparison.notes.contains("sums_small: 20 samples that only one run has"))
        #expect(comparison.rows.first { $0.task == "who" }?.pairs == 5)
        let other = try TemporaryFolder()
        let none = try changed(other) { $0.docHash = "0" }
        #expect(throws: ResultsError.nothingToPair(task: "sums_small", a.file.path, none.file.path)) {
            try Comparison(a, none)
        }
    }

    @Test("runs without samples, or of other tasks, are refused")
    func noSamples() throws {
        let (folder, a) = (try TemporaryFolder(), try HarnessFixture.results("a"))
        let empty = try ResultsFolder(try HarnessFixture.results("b").results.write(into: folder.url))
        #expect(throws: ResultsError.nothingShared(a.file.path, empty.file.path)) { try Comparison(a, empty) }
        #expect(throws: ResultsError.nothingShared(empty.file.path, a.file.path)) { try Comparison(empty, a) }
    }
}
