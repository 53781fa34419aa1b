// The SentencePiece library's own encoder: the oracle of tests and the baseline of benchmarks, not used otherwise.
// SPDX-License-Identifier: Apache-2.0

import CXMSentencePiece
package import Foundation

package final class SentencePieceLibrary {
    private let processor: OpaquePointer
    private let url: URL

    package init(contentsOf url: URL) throws {
        self.url = url
        var error: UnsafeMutablePointer<CChar>?
        guard let processor = xm_sp_load(url.path, &error) else {
            defer { xm_sp_free(error) }
            throw TokenizerError.unreadable(file: url.path, reason: error.map { String(cString: $0) } ?? "unknown")
        }
        self.processor = processor
    }

    deinit { xm_sp_unload(processor) }

    package func encode(_ text: [UInt8]) -> [Int32] {
        var ids: UnsafeMutablePointer<Int32>?
        let count = call(text, &ids)
        defer { xm_sp_free(ids) }
        return Array(UnsafeBufferPointer(start: ids, count: count))
    }

    /// Number of ids, without copying them.
    package func count(_ text: [UInt8]) -> Int {
        var ids: UnsafeMutablePointer<Int32>?
        defer { xm_sp_free(ids) }
        return call(text, &ids)
    }

    /// The rule for symbols that the installed release follows, found by encoding the lines: it does not tell its
    /// version.
    package func symbolScore(in lines: [String]) throws -> SymbolScore {
        let current = try SentencePieceTokenizer(contentsOf: url)
        let agrees = lines.allSatisfy { current.encode($0) == encode(Array($0.utf8)) }
        return agrees ? .current : .upTo0_2_1
    }

    package func decode(_ ids: [Int32]) -> String {
        var length = 0
        guard let text = xm_sp_decode(processor, ids, ids.count, &length) else { return "" }
        defer { xm_sp_free(text) }
        return String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
    }

    private func call(_ text: [UInt8], _ ids: inout UnsafeMutablePointer<Int32>?) -> Int {
        text.withUnsafeBytes { bytes in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return 0 }
            return xm_sp_encode(processor, start, bytes.count, &ids)
        }
    }
}
