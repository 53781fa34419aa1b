// Lets a model write only actions that the environment understands: admissible commands, or `verb[argument]`. A second
// column of results, never the paper's: it tells a model that cannot think from one that cannot keep to a format.
// SPDX-License-Identifier: Apache-2.0

import XMInference
package import XMTokenizer

/// A vocabulary by the bytes of its tokens; made once for a model.
package final class TokenBytes: Sendable {
    let bytes: [[UInt8]]
    /// Tokens that spell these bytes; control tokens spell nothing and are not here.
    let ids: [[UInt8]: [Int32]]
    let longest: Int

    package init(_ tokenizer: any Tokenizer) {
        bytes = (0..<Int32(tokenizer.vocabularySize)).map { tokenizer.bytes(of: $0) }
        var ids: [[UInt8]: [Int32]] = [:]
        for (id, bytes) in bytes.enumerated() where !bytes.isEmpty { ids[bytes, default: []].append(Int32(id)) }
        self.ids = ids
        longest = bytes.reduce(0) { max($0, $1.count) }
    }
}

/// The text must be one of some lines, each ended by a line feed, or begin with one of some openings, behind which it
/// is free to the end of its line.
package struct ActionMask: TokenMask {
    private let vocabulary: TokenBytes
    /// What is left of each line that the text so far begins.
    private var lines: [[UInt8]]
    private var openings: [Opening]
    /// Set once the text has passed an opening.
    private var free: Opening?
    private var last: UInt8?

    private struct Opening {
        /// What is left of it.
        var rest: [UInt8]
        /// The line may end behind this byte only.
        let closing: UInt8?
    }

    /// - Parameters:
    ///   - commands: whole actions. One that ends with `[` is an opening, whose line ends with `]`.
    ///   - thought: how a thought begins, if thoughts are allowed.
    package init(_ vocabulary: TokenBytes, commands: [String], thought: String?) {
        self.vocabulary = vocabulary
        let bracket = UInt8(ascii: "[")
        // A blank follows every cue.
        let texts = commands.map { Array((" " + $0).utf8) }
        lines = texts.filter { $0.last != bracket }.map { $0 + Array("\n".utf8) }
        openings = texts.filter { $0.last == bracket }.map { Opening(rest: $0, closing: UInt8(ascii: "]")) }
        if let thought {
            let closing = thought.utf8.last == bracket ? UInt8(ascii: "]") : nil
            openings.append(Opening(rest: Array((" " + thought).utf8), closing: closing))
        }
    }

    package mutating func apply(to logits: UnsafeMutableBufferPointer<Float>) {
        if let free { return exclude(endingBefore: free.closing, from: logits) }
        // A line is complete; the reader ends the request.
        if lines.contains(where: \.isEmpty) { return }
        var allowed: [(Int, Float)] = []
        for rest in lines + openings.map(\.rest) {
            // Tokens that are a beginning of what is left.
            for count in 1...max(1, min(rest.count, vocabulary.longest)) where count <= rest.count {
                for id in vocabulary.ids[Array(rest[..<count])] ?? [] { allowed.append((Int(id), logits[Int(id)])) }
            }
        }
        logits.update(repeating: -.infinity)
        for (id, logit) in allowed { logits[id] = logit }
    }

    /// Tokens with a line feed that does not stand behind the closing byte, and tokens without text.
    private func exclude(endingBefore closing: UInt8?, from logits: UnsafeMutableBufferPointer<Float>) {
        guard let closing else { return }
        for (id, bytes) in vocabulary.bytes.enumerated() where id < logits.count {
            guard !bytes.isEmpty else {
                logits[id] = -.infinity
                continue
            }
            var before = last
            for byte in bytes {
                if byte == UInt8(ascii: "\n"), before != closing { logits[id] = -.infinity }
                before = byte
            }
        }
    }

    package mutating func accept(_ id: Int32) {
        let bytes = vocabulary.bytes[Int(id)]
        last = bytes.last ?? last
        guard free == nil else { return }
        lines = lines.compactMap { $0.starts(with: bytes) ? Array($0.dropFirst(bytes.count)) : nil }
        openings = openings.compactMap { opening in
            guard opening.rest.starts(with: bytes) else { return nil }
            return Opening(rest: Array(opening.rest.dropFirst(bytes.count)), closing: opening.closing)
        }
        free = openings.first { $0.rest.isEmpty }
    }
}
