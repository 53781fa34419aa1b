// Ends a text before the first stop string, wherever token boundaries cut it: text that may be the beginning of a stop
// string is held back until it turns out not to be.
// SPDX-License-Identifier: Apache-2.0

package struct StopMatcher: Sendable {
    private let stops: [[UInt8]]
    private var held: [UInt8] = []
    /// The stop string that ended the text.
    package private(set) var matched: String?

    /// Empty strings are ignored.
    package init(_ stops: [String]) {
        self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty }
    }

    /// The text that is now certain not to belong to a stop string; empty once one was found.
    package mutating func append(_ text: String) -> String {
        guard matched == nil else { return "" }
        guard !stops.isEmpty else { return text }
        held += Array(text.utf8)
        for start in held.indices {
            if let stop = stops.first(where: { held[start...].starts(with: $0) }) {
                matched = String(decoding: stop, as: UTF8.self)
                defer { held = [] }
                return String(decoding: held[..<start], as: UTF8.self)
            }
        }
        let safe = held.indices.first { start in stops.contains { $0.starts(with: held[start...]) } } ?? held.count
        defer { held.removeFirst(safe) }
        return String(decoding: held[..<safe], as: UTF8.self)
    }

    /// The text that was held back, when no more tokens follow.
    package mutating func finish() -> String {
        guard matched == nil else { return "" }
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }
}
