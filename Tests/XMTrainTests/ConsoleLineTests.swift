// The console's line of a step: the same columns for a slow run as for a fast one, and when it will end.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMTrain

@Suite("ConsoleLineTests")
struct ConsoleLineTests {
    private func line(tokensPerSecond: Double, gflops: Double, secondsLeft: Double) -> String {
        ConsoleLine.text(
            StepMetrics(
                step: 7, tokens: 1, stage: .stable, loss: 3.25, learningRate: 0.01, gradNorm: 0.5, seconds: 1,
                tokensPerSecond: tokensPerSecond, gflops: gflops, memoryBytes: 1 << 20), of: 100,
            secondsLeft: secondsLeft)
    }

    @Test("rates below one are not 0, and columns stay where they are")
    func rates() {
        let fast = line(tokensPerSecond: 5312.4, gflops: 266.2, secondsLeft: 370)
        let slow = line(tokensPerSecond: 0.27, gflops: 0.041, secondsLeft: .nan)
        #expect(fast.hasSuffix("  5,312 tok/s   266 GFLOP/s    1.0 MiB  ETA 6m 10s"), "\(fast)")
        #expect(slow.hasSuffix("   0.27 tok/s  0.041 GFLOP/s    1.0 MiB  ETA --"), "\(slow)")
        #expect(fast.firstRange(of: "tok/s") == slow.firstRange(of: "tok/s"))
    }

    @Test("the first step of a program, which waits for memory and code, says nothing about the others")
    func timeLeft() {
        var rate = SmoothedRate()
        rate.add(20)
        #expect(rate.secondsLeft(for: 10).isNaN && rate.secondsLeft(for: 0) == 0)
        rate.add(10)
        #expect(rate.secondsLeft(for: 10) == 100)
        rate.add(20)
        #expect(abs(rate.secondsLeft(for: 10) - 110) < 1e-9)
    }
}
