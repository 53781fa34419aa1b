// Turns the configured sources into tokens: read, encode on all cores (the result does not depend on how many), pack.
// SPDX-License-Identifier: Apache-2.0

import Dispatch
package import Foundation
package import XMTokenizer

package enum SourceLoader {
    /// Reads and encodes one source. Throws `DataError` for missing files, broken records and empty sources.
    package static func load(_ source: SourceConfig, root: URL, tokenizer: any Tokenizer) throws -> any TokenSource {
        let documents = try DocumentReader.read(source, root: root)
        let eos = tokenizer.eosID ?? 0
        switch source.format {
        case .text, .jsonl:
            let encoded = parallelMap(documents) { document -> [Int32] in
                guard case .text(let text) = document else { return [] }
                return tokenizer.encode(text) + [eos]
            }
            let tokens = Array(encoded.joined())
            guard tokens.count > documents.count + 1 else { throw DataError.emptySource(source.name) }
            return PackedText(name: source.name, tokens: tokens, eos: eos)
        case .qa, .instruction, .messages:
            let mask = source.maskPrompt ?? false
            let examples = parallelMap(documents) { document -> PackedConversations.Example in
                guard case .conversation(let messages) = document else { return .init(tokens: [], trained: []) }
                return PackedConversations.example(messages, tokenizer: tokenizer, maskPrompt: mask)
            }
            guard !examples.isEmpty else { throw DataError.emptySource(source.name) }
            return PackedConversations(name: source.name, examples: examples)
        }
    }

    /// Bytes that the sources' tokens will take in memory, from the sizes of their files: three bytes of text make a
    /// token of four (five in conversations, with their mark). Files that are not there count nothing.
    package static func estimatedTokenBytes(_ data: DataConfig, root: URL) -> Int {
        (data.sources + (data.validation ?? [])).reduce(0) { sum, source in
            let files = (try? DocumentReader.files(of: source, root: root)) ?? []
            let bytes = files.reduce(0) { sum, file in
                let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
                return sum + (attributes?[.size] as? Int ?? 0)
            }
            let isText = source.format == .text || source.format == .jsonl
            return sum + bytes / 3 * (isText ? 4 : 5)
        }
    }

    /// `transform` of every element, in order, on all cores.
    static func parallelMap<T: Sendable, R: Sendable>(_ items: [T], _ transform: @Sendable (T) -> R) -> [R] {
        var results = [R?](repeating: nil, count: items.count)
        results.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let slots = buffer
            DispatchQueue.concurrentPerform(iterations: items.count) { slots[$0] = transform(items[$0]) }
        }
        return results.map { $0! }
    }
}
