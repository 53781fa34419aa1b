// From a conversation to token ids: symbols of the template become control tokens, the same characters written by a
// user do not, and there is exactly one BOS where the model wants one, whether or not the template writes it.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

extension ChatTemplate {
    /// Token ids of a conversation. A symbol such as `<|im_end|>` inside a message, a tool or a tool call stays text.
    package func encode(
        _ messages: JinjaValue, tools: JinjaValue = .none, addGenerationPrompt: Bool, tokenizer: any Tokenizer,
        strftime: (@Sendable (String) -> String)? = nil
    ) throws -> [Int32] {
        let guardian = SymbolGuard(tokenizer.controlSymbols, in: [messages, tools])
        let text = try render(
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

/// Marks symbols inside user text with a character that the conversation does not use, and finds the marks again in
/// the rendered text: a template only copies, trims and splits what it is given.
private struct SymbolGuard {
    private let symbols: [[UInt8]]
    private let mark: [UInt8]

    init(_ symbols: [String], in values: [JinjaValue]) {
        // Longest first, so that a symbol that begins with another is marked as itself.
        self.symbols = symbols.map { Array($0.utf8) }.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
        // Noncharacters first; with all of them in use, private characters.
        let candidates = [0xFDD0...0xFDEF, 0xF0000...0xFFFFD].joined().lazy.compactMap { Unicode.Scalar(UInt32($0)) }
        let free = candidates.first { candidate in !values.contains { Self.uses(candidate, $0) } }
        mark = Array(String(free ?? "\u{E000}").utf8)
    }

    private static func uses(_ scalar: Unicode.Scalar, _ value: JinjaValue) -> Bool {
        switch value {
        case .string(let text): text.unicodeScalars.contains(scalar)
        case .list(let list): list.items.contains { uses(scalar, $0) }
        case .dict(let dict):
            dict.entries.contains { $0.key.unicodeScalars.contains(scalar) || uses(scalar, $0.value) }
        default: false
        }
    }

    /// The value with every symbol in its strings written as mark, symbol, mark.
    func guarded(_ value: JinjaValue) -> JinjaValue {
        switch value {
        case .string(let text): .string(guarded(text))
        case .list(let list): .list(JinjaList(list.items.map(guarded), isTuple: list.isTuple))
        case .dict(let dict): .dict(JinjaDict(dict.entries.map { ($0.key, guarded($0.value)) }))
        default: value
        }
    }

    private func guarded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if let symbol = symbols.first(where: { bytes[at...].starts(with: $0) }) {
                result += mark + symbol + mark
                at += symbol.count
            } else {
                result.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The rendered text without marks, in stretches: those between two marks are a user's and not symbols.
    func parts(of text: String) -> [(text: String, isSymbolText: Bool)] {
        let pieces = PythonText.split(text, String(decoding: mark, as: UTF8.self), limit: -1)
        return pieces.enumerated().filter { !$0.element.isEmpty }.map { ($0.element, $0.offset % 2 == 1) }
    }
}
