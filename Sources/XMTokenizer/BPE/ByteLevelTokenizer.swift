// Byte-level BPE (GPT-2, Llama 3, Qwen 2, SmolLM2): symbols are matched first, the pre-tokeniser splits the rest into
// words, and the bytes of each word are merged. Any text can be encoded, and decodes to exactly the same bytes.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package final class ByteLevelTokenizer: Tokenizer {
    private let vocabulary: TokenizerVocabulary
    private let preTokenizer: PreTokenizer
    private let spelled: [[UInt8]]  // bytes by id
    private let words: PieceTable
    private let merges: MergeTable
    private let byteIDs: [Int32]  // [256], -1 for a byte without a token
    /// Tokens that result from merging their own bytes: a word equal to one needs no search.
    private let isWhole: [Bool]
    private let symbols: SymbolMatchers
    private let userSymbols: SymbolMatchers
    private let ids: PieceTable  // by the token's spelling in the byte alphabet
    package let fingerprint: String

    init(_ vocabulary: TokenizerVocabulary) throws {
        let file = vocabulary.file
        guard let preTokenizer = vocabulary.preTokenizer else {
            throw VocabularyError.unsupported(
                file: file, key: "tokenizer.ggml.pre", found: "missing or of another family",
                wanted: PreTokenizer.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self.vocabulary = vocabulary
        self.preTokenizer = preTokenizer
        var spelled: [[UInt8]] = []
        spelled.reserveCapacity(vocabulary.tokens.count)
        for (id, token) in vocabulary.tokens.enumerated() {
            let isText = vocabulary.kind(id) == .normal || vocabulary.kind(id) == .unused
            spelled.append((isText ? ByteAlphabet.bytes(of: token) : nil) ?? Array(token.utf8))
        }
        let words = PieceTable(
            spelled.enumerated().map { id, bytes in vocabulary.kind(id) == .normal ? bytes : nil })
        let ids = PieceTable(vocabulary.tokens.map { Array($0.utf8) })
        // A byte whose token is also an added token is found by its spelling: the model still uses it in merges.
        let byteIDs = (0...255).map { byte in
            let id = words.find([UInt8(byte)])
            return id >= 0 ? id : ids.id(of: String(ByteAlphabet.scalars[byte])) ?? -1
        }
        if let unknown = vocabulary.unknownID, byteIDs.contains(-1), vocabulary.hasUnknownInModel {
            throw VocabularyError.unsupported(
                file: file, key: "model.unk_token", found: "'\(vocabulary.piece(unknown))', and some byte has no token",
                wanted: "null, or a token for every byte")
        }
        let merges = try Self.merges(of: vocabulary, words: words, ids: ids)
        var isWhole = [Bool](repeating: false, count: spelled.count)
        var scratch: [MergeTable.Merge] = []
        for (id, bytes) in spelled.enumerated() where vocabulary.kind(id) == .normal {
            if vocabulary.ignoresMerges {
                isWhole[id] = true
                continue
            }
            var symbols = bytes.map { byteIDs[Int($0)] }
            merges.apply(to: &symbols, merges: &scratch)
            isWhole[id] = symbols == [Int32(id)]
        }
        (self.spelled, self.words, self.byteIDs) = (spelled, words, byteIDs)
        self.ids = ids
        (self.merges, self.isWhole) = (merges, isWhole)
        let normalize = { vocabulary.normalizesToNFC ? Self.normal($0) : $0 }
        symbols = SymbolMatchers(vocabulary.symbols(fromUser: false), normalize: normalize)
        userSymbols = SymbolMatchers(vocabulary.symbols(fromUser: true), normalize: normalize)
        fingerprint = vocabulary.fingerprint
    }

    private static func merges(
        of vocabulary: TokenizerVocabulary, words: PieceTable, ids: PieceTable
    ) throws -> MergeTable {
        var table = MergeTable(capacity: vocabulary.merges.count)
        for (rank, merge) in vocabulary.merges.enumerated() {
            func find(_ piece: @autoclosure () -> String, _ bytes: [UInt8]?) throws -> Int32 {
                let id = bytes.map { words.find($0) } ?? -1
                if id >= 0 { return id }
                if bytes != nil, let id = ids.id(of: piece()) { return id }
                throw VocabularyError.unknownPiece(file: vocabulary.file, key: "merges[\(rank)]", piece: piece())
            }
            let (left, right) = (ByteAlphabet.bytes(of: merge.left), ByteAlphabet.bytes(of: merge.right))
            let id = try find(merge.left + merge.right, left.flatMap { left in right.map { left + $0 } })
            table.insert(
                try find(merge.left, left), try find(merge.right, right), .init(rank: Int32(rank), id: id))
        }
        return table
    }

    package var vocabularySize: Int { vocabulary.tokens.count }
    package var unknownID: Int32 { vocabulary.unknownID ?? 0 }
    package var bosID: Int32? { vocabulary.bosID }
    package var eosID: Int32? { vocabulary.eosID }
    package var addsBOS: Bool { vocabulary.addsBOS }
    package var leadingBlank: LeadingBlank { .kept }
    package var replacesEachByte: Bool { false }
    package var controlSymbols: [String] { vocabulary.controlSymbols }

    package func encode(_ text: String) -> [Int32] { encode(text, matchingSymbols: true) }

    package func encode(_ text: String, matchingSymbols: Bool) -> [Int32] {
        var text = text
        var result: [Int32] = []
        var scratch = Scratch()
        let symbols = matchingSymbols ? symbols : userSymbols
        text.withUTF8 { bytes in
            symbols.given.split(
                bytes,
                plain: {
                    encodePlain(
                        UnsafeBufferPointer(rebasing: bytes[$0]), symbols.normalized, &scratch, into: &result)
                },
                symbol: { result.append($0) })
        }
        return result
    }

    /// Scratch memory of one call.
    private struct Scratch {
        var symbols: [Int32] = []
        var merges: [MergeTable.Merge] = []
    }

    private static func normal(_ text: some Collection<UInt8>) -> [UInt8] {
        Array(String(decoding: text, as: UTF8.self).precomposedStringWithCanonicalMapping.utf8)
    }

    private func encodePlain(
        _ text: UnsafeBufferPointer<UInt8>, _ symbols: SymbolMatcher, _ scratch: inout Scratch,
        into result: inout [Int32]
    ) {
        func encode(_ normal: UnsafeBufferPointer<UInt8>) {
            symbols.split(
                normal,
                plain: { encodeNormal(UnsafeBufferPointer(rebasing: normal[$0]), &scratch, into: &result) },
                symbol: { result.append($0) })
        }
        if vocabulary.normalizesToNFC, text.contains(where: { $0 >= 0x80 }) {
            Self.normal(text).withUnsafeBufferPointer(encode)
        } else {
            encode(text)
        }
    }

    private func encodeNormal(
        _ text: UnsafeBufferPointer<UInt8>, _ scratch: inout Scratch, into result: inout [Int32]
    ) {
        preTokenizer.forEachWord(in: text) { range in
            let word = UnsafeBufferPointer(rebasing: text[range])
            let whole = words.find(word)
            if whole >= 0, isWhole[Int(whole)] {
                result.append(whole)
                return
            }
            scratch.symbols.removeAll(keepingCapacity: true)
            // Bytes without a token are dropped, as by the models' own tokenizers; complete alphabets have none.
            for byte in word where byteIDs[Int(byte)] >= 0 { scratch.symbols.append(byteIDs[Int(byte)]) }
            merges.apply(to: &scratch.symbols, merges: &scratch.merges)
            result += scratch.symbols
        }
    }

    package func piece(_ id: Int32) -> String { vocabulary.piece(id) }

    package func id(of piece: String) -> Int32? { ids.id(of: piece) }

    package func bytes(of id: Int32) -> [UInt8] {
        guard spelled.indices.contains(Int(id)), vocabulary.kind(Int(id)) != .control else { return [] }
        return spelled[Int(id)]
    }
}
