// Emphasis by terminal codes, where a terminal shows them and the user has not declined colour.
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
    /// Without control characters other than line ends and tabs: text of others must not steer the terminal.
    package var withoutControls: String {
        var result = String.UnicodeScalarView()
        result.append(
            contentsOf: unicodeScalars.filter {
                $0.properties.generalCategory != .control || $0 == "\n" || $0 == "\t"
            })
        return String(result)
    }
}
