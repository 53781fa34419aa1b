// Text inside a template: a sequence of code points, like Python's strings, each with its provenance. The template's
// result never depends on the provenance; ChatTemplate+Encoding.swift uses it afterwards, so that text of a
// conversation cannot produce a control symbol. Python's methods are in the +Python file.
// SPDX-License-Identifier: Apache-2.0

/// One code point, and whether it comes from the conversation rather than from the template.
struct JinjaPoint: Sendable {
    private let bits: UInt32
    private static let foreign: UInt32 = 1 << 31

    init(_ scalar: Unicode.Scalar, isForeign: Bool = false) {
        bits = scalar.value | (isForeign ? Self.foreign : 0)
    }

    var value: UInt32 { bits & ~Self.foreign }
    var scalar: Unicode.Scalar { Unicode.Scalar(value)! }  // made from one
    var isForeign: Bool { bits & Self.foreign != 0 }

    /// Code points that replace this one, with the same provenance.
    func replaced(by text: String) -> [JinjaPoint] {
        text.unicodeScalars.map { JinjaPoint($0, isForeign: isForeign) }
    }
}

package struct JinjaText: Sendable, ExpressibleByStringLiteral {
    var points: [JinjaPoint]
    /// Whether it is Python's `Markup`, the result of the filter `safe`: text added to it is HTML-escaped.
    var isMarkup = false

    init(_ points: some Sequence<JinjaPoint>, isMarkup: Bool = false) {
        (self.points, self.isMarkup) = (Array(points), isMarkup)
    }

    package init(_ text: String, isForeign: Bool = false) {
        points = text.unicodeScalars.map { JinjaPoint($0, isForeign: isForeign) }
    }

    package init(stringLiteral text: String) { self.init(text) }

    package var string: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: points.lazy.map(\.scalar))
        return String(view)
    }

    var count: Int { points.count }
    var isEmpty: Bool { points.isEmpty }

    /// The same text marked as coming from the conversation.
    var asForeign: JinjaText {
        JinjaText(points.lazy.map { JinjaPoint($0.scalar, isForeign: true) }, isMarkup: isMarkup)
    }

    /// Whether the text is a name: ASCII letters, digits, "_" and "-".
    var isName: Bool {
        !isEmpty
            && points.allSatisfy { point in
                switch point.value {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
                default: false
                }
            }
    }

    func with(_ points: some Sequence<JinjaPoint>) -> JinjaText { JinjaText(points, isMarkup: isMarkup) }

    mutating func append(_ text: JinjaText) { points += text.points }
    mutating func append(_ text: String) { points += text.unicodeScalars.lazy.map { JinjaPoint($0) } }

    static func joined(_ parts: [JinjaText], separator: JinjaText = "") -> JinjaText {
        var result = JinjaText("")
        for (index, part) in parts.enumerated() {
            if index > 0 { result.append(separator) }
            result.append(part)
        }
        return result
    }
}

extension JinjaText: Hashable, Comparable {
    package static func == (left: JinjaText, right: JinjaText) -> Bool {
        left.points.elementsEqual(right.points) { $0.value == $1.value }
    }

    package static func < (left: JinjaText, right: JinjaText) -> Bool {
        left.points.lexicographicallyPrecedes(right.points) { $0.value < $1.value }
    }

    package func hash(into hasher: inout Hasher) {
        for point in points { hasher.combine(point.value) }
    }
}
