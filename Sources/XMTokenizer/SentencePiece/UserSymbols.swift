// Symbols that are always one token: read from a file, one a line, and checked before the library sees them.
// Next: UnigramTrainer.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package enum UserSymbols {
    /// The lines of a UTF-8 file, ended by LF, CRLF or CR; empty ones are no symbols.
    package static func read(_ url: URL) throws -> [String] {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw TokenizerError.badSymbols(
                file: url.path, reason: "cannot be read; name a text file with one symbol a line")
        }
        var lines: [String] = []
        for (index, bytes) in splitLines(Array(data)).enumerated() {
            guard let line = String(validating: bytes, as: UTF8.self) else {
                throw TokenizerError.badSymbols(
                    file: url.path, reason: "line \(index + 1) is not UTF-8; convert the file first")
            }
            if !line.isEmpty { lines.append(line) }
        }
        do {
            try check(lines)
        } catch TokenizerError.badSymbols(_, let reason) {
            throw TokenizerError.badSymbols(file: url.path, reason: reason)
        }
        return lines
    }

    private static func splitLines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var rest = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        var lines: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 0x0A && $0 != 0x0D }
            lines.append(line)
            rest = rest.dropFirst(line.count)
            rest = rest.dropFirst(rest.starts(with: [0x0D, 0x0A]) ? 2 : 1)
        }
        return lines
    }

    /// Refuses symbols that cannot be pieces of their own.
    static func check(_ symbols: [String]) throws {
        var seen = Set<[UInt8]>()
        for symbol in symbols {
            func refuse(_ reason: String) -> TokenizerError { .badSymbols(file: nil, reason: "'\(symbol)' \(reason)") }
            if symbol.isEmpty { throw TokenizerError.badSymbols(file: nil, reason: "a symbol is empty; remove it") }
            if symbol.utf8.contains(0) { throw refuse("has the character U+0000; remove it") }
            if isReserved(symbol) || isByte(symbol) {
                throw refuse("is a piece of every vocabulary; remove it or spell it otherwise")
            }
            guard seen.insert(Array(symbol.utf8)).inserted else { throw refuse("is there twice; remove one") }
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

    /// As the library reads a list: values with commas between them, each in quotes, where a quote is doubled.
    static func list(_ symbols: [String]) -> String {
        let quote = UInt8(ascii: "\"")
        return symbols.map { symbol in
            let bytes = symbol.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }
            return String(decoding: [quote] + bytes + [quote], as: UTF8.self)
        }.joined(separator: ",")
    }
}
