// Draws equal Python's, against CPython's own and against the few-shot indices of GSM8K.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMEval
import XMSupport

@Suite("PythonRandomTests")
struct PythonRandomTests {
    @Test("outputs, samples by both methods, shuffles, choices and bits are CPython's")
    func goldens() throws {
        for golden in try StatisticsGolden.cases("python_random") {
            let seed = try golden.count("seed")
            var random = PythonRandom(seed: seed)
            let outputs = (0..<700).map { _ in Int(random.next()) }
            #expect(try stride(from: 0, to: 700, by: 50).map { outputs[$0] } == golden.integers("outputs"))

            random = PythonRandom(seed: seed)
            for sample in try golden.list("samples") {
                let (population, count) = (try sample.count("population"), try sample.count("count"))
                #expect(try random.sample(population, count) == sample.integers("indices"), "\(count) of \(population)")
            }
            var order = Array(0..<50)
            random.shuffle(&order)
            #expect(try order == golden.integers("shuffled"))
            #expect(try [1, 2, 3, 4, 5, 7, 8, 100, 1 << 31].map { random.choice($0) } == golden.integers("choices"))
            #expect(try [1, 2, 7, 31, 32].map { Int(random.bits($0)) } == golden.integers("bits"))
        }
    }

    @Test("the few-shot examples of GSM8K's first four questions")
    func gsm8k() {
        var random = PythonRandom(seed: 1234)
        #expect((0..<4).map { _ in random.next() } == [4_150_886_329, 3_342_196_574, 1_892_932_127, 501_869_158])
        random = PythonRandom(seed: 1234)
        #expect(
            (0..<4).map { _ in random.sample(7473, 5) } == [
                [6374, 3610, 957, 61, 742], [7462, 6610, 4769, 286, 5501], [5677, 687, 806, 6279, 2905],
                [1939, 142, 252, 6461, 129],
            ])
    }

    @Test("a seed and its negative give the same draws, as in Python")
    func negative() {
        var (one, other) = (PythonRandom(seed: 7), PythonRandom(seed: -7))
        #expect(one.next() == other.next())
        var smallest = PythonRandom(seed: .min)
        #expect(smallest.sample(0, 0) == [])
    }
}
