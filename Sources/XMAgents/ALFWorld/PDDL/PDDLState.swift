// A state of a ground task: which facts hold, which operators are applicable, whether the goal is reached. A value: a
// copy is a saved state.
// SPDX-License-Identifier: Apache-2.0

package struct PDDLState: Sendable {
    package let ground: GroundTask
    package private(set) var holds: [Bool]  // [fact]
    /// [fact]: an operator has deleted it, or would have, and none has added it since. Grammars ask for these.
    package private(set) var isDeleted: [Bool]
    private var trueInputs: [Int32]  // [gate]
    private var applicable: [UInt64]  // [operator], a bit each

    package init(_ ground: GroundTask) {
        self.ground = ground
        let circuit = ground.circuit
        holds = Array(repeating: false, count: ground.facts.count)
        isDeleted = holds
        trueInputs = Array(repeating: 0, count: circuit.thresholds.count)
        applicable = Array(repeating: 0, count: (ground.operators.count + 63) / 64)
        for (number, isAlways) in ground.isAlwaysApplicable.enumerated() where isAlways {
            applicable[number >> 6] |= 1 << UInt64(number & 63)
        }
        // Everything is false at first, so the negations are true: the outer gates' first, since a gate's first value
        // must be announced before its inputs can change it.
        for index in (0..<(circuit.facts + circuit.thresholds.count)).reversed() {
            announce(Signal(index, isNegated: true), isTrue: true)
        }
        for (fact, isTrue) in ground.initial.enumerated() where isTrue { set(fact, true) }
    }

    package func isApplicable(_ number: Int) -> Bool { applicable[number >> 6] >> UInt64(number & 63) & 1 == 1 }

    /// The applicable operators, in the order of the ground task.
    package var applicableOperators: [Int] {
        var result: [Int] = []
        for (index, word) in applicable.enumerated() {
            var rest = word
            while rest != 0 {
                result.append(index << 6 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return result
    }

    package var isGoal: Bool { isTrue(ground.goal) }

    /// Carries out an operator, which must be applicable: conditions are read before anything changes, and where an
    /// operator both adds and deletes a fact, it is added.
    package mutating func apply(_ number: Int) {
        precondition(isApplicable(number), "\(ground.name(of: number)) is not applicable")
        let effects = ground.operators[number].effects.filter { isTrue($0.condition) }
        for effect in effects where !effect.adds {
            set(effect.fact, false)
            isDeleted[effect.fact] = true
        }
        for effect in effects where effect.adds {
            set(effect.fact, true)
            isDeleted[effect.fact] = false
        }
    }

    private func isTrue(_ condition: GroundCondition) -> Bool {
        switch condition {
        case .always: true
        case .never: false
        case .when(let signal): value(of: Int(signal.number >> 1)) != (signal.number & 1 == 1)
        }
    }

    private func value(of index: Int) -> Bool {
        let gate = index - ground.circuit.facts
        return gate < 0 ? holds[index] : trueInputs[gate] >= ground.circuit.thresholds[gate]
    }

    private mutating func set(_ fact: Int, _ isTrue: Bool) {
        guard holds[fact] != isTrue else { return }
        holds[fact] = isTrue
        announce(Signal(fact), isTrue: isTrue)
        announce(Signal(fact, isNegated: true), isTrue: !isTrue)
    }

    /// Counts a signal's new value in the gates and operators that depend on it. A gate may change twice on the way;
    /// the counts are right at the end, since every change is announced exactly once.
    private mutating func announce(_ signal: Signal, isTrue: Bool) {
        let circuit = ground.circuit
        for position in circuit.operators.range(signal.number) {
            let number = Int(circuit.operators.items[position])
            if isTrue {
                applicable[number >> 6] |= 1 << UInt64(number & 63)
            } else {
                applicable[number >> 6] &= ~(1 << UInt64(number & 63))
            }
        }
        for position in circuit.parents.range(signal.number) {
            let gate = Int(circuit.parents.items[position])
            let before = trueInputs[gate] >= circuit.thresholds[gate]
            trueInputs[gate] += isTrue ? 1 : -1
            let after = trueInputs[gate] >= circuit.thresholds[gate]
            if before != after {
                announce(Signal(circuit.facts + gate), isTrue: after)
                announce(Signal(circuit.facts + gate, isNegated: true), isTrue: !after)
            }
        }
    }
}
