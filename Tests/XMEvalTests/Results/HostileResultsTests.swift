// Mutated and truncated results and samples files: each is an error or can be shown, compared and reported.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMSupport
import XMTestSupport

@Suite("HostileResultsTests")
struct HostileResultsTests {
    /// One to four changes of a byte, a deletion, a number that is too large, or a cut.
    private func mutated(_ data: Data, _ stream: inout RandomStream) -> Data {
        var bytes = Array(data)
        func place(_ stream: inout RandomStream) -> Int { Int(stream.next() % UInt64(max(bytes.count, 1))) }
        for _ in 0...stream.next() % 4 where !bytes.isEmpty {
            switch stream.next() % 5 {
            case 0: bytes[place(&stream)] = UInt8(truncatingIfNeeded: stream.next())
            case 1: bytes.remove(at: place(&stream))
            case 2: bytes.removeSubrange(place(&stream)...)
            case 3:
                // Inside a number, so that what is still JSON is out of every range.
                let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
                guard !digits.isEmpty else { break }
                let at = digits[Int(stream.next() % UInt64(digits.count))]
                bytes.replaceSubrange(at...at, with: (stream.next() % 2 == 0 ? "9223372036854775807" : "1e999").utf8)
            default:
                let (a, b) = (place(&stream), place(&stream))
                bytes.swapAt(a, b)
            }
        }
        return Data(bytes)
    }

    private func use(_ results: ResultsFile, _ samples: [(task: String, samples: [Sample])]) {
        #expect(!ScoreTable.text(results).isEmpty)
        #expect(!EvaluationReport(results: results, samples: samples).html.isEmpty)
        for entry in samples {
            for selection in SampleBrowser.Selection.allCases {
                for sample in SampleBrowser(entry.samples).selected(selection) {
                    #expect(!SampleBrowser.title(sample).isEmpty && !SampleBrowser.page(sample).isEmpty)
                }
            }
        }
    }

    @Test("mutated results files")
    func results() throws {
        let folder = try TemporaryFolder()
        let (file, data) = (folder.url.appending(path: "r"), try Data(contentsOf: HarnessFixture.results("a").file))
        var stream = RandomStream(seed: 1, "hostile results")
        var readable = 0
        for _ in 0..<100 {
            try mutated(data, &stream).write(to: file)
            do throws(ResultsError) {
                use(try ResultsFile.read(file), [])
                readable += 1
            } catch {
                #expect(error.description.hasPrefix(file.path))
            }
        }
        #expect((10..<90).contains(readable))
    }

    @Test("mutated samples files", arguments: HarnessFixture.tasks)
    func samples(task: String) throws {
        let (folder, a) = (try TemporaryFolder(), try HarnessFixture.results("a"))
        let good = try a.samples(of: task)
        let file = folder.url.appending(path: "s")
        // Two documents: a mutation is likelier to hit something than in forty.
        try SampleFile.write(good.prefix(2), to: file)
        let data = try Data(contentsOf: file)
        var stream = RandomStream(seed: 2, "hostile samples")
        var readable = 0
        for _ in 0..<60 {
            try mutated(data, &stream).write(to: file)
            do throws(ResultsError) {
                let samples = try SampleFile.read(file)
                use(a.results, [(task, samples)])
                readable += 1
            } catch {
                #expect(error.description.hasPrefix(file.path))
            }
        }
        #expect(readable > 5)
    }

    @Test("runs whose scores are infinite or no numbers can be compared")
    func infinite() throws {
        let (folder, a) = (try TemporaryFolder(), try HarnessFixture.results("a"))
        let samples = try a.sampledTasks.map { task in
            var samples = try a.samples(of: task)
            for index in samples.indices {
                samples[index].metrics = samples[index].metrics.map { metric in
                    .init(
                        metric.name,
                        metric.value.array == nil ? .number("1e999") : .array([.number("-1e999"), .number("0")]))
                }
            }
            return (task: task, samples: samples)
        }
        let b = try ResultsFolder(a.results.write(into: folder.url, samples: samples))
        #expect(try Comparison(a, b).rows.allSatisfy { $0.interval == nil })
    }
}
