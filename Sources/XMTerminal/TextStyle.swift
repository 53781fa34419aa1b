// Bold and dim text by terminal codes, where a terminal shows them and the user has not set NO_COLOR; and text from
// outside made safe for a terminal.
// SPDX-License-Identifier: Apache-2.0

package struct TextStyle: Sendable, Equatable {
    private let isEnabled: Bool

    package static let plain = TextStyle(isEnabled: false)

    package init(isEnabled: Bool) { self.isEnabled = isEnabled }

    package func dim(_ text: String) -> String { wrap(text, "2") }
    package func bold(_ text: String) -> String { wrap(text, "1") }

    private func wrap(_ text: String, _ code: String) -> String {
        isEnabled ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

extension StringProtocol {
    /// Without control characters other than line ends and tabs: text from outside must not control the terminal. Other
    /// line separators become "\n", so that words and numbers are not joined.
    package var withoutControls: String {
        var result = String.UnicodeScalarView()
        var rest = unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\n", "\t": result.append(scalar)
            // In streamed text, a CR at the end may be the first half of a CR LF.
            case "\r": if let next = rest.first, next != "\n" { result.append("\n") }
            case "\u{0B}", "\u{0C}", "\u{85}": result.append("\n")
            default: if scalar.properties.generalCategory != .control { result.append(scalar) }
            }
        }
        return String(result)
    }
}
