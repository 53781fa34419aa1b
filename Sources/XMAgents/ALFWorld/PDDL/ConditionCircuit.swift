// Ground conditions as a circuit of AND and OR gates over facts. A state keeps for each gate how many inputs are true,
// so that a changed fact costs only the gates that depend on it, however many operators a problem has.
// SPDX-License-Identifier: Apache-2.0

/// A value in the circuit: a fact or a gate, or its negation. `number` is 2·index, plus 1 for the negation; the facts
/// have the indices below the gates.
struct Signal: Sendable, Hashable, Comparable {
    var number: Int32

    init(_ index: Int, isNegated: Bool = false) { number = Int32(2 * index + (isNegated ? 1 : 0)) }

    var negated: Signal { Signal(Int(number >> 1), isNegated: number & 1 == 0) }

    static func < (left: Signal, right: Signal) -> Bool { left.number < right.number }
}

/// A condition that is settled for the whole problem, or a signal.
enum GroundCondition: Sendable, Hashable {
    case always, never
    case when(Signal)

    var negated: GroundCondition {
        switch self {
        case .always: .never
        case .never: .always
        case .when(let signal): .when(signal.negated)
        }
    }
}

/// Lists by signal, stored one after the other.
struct SignalLists: Sendable {
    private var starts: [Int32]  // [signals + 1]
    private(set) var items: [Int32]

    init(signals: Int, pairs: [(signal: Signal, item: Int)]) {
        starts = Array(repeating: 0, count: signals + 1)
        for pair in pairs { starts[Int(pair.signal.number) + 1] += 1 }
        for index in 0..<signals { starts[index + 1] += starts[index] }
        items = Array(repeating: 0, count: pairs.count)
        var next = starts
        for pair in pairs {
            items[Int(next[Int(pair.signal.number)])] = Int32(pair.item)
            next[Int(pair.signal.number)] += 1
        }
    }

    @inline(__always) func range(_ signal: Int32) -> Range<Int> {
        Int(starts[Int(signal)])..<Int(starts[Int(signal) + 1])
    }
}

/// The gates, while they are made. Equal gates are made once.
struct CircuitBuilder {
    private struct Gate: Hashable {
        var isConjunction: Bool
        var inputs: [Signal]
    }

    let facts: Int
    private var gates: [Gate] = []
    private var numbers: [Gate: Int] = [:]

    init(facts: Int) { self.facts = facts }

    mutating func all(_ conditions: [GroundCondition]) -> GroundCondition { gate(conditions, isConjunction: true) }

    mutating func any(_ conditions: [GroundCondition]) -> GroundCondition { gate(conditions, isConjunction: false) }

    private mutating func gate(_ conditions: [GroundCondition], isConjunction: Bool) -> GroundCondition {
        let (neutral, settling): (GroundCondition, GroundCondition) =
            isConjunction ? (.always, .never) : (.never, .always)
        var inputs: Set<Signal> = []
        for condition in conditions {
            if condition == settling { return settling }
            guard case .when(let signal) = condition else { continue }
            if inputs.contains(signal.negated) { return settling }
            inputs.insert(signal)
        }
        guard let first = inputs.first else { return neutral }
        if inputs.count == 1 { return .when(first) }
        let gate = Gate(isConjunction: isConjunction, inputs: inputs.sorted())
        if let number = numbers[gate] { return .when(Signal(facts + number)) }
        numbers[gate] = gates.count
        gates.append(gate)
        return .when(Signal(facts + gates.count - 1))
    }

    /// The circuit, with the operators that each signal makes applicable.
    func circuit(operators: [GroundCondition]) -> ConditionCircuit {
        let signals = 2 * (facts + gates.count)
        let parents = gates.enumerated().flatMap { number, gate in gate.inputs.map { (signal: $0, item: number) } }
        let listeners = operators.enumerated().compactMap { number, condition in
            if case .when(let signal) = condition { (signal: signal, item: number) } else { nil }
        }
        return ConditionCircuit(
            facts: facts, thresholds: gates.map { $0.isConjunction ? Int32($0.inputs.count) : 1 },
            parents: SignalLists(signals: signals, pairs: parents),
            operators: SignalLists(signals: signals, pairs: listeners))
    }
}

struct ConditionCircuit: Sendable {
    let facts: Int
    /// [gate]: true inputs that make the gate true: all of them (AND), or one (OR).
    let thresholds: [Int32]
    /// Gates that have the signal as an input.
    let parents: SignalLists
    /// Operators that are applicable exactly when the signal is true.
    let operators: SignalLists
}
