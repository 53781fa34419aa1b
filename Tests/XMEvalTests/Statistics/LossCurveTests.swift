// The fit of loss by token index, against SciPy polished with mpmath, and against the report's published curve.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMEval
import XMSupport

@Suite("LossCurveTests")
struct LossCurveTests {
    /// Least squares that were solved in doubles: at the minimum the error is flat, and rounding hides the last digits.
    static let fitTolerance = 1e-9

    @Test("the least squares of clean and noisy losses")
    func goldens() throws {
        for golden in try StatisticsGolden.cases("loss_curves") {
            let losses = try golden.numbers("losses")
            let curve = try #require(LossCurve(fitting: losses))
            #expect(try StatisticsGolden.isClose(curve.a, golden.number("a"), Self.fitTolerance))
            #expect(try StatisticsGolden.isClose(curve.b, golden.number("b"), Self.fitTolerance))
            #expect(try StatisticsGolden.isClose(curve.c, golden.number("c"), Self.fitTolerance))
            #expect(curve.determination(losses) > 0.9)
        }
    }

    @Test("the published curve has the values that the report draws")
    func published() {
        for (t, loss) in [(1.0, 9.218), (10, 3.753), (100, 2.299), (500, 1.981)] {
            #expect(abs(LossCurve.published.loss(at: t) - loss) < 5e-4)
        }
    }

    @Test(
        "losses that no such curve fits are no fit, or a finite one",
        arguments: [
            [], [1, 2, 3], [2, 2, 2, 2, 2], [1, 2, 3, 4, 5, 6], [.nan, 1, 1, 1, 1], [.infinity, 3, 2, 1, 0],
            [5, 1, 5, 1, 5, 1, 5], [1e300, -1e300, 1e300, 0, 1],
        ] as [[Double]])
    func hostile(losses: [Double]) {
        let curve = LossCurve(fitting: losses)
        #expect(curve.map { $0.a.isFinite && $0.b.isFinite && $0.c > 0 } ?? true)
    }
}
