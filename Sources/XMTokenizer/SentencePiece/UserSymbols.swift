// User-defined symbols, which are always one token: read from a file with one per line, and checked before training.
// Next: UnigramTrainer.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package enum UserSymbols {
    /// Reads the symbols from the non-empty lines of a UTF-8 file.
    package static func read(_ url: URL) throws -> [String] {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw TokenizerError.badSymbols(
                file: url.path, reason: "cannot be read; name a text file with one symbol per line")
        }
        let lines = try data.withUnsafeBytes { bytes in
            try LineSplitter(bytes).enumerated().map { index, line in
                guard let text = String(validating: line, as: UTF8.self) else {
                    throw TokenizerError.badSymbols(
                        file: url.path, reason: "line \(index + 1) is not UTF-8; convert the file first")
                }
                return text
            }.filter { !$0.isEmpty }
        }
        do {
            try check(lines)
        } catch TokenizerError.badSymbols(_, let reason) {
            throw TokenizerError.badSymbols(file: url.path, reason: reason)
        }
        return lines
    }

    /// Throws for symbols that cannot be pieces of their own.
    static func check(_ symbols: [String]) throws {
        var seen = Set<[UInt8]>()
        for symbol in symbols {
            func refuse(_ reason: String) -> TokenizerError { .badSymbols(file: nil, reason: "'\(symbol)' \(reason)") }
            if symbol.isEmpty { throw TokenizerError.badSymbols(file: nil, reason: "a symbol is empty; remove it") }
            if symbol.utf8.contains(0) { throw refuse("has the character U+0000; remove it") }
            if isReserved(symbol) || isByte(symbol) {
                throw refuse("is predefined in every vocabulary; remove it or choose another spelling")
            }
            guard seen.insert(Array(symbol.utf8)).inserted else { throw refuse("is a duplicate; remove it") }
        }
    }

    private static func isReserved(_ symbol: String) -> Bool {
        ["<unk>", "<s>", "</s>"].contains { $0.utf8.elementsEqual(symbol.utf8) }
    }

    /// The pieces of byte fallback, <0x00> to <0xFF>.
    private static func isByte(_ symbol: String) -> Bool {
        symbol.utf8.count == 6 && symbol.utf8.starts(with: "<0x".utf8) && symbol.utf8.last == UInt8(ascii: ">")
            && symbol.utf8.dropFirst(3).dropLast().allSatisfy { "0123456789ABCDEF".utf8.contains($0) }
    }

    /// A list as parsed by the library: comma-separated quoted values, with quotes doubled.
    static func list(_ symbols: [String]) -> String {
        let quote = UInt8(ascii: "\"")
        return symbols.map { symbol in
            let bytes = symbol.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }
            return String(decoding: [quote] + bytes + [quote], as: UTF8.self)
        }.joined(separator: ",")
    }
}
