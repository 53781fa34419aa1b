// Paired differences, McNemar's test and the bootstrap, against statsmodels and NumPy.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMEval
import XMSupport

@Suite("PairedComparisonTests")
struct PairedComparisonTests {
    @Test("difference, error, exact McNemar and the smallest detectable difference")
    func goldens() throws {
        for golden in try StatisticsGolden.cases("paired") {
            let pairs = try zip(golden.numbers("a"), golden.numbers("b")).map { (a: $0, b: $1) }
            let comparison = PairedComparison(pairs)
            #expect(try StatisticsGolden.isClose(comparison.difference.mean, golden.number("difference")))
            #expect(try StatisticsGolden.isClose(comparison.difference.standardError, golden.number("error")))
            #expect(try comparison.better == golden.count("better") && comparison.worse == golden.count("worse"))
            #expect(try StatisticsGolden.isClose(comparison.mcNemarP, golden.number("p")))
            if comparison.better + comparison.worse > 0 {
                let smallest = comparison.smallestDetectableDifference()
                #expect(try StatisticsGolden.isClose(smallest, golden.number("smallest")))
            } else {
                #expect(comparison.smallestDetectableDifference() == nil)
            }
        }
    }

    @Test("McNemar keeps its digits for tests of MMLU's size, and knows no difference")
    func mcNemar() {
        #expect(PairedComparison.mcNemar(0, 0) == 1 && PairedComparison.mcNemar(7, 7) == 1)
        #expect(PairedComparison.mcNemar(5, 0) == 0.0625 && PairedComparison.mcNemar(0, 5) == 0.0625)
        #expect(PairedComparison.mcNemar(3000, 2000) > 0 && PairedComparison.mcNemar(3000, 2000) < 1e-40)
    }

    @Test("the bootstrap is the same every time, depends on the seed, and has the width of the normal interval")
    func bootstrap() throws {
        let values = (0..<400).map { Double($0 % 5 == 0 ? 1 : 0) }
        let interval = try #require(Bootstrap().interval(ofMean: values))
        #expect(Bootstrap().interval(ofMean: values) == interval)
        func means(_ bootstrap: Bootstrap) -> [Double] {
            bootstrap.distribution(documents: 400) { $0.reduce(0) { $0 + values[$1] } }
        }
        #expect(means(Bootstrap(seed: 5)) != means(Bootstrap()))
        let normal = try #require(MeanEstimate(values).interval())
        // A thousand resamples place the ends within a few tenths of a standard error.
        #expect(abs(interval.lowerBound - normal.lowerBound) < 0.005)
        #expect(abs(interval.upperBound - normal.upperBound) < 0.005)
        #expect(Bootstrap().interval(ofMean: [1]) == nil && Bootstrap().interval(ofMean: [1, 1]) == 1...1)
    }

    @Test("the bootstrap of a ratio resamples whole documents")
    func ratio() throws {
        // Bits per byte of documents that all have 2 bits a byte are certain, however long each is.
        let (bits, bytes) = ([20.0, 2, 200], [10.0, 1, 100])
        let interval = Bootstrap(resamples: 200).interval(documents: 3) { indices in
            indices.reduce(0) { $0 + bits[$1] } / indices.reduce(0) { $0 + bytes[$1] }
        }
        #expect(interval == 2...2)
    }

    @Test("quantiles are NumPy's")
    func quantiles() throws {
        for golden in try StatisticsGolden.cases("quantiles") {
            let pair = golden.numbers
            let found = Bootstrap.quantile(pair[0], ofSorted: [1, 2, 4, 8, 16, 32])
            #expect(StatisticsGolden.isClose(found, pair[1]))
        }
    }
}
