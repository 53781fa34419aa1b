// Means and their errors, against SciPy, statsmodels, inspect_ai and lm-evaluation-harness.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMEval
import XMSupport

@Suite("MeanEstimateTests")
struct MeanEstimateTests {
    /// The values near 1e8 with spread 1 have seven digits of deviation less; both sides round there.
    static let largeValueTolerance = 1e-7

    @Test("the error of independent and of clustered documents")
    func means() throws {
        for golden in try StatisticsGolden.cases("means") {
            let values = try golden.numbers("values")
            let plain = MeanEstimate(values)
            let clustered = MeanEstimate(values, clusters: try golden.integers("clusters"))
            let tolerance = plain.mean > 1e7 ? Self.largeValueTolerance : StatisticsGolden.tolerance
            #expect(try StatisticsGolden.isClose(plain.mean, golden.number("mean")))
            #expect(try StatisticsGolden.isClose(plain.standardError, golden.number("error"), tolerance))
            #expect(try StatisticsGolden.isClose(clustered.standardError, golden.number("clustered"), tolerance))
            #expect(try StatisticsGolden.isClose(plain.interval()?.lowerBound, golden.number("low"), tolerance))
        }
    }

    @Test("every document its own cluster: √(C/(C−1)·Σd²)/n is the plain error")
    func singletons() {
        let values = [0.0, 1, 1, 0, 1, 0.5, 3]
        let (plain, clustered) = (MeanEstimate(values), MeanEstimate(values, clusters: Array(values.indices)))
        #expect(StatisticsGolden.isClose(clustered.standardError, plain.standardError ?? .nan))
    }

    @Test("groups, weighted by size and not")
    func pooled() throws {
        for golden in try StatisticsGolden.cases("pooled") {
            let parts = try zip(zip(golden.numbers("means"), golden.numbers("errors")), golden.integers("sizes")).map {
                MeanEstimate(mean: $0.0, standardError: $0.1, count: $1)
            }
            let (pooled, averaged) = (MeanEstimate(pooling: parts), MeanEstimate(averaging: parts))
            #expect(try StatisticsGolden.isClose(pooled.mean, golden.number("mean")))
            #expect(try StatisticsGolden.isClose(pooled.standardError, golden.number("error")))
            #expect(try StatisticsGolden.isClose(averaged.mean, golden.number("average")))
            #expect(try StatisticsGolden.isClose(averaged.standardError, golden.number("average_error")))
            #expect(MeanEstimate(pooling: parts + [MeanEstimate([])]) == pooled)
        }
    }

    @Test("an error that cannot be estimated is nil")
    func unknown() {
        #expect(MeanEstimate([0.5]).standardError == nil && MeanEstimate([0.5]).interval() == nil)
        #expect(MeanEstimate([]).mean.isNaN && MeanEstimate([]).interval() == nil)
        #expect(MeanEstimate([1, 2], clusters: [3, 3]).standardError == nil)
        #expect(MeanEstimate(pooling: [MeanEstimate([1]), MeanEstimate([0, 1])]).standardError == nil)
        #expect(MeanEstimate(pooling: []).standardError == nil && MeanEstimate(averaging: []).standardError == nil)
        #expect(MeanEstimate([1, 1]).standardError == 0)
    }

    @Test("sums lose nothing that a double can hold")
    func sums() {
        #expect(MeanEstimate.sum([1e100, 1, -1e100]) == 1)
        #expect(MeanEstimate.sum([Double](repeating: 0.1, count: 10)) == 1)
        #expect(MeanEstimate.sum([.infinity, 1]) == .infinity && MeanEstimate.sum([1, -.infinity]) == -.infinity)
    }
}
