// What ALFWorld calls its things: "countertop 2" for an id such as countertop_bar__plus_00_dot_08_bar_….
// SPDX-License-Identifier: Apache-2.0

package enum EntityNames {
    /// The names of `ids`. The class of a thing is its id up to the first `_bar_`, with "basin" where the id has that
    /// word; the ids of a class, sorted, get the numbers n, n-1, …, 1. Ids without `_bar_` name single things, whose
    /// names end in a space, as the original's do.
    package static func names(of ids: some Sequence<String>) -> [String: String] {
        let sorted = Set(ids).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        func kind(_ id: String) -> String? {
            guard let (before, _) = id.cut(atFirst: "_bar_") else { return nil }
            return unescaped(before) + (id.includes("basin") ? "basin" : "")
        }
        var next: [String: Int] = [:]
        for id in sorted { if let kind = kind(id) { next[kind, default: 0] += 1 } }
        var names: [String: String] = [:]
        for id in sorted {
            if let kind = kind(id), let number = next[kind] {
                names[id] = "\(kind) \(number)"
                next[kind] = number - 1
            } else {
                names[id] = unescaped(id) + " "
            }
        }
        return names
    }

    private static func unescaped(_ text: String) -> String {
        var text = text
        for (code, mark) in [("_minus_", "-"), ("_plus_", "+"), ("_dot_", "."), ("_comma_", ",")] {
            text = text.exchanging(code, for: mark)
        }
        return text
    }
}
