// What the reader says about texts that are no planning problem.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMAgents

@Suite("PDDLReaderTests")
struct PDDLReaderTests {
    static func message(_ domain: String, _ problem: String = Blocks.problem) -> String? {
        do {
            _ = try PDDLReader.task(domain: domain, problem: problem, source: ("yard.pddl", "yard-1.pddl"))
            return nil
        } catch {
            return error.description
        }
    }

    @Test("a domain that is cut anywhere is refused with its name and a line")
    func cutDomain() {
        let bytes = Array(Blocks.domain.utf8)
        for length in 0..<bytes.count {
            let message = Self.message(String(decoding: bytes[..<length], as: UTF8.self))
            #expect(message?.utf8.starts(with: "yard.pddl, line ".utf8) == true, "\(length): \(message ?? "accepted")")
        }
    }

    @Test("a problem that is cut anywhere is refused with its name and a line")
    func cutProblem() {
        let bytes = Array(Blocks.problem.utf8)
        for length in 0..<bytes.count {
            let message = Self.message(Blocks.domain, String(decoding: bytes[..<length], as: UTF8.self))
            #expect(
                message?.utf8.starts(with: "yard-1.pddl, line ".utf8) == true, "\(length): \(message ?? "accepted")")
        }
    }

    @Test("a domain with one byte changed is read or refused, and never stops the program")
    func changedDomain() {
        let bytes = Array(Blocks.domain.utf8)
        for (position, mark) in zip(stride(from: 0, to: bytes.count, by: 7), "()?- ;\nx".utf8.cycled()) {
            var changed = bytes
            changed[position] = mark
            _ = Self.message(String(decoding: changed, as: UTF8.self))
        }
    }

    @Test(
        "each fault has its own sentence",
        arguments: [
            (
                "(and (clear ?a) (clear ?b)", "(and (clean ?a) (clear ?b)",
                "line 13: the predicate 'clean' is not declared"
            ),
            ("(clear ?a) (clear ?b)", "(clear ?a ?b) (clear ?b)", "'clear' has 2 arguments here and 1"),
            ("(clear ?a) (clear ?b)", "(clear ?z) (clear ?b)", "the variable '?z' is not declared"),
            (":action move", ":action paint", "the action 'paint' is declared twice"),
            (":parameters (?a ?b - crate)", ":parameters (a b - crate)", "the parameter 'a' is malformed: expected ?a"),
            (":parameters (?a ?b - crate)", ":parameters (?a ?b -)", "expected a type after '-'"),
            ("(not (= ?a ?b))", "(not (< ?a ?b))", "'<' in a condition is not supported"),
            ("(imply (painted ?t)", "(imply", "expected 2 arguments, not 1"),
            ("(:functions (total-cost) - number)", "(:durations)", "':durations' in a domain is not supported"),
            ("; A yard", ") ; A yard", "')' closes nothing"),
            ("ground - spot", "ground - hole", "the type 'hole' is not declared"),
            ("(wet ?c - crate)", "(red ?c - crate)", "the predicate 'red' is declared twice"),
            ("(raining) (bottom", "(räining) (bottom", "a character outside ASCII"),
        ])
    func faults(good: String, bad: String, expected: String) throws {
        #expect(Blocks.domain.contains(good))
        let message = try #require(Self.message(Blocks.domain.replacing(good, with: bad, maxReplacements: 1)))
        #expect(message.contains(expected), "\(message)")
        #expect(message.utf8.starts(with: "yard.pddl, line ".utf8), "\(message)")
    }

    @Test("a problem's faults name the problem")
    func problemFaults() throws {
        for (good, bad, expected) in [
            ("b1 b2 - box", "b1 b1 - box", "the object 'b1' is declared twice"),
            ("(:goal", "(:gaol", "':gaol' in a problem is not supported"),
            ("(define (problem", "(define (domain", "expected (define (problem NAME) …)"),
        ] {
            let message = try #require(Self.message(Blocks.domain, Blocks.problem.replacing(good, with: bad)))
            #expect(message.contains(expected) && message.utf8.starts(with: "yard-1.pddl, line ".utf8), "\(message)")
        }
    }

    @Test("a million parentheses are refused, not a stack overflow")
    func deepLists() throws {
        let message = try #require(Self.message(String(repeating: "(", count: 1_000_000)))
        #expect(message == "yard.pddl, line 1: lists are nested more than 200 deep: simplify the expression")
    }
}

extension Sequence where Element == UInt8 {
    /// The bytes again and again.
    fileprivate func cycled() -> some Sequence<UInt8> {
        let bytes = Array(self)
        return (0...).lazy.map { bytes[$0 % bytes.count] }
    }
}
