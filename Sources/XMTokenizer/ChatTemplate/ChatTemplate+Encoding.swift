// From a conversation to token ids: symbols of the template become control tokens, the same characters written by a
// user do not, and there is exactly one BOS where the model wants one, whether or not the template writes it.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

extension ChatTemplate {
    /// Token ids of a conversation. A symbol such as `<|im_end|>` inside a message, a tool or a tool call stays text.
    package func encode(
        _ messages: JinjaValue, tools: JinjaValue = .none, addGenerationPrompt: Bool,
        tokenizer: any Tokenizer, strftime: (@Sendable (String) -> String)? = nil
    ) throws -> [Int32] {
        let guardian = SymbolGuard(tokenizer.controlSymbols, in: [messages, tools] + options.values)
        var template = self
        template.options = options.mapValues(guardian.guarded)
        let text = try template.render(
            guardian.guarded(messages), tools: guardian.guarded(tools), addGenerationPrompt: addGenerationPrompt,
            strftime: strftime)
        var ids: [Int32] = []
        for (part, isSymbolText) in guardian.parts(of: text) {
            ids += tokenizer.encode(part, matchingSymbols: !isSymbolText)
        }
        guard let bos = tokenizer.bosID, tokenizer.addsBOS else { return ids }
        return [bos] + ids.drop { $0 == bos }
    }

    /// As above, of messages that are role and text.
    package func encode(
        _ messages: [ChatMessage], addGenerationPrompt: Bool, tokenizer: any Tokenizer
    ) throws -> [Int32] {
        try encode(Self.value(messages), addGenerationPrompt: addGenerationPrompt, tokenizer: tokenizer)
    }

    /// Answers `strftime_now` with a moment in the local time zone, in the C locale.
    package static func clock(_ date: Date) -> @Sendable (String) -> String {
        { format in
            var seconds = time_t(date.timeIntervalSince1970)
            var parts = tm()
            localtime_r(&seconds, &parts)
            var buffer = [CChar](repeating: 0, count: 256)
            let length = Foundation.strftime(&buffer, buffer.count, format, &parts)
            return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}

/// Marks the begin and the end of symbols inside user text with two characters that the conversation does not use, and
/// finds the marks again in the rendered text: a template only copies, trims and splits what it is given.
private struct SymbolGuard {
    private let symbols: [[UInt8]]
    private let begin: [UInt8]
    private let end: [UInt8]

    init(_ symbols: [String], in values: [JinjaValue]) {
        // Longest first, so that a symbol that begins with another is marked as itself.
        self.symbols = symbols.map { Array($0.utf8) }.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
        // Noncharacters first; with all of them in use, private characters.
        let candidates = [0xFDD0...0xFDEF, 0xF0000...0xFFFFD].joined().lazy.compactMap { Unicode.Scalar(UInt32($0)) }
        let free = candidates.filter { candidate in !values.contains { Self.uses(candidate, $0) } }.prefix(2)
        let marks = (Array(free) + ["\u{E000}", "\u{E001}"]).map { Array(String($0).utf8) }
        (begin, end) = (marks[0], marks[1])
    }

    private static func uses(_ scalar: Unicode.Scalar, _ value: JinjaValue) -> Bool {
        switch value {
        case .string(let text): text.unicodeScalars.contains(scalar)
        case .list(let list): list.items.contains { uses(scalar, $0) }
        case .dict(let dict):
            dict.entries.contains { uses(scalar, $0.key) || uses(scalar, $0.value) }
        default: false
        }
    }

    /// The value with marks around every symbol in its strings and keys.
    func guarded(_ value: JinjaValue) -> JinjaValue {
        switch value {
        case .string(let text): .string(guarded(text))
        case .list(let list): .list(JinjaList(list.items.map(guarded), kind: list.kind))
        case .dict(let dict): .dict(JinjaDict(pairs: dict.entries.map { (guarded($0.key), guarded($0.value)) }))
        default: value
        }
    }

    private func guarded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if let symbol = symbols.first(where: { bytes[at...].starts(with: $0) }) {
                result += begin + symbol + end
                at += symbol.count
            } else {
                result.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The rendered text without marks, in stretches: a symbol between its two marks is a user's text. A mark that a
    /// template cut from its partner still parts the text, so that what stands around it cannot become a symbol.
    func parts(of text: String) -> [(text: String, isSymbolText: Bool)] {
        let bytes = Array(text.utf8)
        var parts: [(text: String, isSymbolText: Bool)] = []
        var at = 0
        func append(_ end: Int, isSymbolText: Bool) {
            if end > at { parts.append((String(decoding: bytes[at..<end], as: UTF8.self), isSymbolText)) }
        }
        while let mark = [begin, end].compactMap({ PythonText.find($0, in: bytes, from: at) }).min() {
            append(mark, isSymbolText: false)
            at = mark + begin.count
            guard bytes[mark..<at].elementsEqual(begin), let close = PythonText.find(end, in: bytes, from: at),
                symbols.contains(where: { bytes[at..<close].elementsEqual($0) })
            else { continue }
            append(close, isSymbolText: true)
            at = close + end.count
        }
        append(bytes.count, isSymbolText: false)
        return parts
    }
}
