// The time left, from the times of the steps so far.
// SPDX-License-Identifier: Apache-2.0

/// Exponential mean of step times, for the ETA. The first step of a program does not count: it waits for memory and
/// for code that the later ones find ready, and takes up to twice as long.
package struct SmoothedRate {
    private var isFirst = true
    private var seconds: Double?

    package init() {}

    package mutating func add(_ value: Double) {
        if isFirst {
            isFirst = false
        } else {
            seconds = seconds.map { 0.9 * $0 + 0.1 * value } ?? value
        }
    }

    /// Not a number while it is not known.
    package func secondsLeft(for steps: Int) -> Double { steps == 0 ? 0 : (seconds ?? .nan) * Double(steps) }
}
