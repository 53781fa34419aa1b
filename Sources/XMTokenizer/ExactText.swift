// A text compared by its bytes, for use as a key: String's == treats canonically equivalent texts as equal.
// SPDX-License-Identifier: Apache-2.0

struct ExactText: Hashable, Sendable, ExpressibleByStringLiteral {
    let text: String

    init(_ text: String) { self.text = text }
    init(stringLiteral text: String) { self.text = text }

    static func == (left: ExactText, right: ExactText) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension Sequence<ExactText> {
    /// A sorted list for error messages.
    var list: String { map(\.text).sorted().joined(separator: ", ") }
}
