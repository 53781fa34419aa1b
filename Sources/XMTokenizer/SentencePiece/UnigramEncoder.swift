// Finds the segmentation with the highest sum of piece scores by a Viterbi search over byte positions, left to right
// (Kudo 2018). To match the C++ library exactly, the best score of a position is kept in f32; how candidates are summed
// and what a user-defined symbol scores depend on the library's release (`SymbolScore`).
// SPDX-License-Identifier: Apache-2.0

/// The score that the library gives a user-defined symbol of n bytes, and how it sums scores. Both decide near-ties,
/// and thereby the boundaries of runs of spaces and of markup. The rules changed in 0.2.2. Both were inferred from
/// segmentations by releases 0.1.97 to 0.2.3; 60,000 lines of code, prose and markup agree with each.
package enum SymbolScore: String, Sendable, CaseIterable {
    /// 0.2.2 and newer: 0.1 (n - 1) in f32; candidates are summed in f32, and sums are rebased to 0 when they fall
    /// below -100,000, so that rounding does not decide the last words of a book.
    case current
    /// Up to 0.2.1: -0.1 for every symbol; candidates are summed and compared in f64.
    case upTo0_2_1 = "up-to-0.2.1"
    /// Hugging Face's `tokenizers`, for vocabularies of tokenizer.json: every entry is matched in text with its score,
    /// and all sums are in f64.
    case huggingFace = "hugging-face"

    func score(bytes: Int) -> Double {
        switch self {
        case .current: Double(Float(0.1 * Double(bytes - 1)))
        case .upTo0_2_1, .huggingFace: -0.1
        }
    }
}

/// Immutable after init and shared by threads; working memory is local to each call.
struct UnigramEncoder: Sendable {
    private let trie: PieceTrie
    /// By id, for user-defined symbols, whose score in the trie is NaN.
    private let symbolScores: [Double]
    private let byteIDs: [Int32]  // [256], empty without byte fallback
    /// Whether candidate sums are rounded to f32, and whether the best sums are.
    private let roundsCandidates: Bool
    private let roundsSums: Bool
    /// Sums below this are rebased to 0.
    private let lowestSum: Double
    /// Length in bytes of the longest piece: how far ahead of the current position sums may be set.
    private let reach: Int
    private let unknownID: Int32
    /// The unknown piece's text if it is matched in text, otherwise empty.
    private let unknownText: [UInt8]
    private let unknownScore: Double
    private let addDummyPrefix: Bool
    private let addSuffix: Bool
    private let removeExtraWhitespaces: Bool
    /// The bytes that replace a space.
    private let blank: [UInt8]

    /// With `matchingSymbols` false, user-defined symbols that contain '<' are not in the dictionary.
    init(_ model: SentencePieceModel, matchingSymbols: Bool, symbolScore: SymbolScore, unknownID: Int32? = nil) {
        var entries: [(bytes: [UInt8], id: Int32, score: Float)] = []
        var seen = Set<[UInt8]>()  // bytes, because String's == is canonical equivalence
        var lowest: Float?
        for (id, piece) in model.pieces.prefix(model.searchedPieces ?? .max).enumerated() {
            let isFound =
                switch piece.kind {
                case .normal: true
                case .userDefined: matchingSymbols || !PieceText.hasMarkup(piece.text)
                case .control: symbolScore == .huggingFace && matchingSymbols
                case .unknown, .unused, .byte: symbolScore == .huggingFace
                }
            if piece.kind == .normal || symbolScore == .huggingFace { lowest = min(lowest ?? piece.score, piece.score) }
            guard isFound, seen.insert(Array(piece.text.utf8)).inserted else { continue }
            let isSymbol = piece.kind == .userDefined && symbolScore != .huggingFace
            entries.append((Array(piece.text.utf8), Int32(id), isSymbol ? .nan : piece.score))
        }
        trie = PieceTrie(entries)
        symbolScores = model.pieces.map {
            $0.kind == .userDefined ? symbolScore.score(bytes: $0.text.utf8.count) : 0
        }
        self.unknownID = unknownID ?? Int32(model.pieces.firstIndex { $0.kind == .unknown } ?? 0)
        unknownText = symbolScore == .huggingFace ? Array(model.pieces[Int(self.unknownID)].text.utf8) : []
        roundsCandidates = symbolScore == .current
        roundsSums = symbolScore != .huggingFace
        unknownScore = roundsSums ? Double((lowest ?? 0) - 10) : Double(lowest ?? 0) - 10
        lowestSum = symbolScore == .current ? -100_000 : -.infinity
        reach = max(4, entries.lazy.map(\.bytes.count).max() ?? 0)
        addDummyPrefix = model.addDummyPrefix && !model.treatWhitespaceAsSuffix
        addSuffix = model.addDummyPrefix && model.treatWhitespaceAsSuffix
        removeExtraWhitespaces = model.removeExtraWhitespaces
        blank = model.escapeWhitespaces ? PieceText.blankMark : [0x20]
        var bytes = [Int32](repeating: -1, count: 256)
        for (id, piece) in model.pieces.enumerated() where piece.kind == .byte {
            if let value = PieceText.byte(piece.text) { bytes[Int(value)] = Int32(id) }
        }
        byteIDs = model.byteFallback && !bytes.contains(-1) ? bytes : []
    }

    /// Appends the ids of a text; `isStart` is false if it continues another.
    func encode(_ text: UnsafeBufferPointer<UInt8>, isStart: Bool = true, into result: inout [Int32]) {
        guard !text.isEmpty else { return }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 3 * text.count + 3) { normal in
            let count = normalize(text, isStart: isStart, into: normal.baseAddress!)
            guard count > 0 else { return }
            segment(UnsafeBufferPointer(start: normal.baseAddress!, count: count), into: &result)
        }
    }

    /// Adds the dummy prefix or suffix, replaces spaces by U+2581 and malformed bytes by U+FFFD. Returns the number of
    /// bytes written, at most 3 n + 3.
    private func normalize(
        _ text: UnsafeBufferPointer<UInt8>, isStart: Bool, into out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var at = 0
        func put(_ a: UInt8, _ b: UInt8, _ c: UInt8) {
            (out[at], out[at + 1], out[at + 2]) = (a, b, c)
            at += 3
        }
        let isEscaped = blank.count == 3
        func putBlank() {
            if isEscaped {
                put(0xE2, 0x96, 0x81)
            } else {
                out[at] = 0x20
                at += 1
            }
        }
        var index = 0
        if removeExtraWhitespaces {
            while index < text.count && text[index] == 0x20 { index += 1 }
            if index == text.count { return 0 }
        }
        if addDummyPrefix && isStart { putBlank() }
        while index < text.count {
            let byte = text[index]
            if byte == 0x20 {
                let isRepeated = removeExtraWhitespaces && index > 0 && text[index - 1] == 0x20
                if !isRepeated { putBlank() }
                index += 1
            } else if byte < 0x80 {
                out[at] = byte
                at += 1
                index += 1
            } else {
                let length = Self.characterLength(text, at: index)
                if length == 0 {
                    put(0xEF, 0xBF, 0xBD)
                    index += 1
                } else {
                    for offset in 0..<length { out[at + offset] = text[index + offset] }
                    at += length
                    index += length
                }
            }
        }
        // The library strips spaces at the end of its output, which includes each "▁" of the text and even the dummy
        // prefix.
        if removeExtraWhitespaces {
            while at >= blank.count, blank.indices.allSatisfy({ out[at - blank.count + $0] == blank[$0] }) {
                at -= blank.count
            }
        }
        if addSuffix { putBlank() }
        return at
    }

    /// Length in bytes of the well-formed character at `index`; 0 if it is malformed (Unicode, table 3-7).
    static func characterLength(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            index + offset < text.count && range.contains(text[index + offset])
        }
        let byte = text[index]
        switch byte {
        case ..<0x80: return 1
        case 0xC2...0xDF: return continues(1) ? 2 : 0
        case 0xE0...0xEF:
            let second: ClosedRange<UInt8> = byte == 0xE0 ? 0xA0...0xBF : byte == 0xED ? 0x80...0x9F : 0x80...0xBF
            return continues(1, second) && continues(2) ? 3 : 0
        case 0xF0...0xF4:
            let second: ClosedRange<UInt8> = byte == 0xF0 ? 0x90...0xBF : byte == 0xF4 ? 0x80...0x8F : 0x80...0xBF
            return continues(1, second) && continues(2) && continues(3) ? 4 : 0
        default: return 0
        }
    }

    /// The best segmentation up to a byte position.
    private struct Best {
        var score: Double
        /// First byte of the last piece; -1 if the position has not been reached.
        var start: Int32
        /// The last piece, or the unknown id.
        var piece: Int32
    }

    /// Appends the ids of a normalized text.
    func segment(_ text: UnsafeBufferPointer<UInt8>, into result: inout [Int32]) {
        withUnsafeTemporaryAllocation(of: Best.self, capacity: text.count + 1) { best in
            best.initialize(repeating: Best(score: 0, start: -1, piece: -1))
            search(text, best)
            backtrack(text, best, into: &result)
        }
    }

    private func search(_ text: UnsafeBufferPointer<UInt8>, _ best: UnsafeMutableBufferPointer<Best>) {
        trie.cells.withUnsafeBufferPointer { cells in
            symbolScores.withUnsafeBufferPointer { symbolScores in
                var start = 0
                while start < text.count {
                    let lead = text[start]
                    let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
                    if best[start].score < lowestSum { rebase(best, at: start) }
                    let here = best[start].score
                    var covered = false
                    var node: Int32 = 0
                    var at = start
                    while at < text.count {
                        let next = Int(cells[Int(node)].base) + Int(text[at])
                        let cell = cells[next]
                        guard cell.parent == node else { break }
                        node = Int32(next)
                        at += 1
                        guard cell.piece >= 0 else { continue }
                        let score = cell.score.isNaN ? symbolScores[Int(cell.piece)] : Double(cell.score)
                        // Rounding the f64 sum of two f32 values to f32 is the same as adding them in f32.
                        let candidate = roundsCandidates ? Double(Float(here + score)) : here + score
                        if best[at].start < 0 || candidate > best[at].score {
                            let kept = roundsSums ? Double(Float(candidate)) : candidate
                            best[at] = Best(score: kept, start: Int32(start), piece: cell.piece)
                        }
                        if at - start == length { covered = true }
                    }
                    if !covered {
                        let candidate = roundsSums ? Double(Float(here + unknownScore)) : here + unknownScore
                        let end = start + length
                        if best[end].start < 0 || candidate > best[end].score {
                            best[end] = Best(score: candidate, start: Int32(start), piece: unknownID)
                        }
                    }
                    start += length
                }
            }
        }
    }

    /// Subtracts the sum at `start`, which becomes 0, from all sums set so far.
    private func rebase(_ best: UnsafeMutableBufferPointer<Best>, at start: Int) {
        let base = best[start].score
        for position in start..<min(best.count, start + reach + 1) where best[position].start >= 0 {
            best[position].score = Double(Float(best[position].score - base))
        }
    }

    private func backtrack(
        _ text: UnsafeBufferPointer<UInt8>, _ best: UnsafeMutableBufferPointer<Best>, into result: inout [Int32]
    ) {
        let first = result.count
        var end = text.count
        while end > 0 {
            let step = best[end]
            var start = Int(step.start)
            // If text may spell the unknown piece, consecutive unknown characters are joined first.
            while !unknownText.isEmpty, step.piece == unknownID, start > 0, best[start].piece == unknownID {
                start = Int(best[start].start)
            }
            if step.piece != unknownID {
                result.append(step.piece)
            } else if !unknownText.isEmpty, text[start..<end].elementsEqual(unknownText) {
                result.append(unknownID)
            } else if !byteIDs.isEmpty {
                for index in (start..<end).reversed() { result.append(byteIDs[Int(text[index])]) }
            } else if result.count == first || result[result.count - 1] != unknownID {
                result.append(unknownID)  // neighbouring unknown characters are one token
            }
            end = start
        }
        result[first...].reverse()
    }
}
