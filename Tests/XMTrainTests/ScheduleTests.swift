// Schedules against hand-computed numbers and the figures of the Xmodel-2 and MiniCPM reports.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMModel
import XMTrain

@Suite("ScheduleTests")
struct ScheduleTests {
    private func schedule(_ shape: DecayShape, min: Double = 0, halfLife: Double? = nil) throws -> any Schedule {
        var config = ScheduleConfig()
        config.learningRate = 0.01
        config.minLearningRate = min
        config.warmupSteps = 10
        config.decay = shape
        config.decaySteps = 100
        config.halfLifeSteps = halfLife
        return try config.makeSchedule(ScheduleContext(steps: 300, tokensPerStep: 4096))
    }

    @Test("warm-up rises in a line, then the rate is stable, then it decays")
    func stages() throws {
        let wsd = try schedule(.linear)
        #expect(abs(wsd.rate(at: 1) - 0.001) < 1e-12 && abs(wsd.rate(at: 10) - 0.01) < 1e-12)
        #expect(wsd.rate(at: 11) == 0.01 && wsd.rate(at: 200) == 0.01)
        #expect(wsd.stage(at: 10) == .warmup && wsd.stage(at: 200) == .stable && wsd.stage(at: 201) == .decay)
        #expect(abs(wsd.rate(at: 250) - 0.005) < 1e-12 && wsd.rate(at: 300) == 0)
    }

    @Test(
        "decay shapes at a quarter, half and the end",
        arguments: [
            (DecayShape.linear, [0.0075, 0.005, 0]), (.cosine, [0.00853553, 0.005, 0]),
            (.exponential, [0.00681793, 0.00414214, 0]), (.oneMinusSqrt, [0.005, 0.00292893, 0]),
            (.square, [0.009375, 0.0075, 0]),
        ])
    func shapes(shape: DecayShape, wanted: [Double]) throws {
        let wsd = try schedule(shape)
        for (step, rate) in zip([225, 250, 300], wanted) { #expect(abs(wsd.rate(at: step) - rate) < 1e-8) }
    }

    @Test("inverse decay ends at the minimum; a half-life of 5000 steps passes 10 % after 16,610")
    func others() throws {
        let inverse = try schedule(.inverse, min: 0.001)
        #expect(abs(inverse.rate(at: 300) - 0.001) < 1e-12)
        #expect(abs(inverse.rate(at: 250) - 1 / (0.5 / 0.001 + 0.5 / 0.01)) < 1e-12)
        var config = ScheduleConfig()
        config.warmupSteps = 0
        config.decaySteps = 38_000
        let paper = try config.makeSchedule(ScheduleContext(steps: 400_000, tokensPerStep: 960 * 4096))
        #expect(abs(paper.rate(at: 362_000 + 5000) - 0.005) < 1e-9)
        #expect(paper.rate(at: 362_000 + 16_609) > 0.001 && paper.rate(at: 362_000 + 16_610) < 0.001 + 1e-6)
    }

    @Test("a decay longer than the run names the key")
    func tooLong() {
        var config = ScheduleConfig()
        config.warmupSteps = 50
        config.decaySteps = 60
        #expect { try config.makeSchedule(ScheduleContext(steps: 100, tokensPerStep: 1)) } throws: {
            "\($0)".contains("schedule.decay_steps is 60") && "\($0)".contains("leaves 50 steps")
        }
    }

    @Test("batch growth counts sequences")
    func growth() throws {
        let batch = try BatchSchedule(batchSize: 4, growth: [BatchPhase(fromStep: 10, batchSize: 8)])
        #expect(
            batch.batchSize(after: 9) == 4 && batch.batchSize(after: 10) == 8 && batch.totalSequences(after: 12) == 56)
        #expect(throws: ConfigError.self) {
            try BatchSchedule(batchSize: 4, growth: [BatchPhase(fromStep: 0, batchSize: 8)])
        }
    }

    @Test("parameter groups of the 1.2B model")
    func groups() {
        let config = Preset.xl.config()
        let groups = parameterGroups(ParameterLayout(config), config: config, optimizer: AdamWConfig())
        #expect(groups.map(\.name) == ["hidden", "embedding", "norm"])
        #expect(abs(groups[0].learningRateFactor * 0.01 - 0.00166667) < 1e-8)
        #expect(abs(groups[0].initStd! - 0.0408248) < 1e-7 && groups[1].initStd == 0.1)
        #expect(groups.map(\.weightDecay) == [0.1, 0.1, 0])
        #expect(groups.reduce(0) { $0 + $1.parameterCount } == 1_251_755_520)
    }

    @Test("the guard skips NaN and spikes, keeps its medians clean, and stops after too many")
    func stepGuard() throws {
        var config = GuardConfig()
        config.window = 4
        config.maxSkips = 3
        var guardian = StepGuard(config)
        for _ in 1...4 { #expect(guardian.judge(loss: 2, gradNorm: 1) == .apply) }
        #expect(guardian.judge(loss: 2, gradNorm: 11) != .apply)
        #expect(guardian.judge(loss: .nan, gradNorm: 1) != .apply)
        #expect(guardian.state.skippedInARow == 2 && guardian.state.gradNorms == [1, 1, 1, 1])
        #expect(guardian.judge(loss: 2, gradNorm: .infinity) == .stop(reason: "gradient norm is inf"))
    }

    @Test("a steep point ends: the gradient norm may skip one update, not the next; a high loss skips them all")
    func stepGuardAtASteepPoint() throws {
        var config = GuardConfig()
        config.window = 4
        config.maxSkips = 3
        var guardian = StepGuard(config)
        for _ in 1...4 { #expect(guardian.judge(loss: 2, gradNorm: 1) == .apply) }
        var applied: [Bool] = []
        for _ in 5...8 { applied.append(guardian.judge(loss: 2, gradNorm: 11) == .apply) }
        #expect(applied == [false, true, false, true])
        #expect(guardian.state.skippedInTotal == 2 && guardian.state.skippedInARow == 0)
        for _ in 9...10 { #expect(guardian.judge(loss: 21, gradNorm: 1) != .apply) }
        #expect(
            guardian.judge(loss: 21, gradNorm: 1).reason
                == "loss 21 is more than 10 times the median 2 of the last 4 steps")
    }

    @Test("a NaN has no sign; a gradient that is gone is no step, unless there is nothing left to learn")
    func brokenWeights() {
        var guardian = StepGuard(GuardConfig())
        #expect(guardian.judge(loss: -.nan, gradNorm: 1) == .skip(reason: "loss is nan", isBroken: true))
        #expect(
            guardian.judge(loss: 6.907755, gradNorm: 0)
                == .skip(reason: "gradient norm is 0 at a loss of 6.908", isBroken: true))
        #expect(guardian.judge(loss: 0, gradNorm: 0) == .apply)
        let line = StepMetrics(
            step: 1, tokens: 8, stage: .stable, loss: -.nan, learningRate: 1, gradNorm: -.nan,
            sourceLosses: ["a": -.nan], seconds: 1, tokensPerSecond: 8, gflops: 1, memoryBytes: 1)
        let text = ConsoleLine.text(line, of: 1, secondsLeft: 0)
        #expect(text.contains("loss     nan") && !text.contains("-nan"))
    }
}
