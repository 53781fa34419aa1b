// Reliability bins, calibration errors and Brier scores, against NumPy.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMEval
import XMSupport

@Suite("CalibrationTests")
struct CalibrationTests {
    @Test("bins of equal width and mass, ECE and Brier, of all choices and of the top one")
    func goldens() throws {
        for golden in try StatisticsGolden.cases("calibration") {
            let questions = try zip(golden.list("logs"), golden.integers("gold")).map { logs, gold in
                Calibration.Question(logLikelihoods: logs.numbers, gold: [gold])
            }
            #expect(try StatisticsGolden.isClose(Calibration.brier(questions), golden.number("brier_questions")))
            for (mode, calibration) in [
                ("all", Calibration.allChoices(questions)), ("top", Calibration.topChoice(questions)),
            ] {
                #expect(try StatisticsGolden.isClose(calibration.brier, golden.number("\(mode)_brier")))
                for count in [10, 15] {
                    try check(calibration.equalWidthBins(count), golden, "\(mode)_width_\(count)")
                    try check(calibration.equalMassBins(count), golden, "\(mode)_mass_\(count)")
                }
            }
        }
    }

    private func check(_ bins: [Calibration.Bin], _ golden: JSONValue, _ name: String) throws {
        #expect(try StatisticsGolden.isClose(Calibration.error(bins), golden.number("\(name)_ece")), "\(name)")
        let wanted = try golden.list(name).map { $0.numbers }
        #expect(bins.count == wanted.count)
        for (bin, numbers) in zip(bins, wanted) {
            #expect(bin.count == Int(numbers[0]), "\(name)")
            #expect(StatisticsGolden.isClose(bin.meanConfidence, numbers[1]), "\(name)")
            #expect(StatisticsGolden.isClose(bin.accuracy, numbers[2]), "\(name)")
        }
    }

    @Test("bins are closed on the right, and the first one has 0")
    func edges() {
        let points = [0, 0.1, 0.2, 0.30000000000000004, 0.5, 0.7, 0.9, 1].map {
            Calibration.Point(confidence: $0, isRight: true)
        }
        #expect(Calibration(points: points).equalWidthBins(10).map(\.count) == [2, 1, 0, 1, 1, 0, 1, 0, 1, 1])
        #expect(Calibration(points: []).equalWidthBins(3).map(\.count) == [0, 0, 0])
        #expect(Calibration(points: []).equalMassBins(3).map(\.count) == [0, 0, 0])
    }

    @Test("of equal choices the first is on top, and any gold is right")
    func ties() {
        let question = Calibration.Question(logLikelihoods: [-3, -1, -1], gold: [1, 2])
        #expect(question.top == 1)
        #expect(Calibration.topChoice([question]).points.map(\.isRight) == [true])
        #expect(Calibration.allChoices([question]).points.map(\.isRight) == [false, true, true])
        #expect(Calibration.Question(logLikelihoods: [], gold: []).top == nil)
        // Log-likelihoods of whole texts: far below what exp can hold.
        #expect(Calibration.Question(logLikelihoods: [-2000, -2000], gold: [0]).probabilities == [0.5, 0.5])
    }
}
