// The numbers of Tests/Fixtures/eval/statistics.json, which tools/oracles/make_eval_statistics_goldens.py writes.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport

enum StatisticsGolden {
    /// What other implementations and ours may differ by, relative to the larger of 1 and the value: rounding alone.
    static let tolerance = 1e-12

    static func cases(_ name: String, file: String = #filePath) throws -> [JSONValue] {
        let tests = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let golden = try JSONValue.parse(Data(contentsOf: tests.appending(path: "Fixtures/eval/statistics.json")))
        let cases = try #require(golden[name]?.array)
        #expect(!cases.isEmpty)
        return cases
    }

    static func isClose(_ found: Double?, _ wanted: Double, _ tolerance: Double = tolerance) -> Bool {
        found.map { abs($0 - wanted) <= tolerance * max(1, abs(wanted)) } ?? false
    }
}

extension JSONValue {
    /// The numbers of a list.
    var numbers: [Double] { (array ?? []).compactMap(\.double) }

    /// A member that a golden has.
    func number(_ key: String) throws -> Double { try #require(self[key]?.double) }
    func count(_ key: String) throws -> Int { try #require(self[key]?.integer) }
    func list(_ key: String) throws -> [JSONValue] { try #require(self[key]?.array) }
    func numbers(_ key: String) throws -> [Double] { try #require(self[key]).numbers }
    func integers(_ key: String) throws -> [Int] { try list(key).compactMap(\.integer) }
}
