// Samplers on distributions small enough to work out by hand, and stop strings over token borders.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
@testable import XMInference
import XMTensor

@Suite("SamplingTests")
struct SamplingTests {
    private let backend: CPUBackend

    init() throws { backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 1)) }

    private func choose(_ sampler: inout Sampler, _ logits: [Float]) -> Int32 {
        var scratch = logits
        return choose(&sampler, logits, &scratch)
    }

    /// `scratch` is left as the sampler leaves it.
    private func choose(_ sampler: inout Sampler, _ logits: [Float], _ scratch: inout [Float]) -> Int32 {
        let arena = Arena(on: backend)
        // A tensor of a few numbers always has room.
        let weights = try! arena.tensor("test", "weights", .f32, [1, logits.count])
        let id = logits.withUnsafeBufferPointer { sampler.choose($0, scratch: weights, on: backend) }
        scratch = backend.floats(weights)
        return id
    }

    /// Which tokens are drawn in many tries, and how often.
    private func draws(
        _ logits: [Float], _ change: (inout SamplingOptions) -> Void, prompt: [Int32] = []
    ) -> [Int32: Int] {
        var options = SamplingOptions.random(temperature: 1, seed: 9)
        change(&options)
        var counts: [Int32: Int] = [:]
        for sequence in 0..<2000 {
            var sampler = Sampler(options, prompt: prompt, sequence: UInt64(sequence))
            counts[choose(&sampler, logits), default: 0] += 1
        }
        return counts
    }

    /// Probabilities 0.5, 0.25, 0.125, 0.125 for tokens 2, 0, 1, 3.
    private static let logits: [Float] = [0.25, 0.125, 0.5, 0.125].map { log($0) }

    @Test("greedy takes the largest, the lowest id among equals")
    func greedy() {
        var sampler = Sampler(.greedy)
        #expect(choose(&sampler, [1, 3, 3, 2]) == 1)
        #expect(choose(&sampler, [-5, -.infinity, -4]) == 2)
        // In any place of a long row, with an equal one behind it.
        for place in [0, 1, 15, 16, 255, 256, 300, 511, 512, 998] {
            var row = (0..<1000).map { -Float($0 % 7) - 1 }
            (row[place], row[999]) = (0.5, 0.5)
            #expect(choose(&sampler, row) == place)
        }
    }

    @Test("drawing follows the probabilities")
    func random() {
        let counts = draws(Self.logits) { _ in }
        for (id, share) in [(Int32(2), 0.5), (0, 0.25), (1, 0.125), (3, 0.125)] {
            // Four standard deviations of 2000 draws.
            let found = Double(counts[id] ?? 0) / 2000
            let deviation = (share * (1 - share) / 2000).squareRoot()
            #expect(abs(found - share) < 4 * deviation)
        }
    }

    @Test("drawing from a long row finds each token in proportion, those of weight 0 never")
    func longRow() {
        // Tokens 3, 300 and 769 hold 1/2, 1/4, 1/4 of 770; the others are excluded.
        var logits = [Float](repeating: -.infinity, count: 770)
        for (id, share) in [(3, Float(0.5)), (300, 0.25), (769, 0.25)] { logits[id] = log(share) }
        let counts = draws(logits) { _ in }
        #expect(counts.keys.sorted() == [3, 300, 769])
        #expect(abs(Double(counts[3]!) / 2000 - 0.5) < 0.05 && abs(Double(counts[769]!) / 2000 - 0.25) < 0.04)
    }

    @Test("a low temperature sharpens")
    func temperature() {
        // Probabilities to the power of 4: 16 : 1 between the two likeliest.
        let counts = draws(Self.logits) { $0.temperature = 0.25 }
        let found = Double(counts[2] ?? 0) / 2000
        let wanted = 256.0 / 274
        #expect(abs(found - wanted) < 0.03)
    }

    @Test("next to no temperature takes the likeliest, beside any filter", arguments: [1e-3, 1e-6, 1e-40])
    func cold(temperature: Double) {
        let logits = (0..<400).map { 20.3 + Float($0 % 97) / 7 }
        for (topK, topP, minP) in [(nil, nil, nil), (3, nil, nil), (nil, 0.9, nil), (nil, nil, 0.1)]
            as [(Int?, Double?, Double?)]
        {
            let drawn = draws(logits) {
                ($0.temperature, $0.topK, $0.topP, $0.minP) = (temperature, topK, topP, minP)
            }
            // Tokens 96, 193, 290 and 387 are the likeliest alike.
            #expect(Set(drawn.keys).isSubset(of: [96, 193, 290, 387]))
        }
    }

    @Test(
        "top-k keeps k tokens, lower ids among equals",
        arguments: [(1, [2]), (2, [0, 2]), (3, [0, 1, 2]), (9, [0, 1, 2, 3])] as [(Int, [Int32])])
    func topK(k: Int, kept: [Int32]) {
        #expect(draws(Self.logits) { $0.topK = k }.keys.sorted() == kept)
    }

    @Test("top-k of negative and huge logits")
    func topKOrder() {
        #expect(draws([-5, 1e30, -1e30, -4]) { $0.topK = 1 }.keys.sorted() == [1])
        #expect(draws([-5, -6, -.infinity, -4]) { $0.topK = 2 }.keys.sorted() == [0, 3])
    }

    @Test(
        "top-p keeps the fewest that hold p",
        arguments: [(0.4, [2]), (0.5, [2]), (0.6, [0, 2]), (0.8, [0, 1, 2]), (1, [0, 1, 2, 3])] as [(Double, [Int32])])
    func topP(p: Double, kept: [Int32]) {
        #expect(draws(Self.logits) { $0.topP = p }.keys.sorted() == kept)
    }

    @Test(
        "min-p keeps what is likely beside the likeliest",
        arguments: [(0.2, [0, 1, 2, 3]), (0.3, [0, 2]), (0.6, [2])] as [(Double, [Int32])])
    func minP(p: Double, kept: [Int32]) {
        #expect(draws(Self.logits) { $0.minP = p }.keys.sorted() == kept)
    }

    @Test("the repetition penalty divides positive logits and multiplies negative ones")
    func repetition() {
        var options = SamplingOptions.greedy
        options.repetitionPenalty = 2
        func chosen(_ logits: [Float]) -> Int32 {
            var sampler = Sampler(options, prompt: [0, 2])
            return choose(&sampler, logits)
        }
        var penalised: [Float] = [4, 1, -1, -1.5]
        penalised.withUnsafeMutableBufferPointer {
            RepetitionPenalty(factor: 2).apply(to: $0, history: TokenHistory(prompt: [0, 2]))
        }
        #expect(penalised == [2, 1, -2, -1.5])
        #expect(chosen([4, 1.9, 0, 0]) == 0 && chosen([4, 2.1, 0, 0]) == 1)
        #expect(chosen([-9, -2.1, -1, -9]) == 2 && chosen([-9, -1.9, -1, -9]) == 1)
    }

    @Test("presence and frequency count the answer and not the prompt")
    func answerPenalties() {
        var options = SamplingOptions.greedy
        options.presencePenalty = 1
        options.frequencyPenalty = 0.5
        var sampler = Sampler(options, prompt: [1])
        var chosen: [Int32] = []
        for _ in 0..<4 {
            chosen.append(choose(&sampler, [3, 2, 0]))
        }
        // 3, then 3 - 1.5 against 2, then 1.5 against 2 - 1.5, then 1 against 0.5.
        #expect(chosen == [0, 1, 0, 0])
    }

    @Test("one seed gives one result, sequences differ")
    func seeds() {
        func draw(_ sequence: UInt64) -> [Int32] {
            var sampler = Sampler(.random(temperature: 1, seed: 4), sequence: sequence)
            return (0..<20).map { _ in choose(&sampler, Self.logits) }
        }
        #expect(draw(1) == draw(1) && draw(1) != draw(2))
    }

    @Test("values that mean nothing are refused by name")
    func validation() {
        var options = SamplingOptions.random(temperature: 0)
        #expect { try options.validate() } throws: { "\($0)".contains("temperature is 0;") }
        options = .random(temperature: 1)
        options.topP = 1.5
        #expect { try options.validate() } throws: { "\($0)".contains("top-p is 1.5") }
    }

    @Test("a stop string is found over token borders and never shown")
    func stops() {
        var matcher = StopMatcher(["<end>", "\n\n"])
        let shown = ["abc<", "e", "x <en", "d> rest"].map { matcher.append($0) }
        #expect(shown == ["abc", "", "<ex ", ""] && matcher.matched == "<end>")
        #expect(matcher.append("more").isEmpty && matcher.finish().isEmpty)
        var other = StopMatcher(["<end>"])
        #expect(other.append("a<en") == "a" && other.finish() == "<en" && other.matched == nil)
        var none = StopMatcher([""])
        #expect(none.append("x") == "x")
    }
}
