// The search finds what Lucene finds, in its order, with its scores to the bit.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMSupport

@testable import XMAgents

@Suite("BM25IndexTests")
struct BM25IndexTests {
    @Test("documents, order and scores are Lucene's")
    func lucene() {
        let documents = WebShopGoldens.rows("documents").map { (identifier: $0[0].string!, text: $0[1].string!) }
        let index = BM25Index(documents)
        #expect(documents.count == 150)
        for search in WebShopGoldens.rows("searches") {
            let hits = index.search(search[0].string!, count: 50)
            let wanted = search[1].array!.map { $0.array! }
            #expect(hits.map { documents[$0.document].identifier } == wanted.map { $0[0].string! })
            #expect(hits.map { Int($0.score.bitPattern) } == wanted.map { $0[1].integer! })
        }
    }

    @Test("words are analysed as in Lucene")
    func analysis() {
        for row in WebShopGoldens.rows("analysis") {
            let terms = EnglishAnalyzer.terms(of: row[0].string!)
            #expect(terms == row[1].array!.map { Array($0.string!.utf16) }, "\(row[0].string!)")
        }
    }

    @Test(
        "lengths are rounded into a byte",
        arguments: [(40, 40), (41, 40), (43, 42), (150, 144), (300, 280), (1000, 984)])
    func lengths(length: Int, rounded: Int) { #expect(LengthCode.rounded(length) == rounded) }

    @Test("nothing is found by nothing")
    func nothing() {
        #expect(BM25Index([]).search("tea", count: 50).isEmpty)
        let index = BM25Index([("A", ""), ("B", "tea"), ("C", "the and")])
        #expect(index.search("", count: 50).isEmpty && index.search("the", count: 50).isEmpty)
        #expect(index.search("teas", count: 50).map(\.document) == [1])
        #expect(index.search("tea", count: 0).isEmpty)
    }

    @Test("a megabyte of one word or of the letter y is analysed at once")
    func longWord() {
        let letters = String(repeating: "y", count: 1 << 20)
        #expect(EnglishAnalyzer.terms(of: letters).count == (1 << 20) / 255 + 1)
        #expect(EnglishAnalyzer.terms(of: String(repeating: "\u{301}", count: 1 << 20)).isEmpty)
    }
}
