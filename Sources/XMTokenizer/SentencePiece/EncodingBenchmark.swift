// Times our encoder against libsentencepiece's on the same lines, single-threaded and alternating, and compares their
// ids.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package struct EncodingBenchmark: Sendable {
    package let tokensPerSecond: Double
    package let libraryTokensPerSecond: Double
    package let sameIDs: Bool

    /// Medians of `rounds` alternating passes over the lines.
    package static func run(model: URL, lines: [String], rounds: Int = 3) throws -> EncodingBenchmark {
        let library = try SentencePieceLibrary(contentsOf: model)
        let ours = try SentencePieceTokenizer(contentsOf: model, symbolScore: library.symbolScore(in: lines))
        let texts = lines.map { Array($0.utf8) }
        var (ourTimes, theirTimes): ([Double], [Double]) = ([], [])
        var tokens = 0
        var same = true
        for round in 0...rounds {
            var mine: [Int32] = []
            var start = ContinuousClock.now
            for text in texts { text.withUnsafeBufferPointer { ours.encode(utf8: $0, into: &mine) } }
            ourTimes.append(seconds(since: start))
            start = ContinuousClock.now
            var theirs = 0
            for text in texts { theirs += library.count(text) }
            theirTimes.append(seconds(since: start))
            tokens = mine.count
            if round == 0 { same = mine == texts.flatMap { library.encode($0) } }
            same = same && theirs == mine.count
        }
        func median(_ values: [Double]) -> Double { values.dropFirst().sorted()[rounds / 2] }
        return EncodingBenchmark(
            tokensPerSecond: Double(tokens) / median(ourTimes),
            libraryTokensPerSecond: Double(tokens) / median(theirTimes), sameIDs: same)
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let time = ContinuousClock.now - start
        return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    }
}
