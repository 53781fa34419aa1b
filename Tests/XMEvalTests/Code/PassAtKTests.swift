// pass@k against values by hand and against its definition with binomials.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMEval

@Suite("PassAtK")
struct PassAtKTests {
    @Test(
        "values by hand",
        arguments: [
            (1, 0, 1, 0), (1, 1, 1, 1), (5, 2, 1, 0.4), (10, 3, 5, 1 - 21.0 / 252), (200, 1, 100, 0.5), (4, 2, 3, 1),
            (200, 0, 100, 0),
        ] as [(Int, Int, Int, Double)])
    func values(n: Int, c: Int, k: Int, expected: Double) {
        #expect(abs(passAtK(samples: n, correct: c, k: k) - expected) < 1e-15)
    }

    @Test("of one answer it is the share of correct ones, and it grows with k")
    func shape() {
        for n in [1, 3, 17, 255] {
            for c in Set([0, 1, n / 2, n]) {
                #expect(abs(passAtK(samples: n, correct: c, k: 1) - Double(c) / Double(n)) < 1e-12)
                let all = (1...n).map { passAtK(samples: n, correct: c, k: $0) }
                #expect(zip(all, all.dropFirst()).allSatisfy { $0 <= $1 })
                #expect(all.last == (c > 0 ? 1 : 0))
            }
        }
    }

    @Test("the mean over all choices of k answers")
    func enumeration() {
        let (n, c, k) = (7, 3, 4)
        let choices = (0..<1 << n).filter { $0.nonzeroBitCount == k }
        let passing = choices.filter { $0 & ((1 << c) - 1) != 0 }
        #expect(
            abs(passAtK(samples: n, correct: c, k: k) - Double(passing.count) / Double(choices.count)) < 1e-15)
    }
}
