// Lucene's BM25 (Robertson and Zaragoza 2009; BM25Similarity of Lucene 8 and 9) to the bit: the arithmetic is in
// float32 in Lucene's order, and the lengths of documents are stored in one byte. Equal scores are ordered by
// identifier, as Anserini orders them. Next: EnglishAnalyzer.swift, what a term is; BM25Index+File.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package struct BM25Index: Sendable {
    package struct Hit: Sendable, Equatable {
        /// Index of the document in the order given.
        package let document: Int
        package let score: Float
    }

    /// Anserini's parameters; Lucene's own are 1.2 and 0.75.
    private static let (k1, b): (Float, Float) = (0.9, 0.4)

    /// Terms by number; keys are UTF-16, because equal Swift strings may differ in their code units.
    var vocabulary: [[UInt16]: Int] = [:]
    /// Documents and frequencies, by term.
    var postings: [[Posting]] = []
    /// 1 / (k1 · (1 − b + b · length / average length)), by document.
    var inverseNorms: [Float] = []
    /// The place of each document when sorted by identifier.
    var places: [Int32] = []
    /// How many documents have a term at all.
    var filledCount = 0

    struct Posting: Sendable, BitwiseCopyable {
        let document: Int32
        var frequency: Int32
    }

    /// For the reader of files.
    init() {}

    package var documentCount: Int { inverseNorms.count }

    package init(_ documents: [(identifier: String, text: String)]) {
        var lengths: [Int] = []
        for (document, entry) in documents.enumerated() {
            let terms = EnglishAnalyzer.terms(of: entry.text)
            lengths.append(terms.count)
            for term in terms { add(term, to: Int32(document)) }
        }
        filledCount = lengths.count { $0 > 0 }
        let average = Float(Double(lengths.reduce(0, +)) / Double(max(filledCount, 1)))
        inverseNorms = lengths.map { length in
            1 / (Self.k1 * ((1 - Self.b) + Self.b * Float(LengthCode.rounded(length)) / average))
        }
        let identifiers = documents.map { Array($0.identifier.utf8) }
        places = [Int32](repeating: 0, count: identifiers.count)
        let sorted = identifiers.indices.sorted { identifiers[$0].lexicographicallyPrecedes(identifiers[$1]) }
        for (place, document) in sorted.enumerated() { places[document] = Int32(place) }
    }

    private mutating func add(_ term: [UInt16], to document: Int32) {
        guard let number = vocabulary[term] else {
            vocabulary[term] = postings.count
            postings.append([Posting(document: document, frequency: 1)])
            return
        }
        let last = postings[number].count - 1
        if postings[number][last].document == document {
            postings[number][last].frequency += 1
        } else {
            postings[number].append(Posting(document: document, frequency: 1))
        }
    }

    /// The best documents for a bag of words, best first; a repeated word counts as often as it is repeated.
    package func search(_ query: String, count: Int) -> [Hit] {
        var repeats: [Int: Int] = [:]
        var order: [Int] = []
        for term in EnglishAnalyzer.terms(of: query) {
            guard let number = vocabulary[term] else { continue }
            if repeats.updateValue((repeats[number] ?? 0) + 1, forKey: number) == nil { order.append(number) }
        }
        // Terms are added in double precision, and the sum is rounded once.
        var sums = [Double](repeating: 0, count: inverseNorms.count)
        var touched: [Int] = []
        for number in order {
            let weight = Float(repeats[number]!) * inverseDocumentFrequency(postings[number].count)
            for posting in postings[number] {
                let document = Int(posting.document)
                if sums[document] == 0 { touched.append(document) }
                sums[document] += Double(weight - weight / (1 + Float(posting.frequency) * inverseNorms[document]))
            }
        }
        return best(count, of: touched.map { Hit(document: $0, score: Float(sums[$0])) })
    }

    /// ln(1 + (N − n + ½) / (n + ½)) for a term in n of N documents.
    private func inverseDocumentFrequency(_ count: Int) -> Float {
        Float(log(1 + (Double(filledCount - count) + 0.5) / (Double(count) + 0.5)))
    }

    /// Keeps a sorted list no longer than wanted: most documents fall below its end at once.
    private func best(_ count: Int, of hits: [Hit]) -> [Hit] {
        func isBetter(_ left: Hit, _ right: Hit) -> Bool {
            left.score == right.score ? places[left.document] < places[right.document] : left.score > right.score
        }
        var best: [Hit] = []
        for hit in hits where best.count < count || best.last.map({ isBetter(hit, $0) }) == true {
            if best.count == count { best.removeLast() }
            best.insert(hit, at: best.firstIndex { isBetter(hit, $0) } ?? best.endIndex)
        }
        return best
    }
}

/// The byte into which Lucene rounds the length of a document (SmallFloat.intToByte4): exact to 40, then with three
/// bits after the leading one, so that 150 counts as 144.
enum LengthCode {
    /// How many small values are stored as they are.
    private static let exactCount = 24

    /// The length after the byte.
    static func rounded(_ length: Int) -> Int {
        guard length >= exactCount else { return length }
        let value = length - exactCount
        let shift = max(0, Int.bitWidth - value.leadingZeroBitCount - 4)
        return exactCount + ((value >> shift) << shift)
    }
}
