// Splits a text into the segments that SentencePiece models encode, as described by tokenizer.json: split at symbols,
// with "▁" in place of spaces and, depending on `Prefix`, prepended. Shared by BPE and Unigram models.
// SPDX-License-Identifier: Apache-2.0

struct BlankMarking: Sendable {
    private let prefix: TokenizerVocabulary.Prefix
    private let symbols: SymbolMatchers
    private let userSymbols: SymbolMatchers

    init(_ vocabulary: TokenizerVocabulary) {
        let prefix = vocabulary.prefix
        let normalize = { Self.isNormalizer(prefix) ? Self.normal($0, prefix: prefix) : $0 }
        self.prefix = prefix
        symbols = SymbolMatchers(vocabulary.symbols(fromUser: false), normalize: normalize)
        userSymbols = SymbolMatchers(vocabulary.symbols(fromUser: true), normalize: normalize)
    }

    /// Calls `plain` with every segment to be encoded and `symbol` with the ids of symbols, in order. `isStart`: the
    /// text does not continue another.
    func split(
        _ text: UnsafeBufferPointer<UInt8>, matchingSymbols: Bool, isStart: Bool = true,
        plain: (UnsafeBufferPointer<UInt8>) -> Void, symbol: (Int32) -> Void
    ) {
        let symbols = matchingSymbols ? symbols : userSymbols
        symbols.given.split(
            text,
            plain: {
                let isFirst = isStart && $0.lowerBound == 0
                splitNormal(
                    UnsafeBufferPointer(rebasing: text[$0]), symbols.normalized, isStart: isFirst, plain: plain,
                    symbol: symbol)
            }, symbol: symbol)
    }

    /// Processes a segment between symbols that are matched before normalization.
    private func splitNormal(
        _ segment: UnsafeBufferPointer<UInt8>, _ symbols: SymbolMatcher, isStart: Bool,
        plain: (UnsafeBufferPointer<UInt8>) -> Void, symbol: (Int32) -> Void
    ) {
        if Self.isNormalizer(prefix) {
            Self.normal(segment, prefix: prefix).withUnsafeBufferPointer { normal in
                symbols.split(normal, plain: { plain(UnsafeBufferPointer(rebasing: normal[$0])) }, symbol: symbol)
            }
            return
        }
        symbols.split(
            segment,
            plain: {
                let isFirst = isStart && $0.lowerBound == 0
                Self.normal(segment[$0], prefix: prefix, isStart: isFirst).withUnsafeBufferPointer(plain)
            }, symbol: symbol)
    }

    /// Whether "▁" is inserted by a normalizer (Prepend, Replace), which applies before symbols with `normalized` are
    /// matched, or by the pre-tokeniser Metaspace, which applies after that.
    private static func isNormalizer(_ prefix: TokenizerVocabulary.Prefix) -> Bool {
        prefix == .always || prefix == .never
    }

    /// `isStart`: the segment begins a text.
    private static func normal(
        _ text: some Collection<UInt8>, prefix: TokenizerVocabulary.Prefix, isStart: Bool = true
    ) -> [UInt8] {
        let beginsBlank = text.first == 0x20 || text.starts(with: PieceText.blankMark)
        let hasPrefix =
            switch prefix {
            case .never: false
            case .always: true
            case .unlessBlank: !beginsBlank
            case .atStartUnlessBlank: isStart && !beginsBlank
            }
        var normal: [UInt8] = hasPrefix ? PieceText.blankMark : []
        normal.reserveCapacity(text.count + text.count / 2 + 3)
        for byte in text {
            if byte == 0x20 { normal += PieceText.blankMark } else { normal.append(byte) }
        }
        return normal
    }
}
