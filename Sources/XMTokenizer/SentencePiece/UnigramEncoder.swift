// The segmentation with the highest sum of piece scores, by Viterbi over byte positions, left to right.
// Exactness rests on details of the C++ library (model.md 5.2): the best score of a position is kept in f32, and how
// candidates are summed and what a user-defined symbol scores depend on its release (`SymbolScore`).
// SPDX-License-Identifier: Apache-2.0

/// What the library gives a user-defined symbol of n bytes, and how it sums: both decide near ties, and with them the
/// borders of runs of blanks and of markup. The rule changed in 0.2.2. Both were found by measuring segmentations of
/// the releases 0.1.97 to 0.2.3; 60,000 lines of code, prose and markup agree with each.
package enum SymbolScore: String, Sendable, CaseIterable {
    /// 0.2.2 and newer: 0.1 (n - 1) in f32; candidates are summed in f32, and counted from 0 again whenever a sum falls
    /// below -100,000, so that a book's last words are not decided by rounding.
    case current
    /// Up to 0.2.1: -0.1 for every symbol; candidates are summed and compared in f64.
    case upTo0_2_1 = "up-to-0.2.1"

    func score(bytes: Int) -> Double {
        switch self {
        case .current: Double(Float(0.1 * Double(bytes - 1)))
        case .upTo0_2_1: -0.1
        }
    }
}

/// Immutable after init, so threads share it; working memory belongs to the call.
struct UnigramEncoder: Sendable {
    private let trie: PieceTrie
    /// By id; the trie's score of a user-defined symbol is NaN and means: look here.
    private let symbolScores: [Double]
    private let byteIDs: [Int32]  // [256], empty without byte fallback
    private let sumsInSingle: Bool
    /// Sums below it are counted from 0 again.
    private let lowestSum: Float
    /// Bytes of the longest piece: so far ahead of a position sums may be known.
    private let reach: Int
    private let unknownID: Int32
    private let unknownScore: Float
    private let addDummyPrefix: Bool
    private let removeExtraWhitespaces: Bool

    /// `matchingSymbols` false leaves user-defined symbols that contain '<' out of the dictionary.
    init(_ model: SentencePieceModel, matchingSymbols: Bool, symbolScore: SymbolScore) {
        let normalScores = model.pieces.lazy.filter { $0.kind == .normal }.map(\.score)
        var entries: [(bytes: [UInt8], id: Int32, score: Float)] = []
        var seen = Set<[UInt8]>()  // bytes: equal strings may be canonically equivalent only
        for (id, piece) in model.pieces.enumerated() where seen.insert(Array(piece.text.utf8)).inserted {
            let isSymbol = piece.kind == .userDefined
            guard piece.kind == .normal || isSymbol && (matchingSymbols || !piece.text.contains("<")) else { continue }
            entries.append((Array(piece.text.utf8), Int32(id), isSymbol ? .nan : piece.score))
        }
        trie = PieceTrie(entries)
        symbolScores = model.pieces.map {
            $0.kind == .userDefined ? symbolScore.score(bytes: $0.text.utf8.count) : 0
        }
        unknownID = Int32(model.pieces.firstIndex { $0.kind == .unknown } ?? 0)
        unknownScore = (normalScores.min() ?? 0) - 10
        sumsInSingle = symbolScore == .current
        lowestSum = symbolScore == .current ? -100_000 : -.infinity
        reach = max(4, entries.lazy.map(\.bytes.count).max() ?? 0)
        addDummyPrefix = model.addDummyPrefix
        removeExtraWhitespaces = model.removeExtraWhitespaces
        var bytes = [Int32](repeating: -1, count: 256)
        for (id, piece) in model.pieces.enumerated() where piece.kind == .byte {
            if let value = UInt8(piece.text.dropFirst(3).dropLast(), radix: 16) { bytes[Int(value)] = Int32(id) }
        }
        byteIDs = model.byteFallback && !bytes.contains(-1) ? bytes : []
    }

    /// Appends the ids of a text; `isStart` false is for one that continues another.
    func encode(_ text: UnsafeBufferPointer<UInt8>, isStart: Bool = true, into result: inout [Int32]) {
        guard !text.isEmpty else { return }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 3 * text.count + 3) { normal in
            let count = normalize(text, isStart: isStart, into: normal.baseAddress!)
            guard count > 0 else { return }
            segment(UnsafeBufferPointer(start: normal.baseAddress!, count: count), into: &result)
        }
    }

    /// Dummy prefix and blanks as U+2581, malformed bytes as U+FFFD. Returns the bytes written, at most 3 per byte + 3.
    private func normalize(
        _ text: UnsafeBufferPointer<UInt8>, isStart: Bool, into out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var at = 0
        func put(_ a: UInt8, _ b: UInt8, _ c: UInt8) {
            (out[at], out[at + 1], out[at + 2]) = (a, b, c)
            at += 3
        }
        var index = 0
        var end = text.count
        if removeExtraWhitespaces {
            while index < end && text[index] == 0x20 { index += 1 }
            while end > index && text[end - 1] == 0x20 { end -= 1 }
            if index == end { return 0 }
        }
        if addDummyPrefix && isStart { put(0xE2, 0x96, 0x81) }
        while index < end {
            let byte = text[index]
            if byte == 0x20 {
                let isRepeated = removeExtraWhitespaces && index > 0 && text[index - 1] == 0x20
                if !isRepeated { put(0xE2, 0x96, 0x81) }
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
        return at
    }

    /// Bytes of the well-formed character at `index`, 0 when it is malformed (Unicode table 3-7).
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

    /// Best way to reach a byte position.
    private struct Best {
        var score: Float
        /// First byte of the last piece, -1 while the position is not reached.
        var start: Int32
        /// The last piece, or the unknown id.
        var piece: Int32
    }

    private func segment(_ text: UnsafeBufferPointer<UInt8>, into result: inout [Int32]) {
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
                        let candidate = sumsInSingle ? Double(here + Float(score)) : Double(here) + score
                        if best[at].start < 0 || candidate > Double(best[at].score) {
                            best[at] = Best(score: Float(candidate), start: Int32(start), piece: cell.piece)
                        }
                        if at - start == length { covered = true }
                    }
                    if !covered {
                        let candidate = here + unknownScore
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

    /// Counts the sums that are known from the one at `start` on, which becomes 0.
    private func rebase(_ best: UnsafeMutableBufferPointer<Best>, at start: Int) {
        let base = best[start].score
        for place in start..<min(best.count, start + reach + 1) where best[place].start >= 0 {
            best[place].score -= base
        }
    }

    private func backtrack(
        _ text: UnsafeBufferPointer<UInt8>, _ best: UnsafeMutableBufferPointer<Best>, into result: inout [Int32]
    ) {
        let first = result.count
        var end = text.count
        while end > 0 {
            let step = best[end]
            let start = Int(step.start)
            if step.piece != unknownID {
                result.append(step.piece)
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
