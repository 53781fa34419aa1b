// Normal quantiles, binomial tails and Wilson's interval, against mpmath, exact whole numbers and statsmodels.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMEval
import XMSupport

@Suite("DistributionTests")
struct DistributionTests {
    @Test("normal quantiles, also far out")
    func normal() throws {
        for golden in try StatisticsGolden.cases("normal_quantiles") {
            let pair = golden.numbers
            #expect(StatisticsGolden.isClose(NormalDistribution.quantile(pair[0]), pair[1]), "\(pair[0])")
            #expect(abs(NormalDistribution.cumulative(pair[1]) / pair[0] - 1) < 1e-12)
        }
        #expect(NormalDistribution.quantile(0) == -.infinity && NormalDistribution.quantile(1) == .infinity)
        #expect(NormalDistribution.quantile(1.5).isNaN && NormalDistribution.quantile(.nan).isNaN)
    }

    /// Relative: the smallest tail is 1e-603 of one, written as 0.
    @Test("binomial probabilities keep twelve digits, however small")
    func binomial() throws {
        for golden in try StatisticsGolden.cases("binomial") {
            let k = try golden.count("k")
            let distribution = BinomialDistribution(
                trials: try golden.count("trials"), probability: try golden.number("p"))
            for (found, name) in [
                (distribution.mass(k), "mass"), (distribution.lowerTail(k), "lower"),
                (distribution.upperTail(k), "upper"),
            ] {
                let wanted = try golden.number(name)
                #expect(abs(found - wanted) <= 1e-12 * wanted, "\(name) of \(k) in \(distribution.trials)")
            }
        }
    }

    @Test("certain and impossible events")
    func edges() {
        let never = BinomialDistribution(trials: 5, probability: 0)
        let always = BinomialDistribution(trials: 5, probability: 1)
        #expect(never.lowerTail(0) == 1 && never.upperTail(1) == 0 && never.mass(0) == 1)
        #expect(always.lowerTail(4) == 0 && always.upperTail(5) == 1 && always.mass(5) == 1)
        let some = BinomialDistribution(trials: 5, probability: 0.3)
        #expect(some.lowerTail(-1) == 0 && some.lowerTail(9) == 1 && some.upperTail(0) == 1 && some.upperTail(6) == 0)
        #expect(BinomialDistribution(trials: 0, probability: 0.5).lowerTail(0) == 1)
    }

    @Test("Wilson's interval at three levels, from none right to all right")
    func wilson() throws {
        for golden in try StatisticsGolden.cases("wilson") {
            let interval = WilsonInterval.interval(
                successes: try golden.count("successes"), of: try golden.count("count"),
                level: try golden.number("level"))
            #expect(try StatisticsGolden.isClose(interval.lowerBound, golden.number("low")))
            #expect(try StatisticsGolden.isClose(interval.upperBound, golden.number("high")))
        }
        #expect(WilsonInterval.interval(successes: 0, of: 0) == 0...1)
    }
}
