// Notices that an agent goes in circles: the same action on the same observation three times, or a cycle of two to
// four steps twice in a row. It reports; whether the episode ends is the caller's choice, because a model whose prompt
// grows may still get out.
// SPDX-License-Identifier: Apache-2.0

package struct AgentCycle: Sendable, Equatable, Codable {
    /// The step, from 1, at which the cycle was complete.
    package let step: Int
    /// Steps of one round; 1 where an action repeats.
    package let period: Int

    package init(step: Int, period: Int) { (self.step, self.period) = (step, period) }
}

package struct LoopGuard: Sendable {
    private static let mostRepeats = 3
    private static let longestPeriod = 4

    /// What the agent saw and what it did then.
    private struct Move: Hashable {
        let observation: String
        let action: String
    }

    private var moves: [Move] = []
    private var counts: [Move: Int] = [:]

    package init() {}

    /// Adds a step; the cycle that it completes.
    package mutating func add(observation: String, action: String) -> AgentCycle? {
        let move = Move(observation: observation, action: action)
        moves.append(move)
        counts[move, default: 0] += 1
        if counts[move]! >= Self.mostRepeats { return AgentCycle(step: moves.count, period: 1) }
        for period in 2...Self.longestPeriod where moves.count >= 2 * period {
            let last = moves.suffix(2 * period)
            if last.prefix(period).elementsEqual(last.suffix(period)), Set(last).count > 1 {
                return AgentCycle(step: moves.count, period: period)
            }
        }
        return nil
    }
}
