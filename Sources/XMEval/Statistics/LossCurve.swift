// Loss by the number of tokens that the model has read before: L(t) = b + (t/c)^a, the "post-training scaling law" of
// the Xmodel-2 report (section 4.2, figure 5), fitted by non-linear least squares (Levenberg 1944, Marquardt 1963).
// SPDX-License-Identifier: Apache-2.0

import Foundation

package struct LossCurve: Sendable, Equatable {
    /// Exponent, negative where context helps.
    package var a: Double
    /// The loss, in nats, that infinite context approaches.
    package var b: Double
    /// Tokens of context at which the loss is one nat above b; positive.
    package var c: Double

    package init(a: Double, b: Double, c: Double) { (self.a, self.b, self.c) = (a, b, c) }

    /// The curve that the report publishes for Xmodel-2 on WikiText-2.
    package static let published = LossCurve(a: -0.575, b: 1.772, c: 32.840)

    package func loss(at t: Double) -> Double { b + pow(t / c, a) }

    /// The sum of squared distances from losses[t − 1] at t = 1, 2, …
    package func squaredError(_ losses: [Double]) -> Double {
        MeanEstimate.sum(
            losses.enumerated().map { index, loss in
                let miss = loss - self.loss(at: Double(index + 1))
                return miss * miss
            })
    }

    /// The share of the losses' variance that the curve explains.
    package func determination(_ losses: [Double]) -> Double {
        let mean = MeanEstimate.sum(losses) / Double(losses.count)
        return 1 - squaredError(losses) / MeanEstimate.sum(losses.map { ($0 - mean) * ($0 - mean) })
    }

    /// The curve closest to the mean losses after t = 1, 2, … tokens. Nil for fewer than four losses, for any that is
    /// not a number, and where no curve is closest (a straight line, or noise).
    package init?(fitting losses: [Double]) {
        guard losses.count > 3, losses.allSatisfy(\.isFinite), let low = losses.min() else { return nil }
        var curve = LossCurve(a: -0.5, b: low, c: 30)
        var error = curve.squaredError(losses)
        // Added to the curvature's diagonal, relative to it: large values make the step short and steep.
        var damping = 1e-3
        for _ in 0..<1000 {
            guard let step = curve.step(losses, damping: damping) else { return nil }
            // The third unknown is ln c, so that c stays positive.
            let next = LossCurve(a: curve.a + step[0], b: curve.b + step[1], c: curve.c * exp(step[2]))
            let nextError = next.squaredError(losses)
            if nextError.isFinite, next.c.isFinite, next.c > 0, nextError <= error {
                let isSettled = step.allSatisfy { abs($0) < 1e-14 * (1 + abs(curve.b)) }
                (curve, error, damping) = (next, nextError, max(damping / 10, 1e-15))
                if isSettled || error == 0 { break }
            } else {
                damping *= 10
                // No direction improves any more: the minimum, to rounding.
                if damping > 1e15 { break }
            }
        }
        guard [curve.a, curve.b, curve.c].allSatisfy(\.isFinite), curve.a != 0 else { return nil }
        self = curve
    }

    /// The step (Δa, Δb, Δ ln c) that solves (JᵀJ + damping · diag JᵀJ) Δ = Jᵀ r, r the residuals; nil where that is
    /// singular.
    private func step(_ losses: [Double], damping: Double) -> [Double]? {
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: 4), count: 3)  // [JᵀJ | Jᵀr]
        for (index, loss) in losses.enumerated() {
            let distance = log(Double(index + 1) / c)
            let power = exp(a * distance)
            let row = [power * distance, 1, -a * power, loss - b - power]  // ∂/∂a, ∂/∂b, ∂/∂ln c; residual
            for i in 0..<3 { for j in 0..<4 { matrix[i][j] += row[i] * row[j] } }
        }
        for i in 0..<3 { matrix[i][i] *= 1 + damping }
        return Self.solution(matrix)
    }

    /// Gaussian elimination with pivots on an augmented matrix.
    private static func solution(_ augmented: [[Double]]) -> [Double]? {
        var rows = augmented
        let n = rows.count
        for column in 0..<n {
            guard let pivot = (column..<n).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
                abs(rows[pivot][column]) > 0, rows[pivot][column].isFinite
            else { return nil }
            rows.swapAt(column, pivot)
            for row in 0..<n where row != column {
                let factor = rows[row][column] / rows[column][column]
                for j in column...n { rows[row][j] -= factor * rows[column][j] }
            }
        }
        return (0..<n).map { rows[$0][n] / rows[$0][$0] }
    }
}
