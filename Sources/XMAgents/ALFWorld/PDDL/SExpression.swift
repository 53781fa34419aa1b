// The nested lists that PDDL files are written in: names, parentheses, and comments from ';' to the end of the line.
// Case does not matter in PDDL, so names are lower-cased here, once. PDDLReader gives the lists their meaning.
// SPDX-License-Identifier: Apache-2.0

package indirect enum SExpression: Sendable, Equatable {
    case name(String, line: Int)
    case list([SExpression], line: Int)

    package var line: Int {
        switch self {
        case .name(_, let line), .list(_, let line): line
        }
    }

    package var name: String? { if case .name(let text, _) = self { text } else { nil } }
    package var list: [SExpression]? { if case .list(let elements, _) = self { elements } else { nil } }

    /// The first name of a list, which says what the list is: `and`, `:action`, a predicate.
    package var head: String? { list?.first?.name }

    /// Deeper lists would exhaust the stack in the recursive readers that follow.
    package static let maximumDepth = 200

    /// Reads the one list that `text` consists of. `source` names the text in errors.
    package static func parse(_ text: String, source: String) throws(PDDLError) -> SExpression {
        var open: [(elements: [SExpression], line: Int)] = []
        var line = 1
        var name: [UInt8] = []
        var result: SExpression?
        var isComment = false

        func endName() throws(PDDLError) {
            guard !name.isEmpty else { return }
            let text = String(decoding: name, as: UTF8.self)
            name.removeAll(keepingCapacity: true)
            guard !open.isEmpty else {
                throw .unbalanced(TextPosition(source, line: line), "'\(text)' stands outside of all parentheses")
            }
            open[open.count - 1].elements.append(.name(text, line: line))
        }

        for byte in text.utf8 {
            if byte == UInt8(ascii: "\n") {
                try endName()
                isComment = false
                line += 1
                continue
            }
            if isComment { continue }
            switch byte {
            case UInt8(ascii: ";"):
                try endName()
                isComment = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), 0x0B, 0x0C:
                try endName()
            case UInt8(ascii: "("):
                try endName()
                let position = TextPosition(source, line: line)
                if result != nil { throw .unbalanced(position, "a second list follows the first") }
                if open.count == maximumDepth { throw .tooDeep(position, limit: maximumDepth) }
                open.append(([], line))
            case UInt8(ascii: ")"):
                try endName()
                guard let (elements, start) = open.popLast() else {
                    throw .unbalanced(TextPosition(source, line: line), "')' closes nothing")
                }
                let list = SExpression.list(elements, line: start)
                if open.isEmpty { result = list } else { open[open.count - 1].elements.append(list) }
            case 0x80...:
                throw .notASCII(TextPosition(source, line: line))
            default:
                // A '?' begins a variable even without a space before it.
                if byte == UInt8(ascii: "?") { try endName() }
                name.append(byte >= 0x41 && byte <= 0x5A ? byte + 0x20 : byte)
            }
        }
        try endName()
        if let (_, start) = open.last {
            throw .unbalanced(TextPosition(source, line: start), "'(' is never closed")
        }
        guard let result else { throw .unbalanced(TextPosition(source, line: line), "there is no list in the text") }
        return result
    }
}
