// The index of pages: forms of input, titles, redirects, similar pages, damaged files.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMAgents
import XMSupport
import XMTestSupport

@Suite("WikipediaIndexTests")
struct WikipediaIndexTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let rows = """
        {"title": "Otter", "sentences": ["Otters are carnivorous mammals.", " They swim."]}
        {"title": "Sea otter", "text": ["The sea otter is marine.", "It floats."]}
        {"title": "Iron Man", "text": [["Iron Man"], ["Iron Man is a hero.", " He flies."], ["Second paragraph here."]]}

        {"title": "iron man", "text": "Another spelling of it.\\nSecond line of text."}
        {"title": "River otter", "paragraphs": ["The river otter\\nlives in rivers.", "It eats fish."]}
        {"title": "Lutra", "redirect": "otter"}
        {"title": "Round", "redirect": "and round"}
        {"title": "And round", "redirect": "Round"}
        """

    private func index() throws -> WikipediaIndex {
        let url = folder.url.appending(path: "pages.sqlite")
        try WikipediaIndex.build([folder.file("pages.jsonl", Self.rows)], to: url)
        return try WikipediaIndex(url)
    }

    private static func paragraphs(_ answer: WikipediaAnswer) -> [String]? {
        if case .page(let page) = answer { page.paragraphs } else { nil }
    }

    @Test("pages are found by title in any case and through redirects, in every form of row")
    func pages() throws {
        let index = try index()
        #expect(index.pageCount == 8 && index.identity.hasPrefix("index of pages.jsonl, 8 pages, sha256 "))
        #expect(Self.paragraphs(try index.find("otter")) == ["Otters are carnivorous mammals. They swim."])
        #expect(Self.paragraphs(try index.find(" LUTRA ")) == ["Otters are carnivorous mammals. They swim."])
        #expect(Self.paragraphs(try index.find("sea_otter")) == ["The sea otter is marine. It floats."])
        #expect(Self.paragraphs(try index.find("Iron Man"))?.count == 3)
        #expect(
            Self.paragraphs(try index.find("iron man")) == ["Another spelling of it.", "Second line of text."])
        #expect(Self.paragraphs(try index.find("IRON MAN"))?.count == 3)
        #expect(
            Self.paragraphs(try index.find("River otter")) == ["The river otter lives in rivers.", "It eats fish."])
        #expect(Self.paragraphs(try index.find("Round")) == nil)
    }

    @Test("a miss gives the most similar pages; punctuation and quotes are no query language")
    func similar() throws {
        let index = try index()
        guard case .similar(let titles) = try index.find("marine otter") else {
            Issue.record("a page was found")
            return
        }
        #expect(titles.first == "Sea otter" && Set(titles) == ["Sea otter", "River otter", "Otter"])
        for query in ["", "\" OR *", "[Otters]", "title:otter AND NOT x", "zzz"] {
            guard case .similar = try index.find(query) else {
                Issue.record("a page was found for \(query)")
                return
            }
        }
    }

    @Test("a folder of text files is an index in memory; paragraphs are separated by empty lines")
    func ownFolder() throws {
        _ = try folder.file("Zebra.txt", "A zebra is\nstriped all over.\r\n\r\nIt runs fast.\n")
        _ = try folder.file("more.jsonl", Self.rows)
        _ = try folder.file("ignored.png", "no page")
        _ = try folder.file("searches.jsonl", #"{"query": "Yak", "first_five_sentences": "A yak is big. It eats.."}"#)
        let index = try WikipediaIndex.inMemory([folder.url])
        #expect(index.pageCount == 10)
        #expect(Self.paragraphs(try index.find("yak")) == ["A yak is big. It eats."])
        #expect(Self.paragraphs(try index.find("zebra")) == ["A zebra is striped all over.", "It runs fast."])
    }

    @Test("a cached index is built once, and again when its files change")
    func cached() throws {
        let file = try folder.file("pages.jsonl", Self.rows)
        let cache = folder.url.appending(path: "cache")
        var builds = 0
        func count() throws -> Int { try WikipediaIndex.cached([file], in: cache) { _ in builds += 1 }.pageCount }
        #expect(try count() == 8 && count() == 8 && builds == 1)
        _ = try folder.file("pages.jsonl", Self.rows + "\n{\"title\": \"New\", \"text\": \"A new page.\"}")
        #expect(try count() == 9 && builds == 2)
    }

    @Test("a build that fails leaves no file, and progress can end it")
    func failedBuild() throws {
        let url = folder.url.appending(path: "pages.sqlite")
        struct Stop: Error {}
        let good = try folder.file("good.jsonl", Self.rows)
        #expect(throws: Stop.self) { try WikipediaIndex.build([good], to: url) { _ in throw Stop() } }
        for (text, line) in [
            ("{\"title\": \"x\"", 1), ("{\"title\": \"x\", \"text\": \"y\"}\n[1]", 2), ("\n{\"text\": \"\"}", 2),
        ] {
            let bad = try folder.file("bad.jsonl", text)
            let error = #expect(throws: WikipediaError.self) { try WikipediaIndex.build([bad], to: url) }
            #expect(error?.description.contains("bad.jsonl: line \(line) ") == true)
        }
        let empty = try folder.file("empty.jsonl", "\n")
        #expect(throws: WikipediaError.self) { try WikipediaIndex.build([empty], to: url) }
        let packed = try folder.file("wiki_00.bz2", "BZh91AY")
        #expect(throws: WikipediaError.compressed(file: packed.path)) { try WikipediaIndex.build([packed], to: url) }
        #expect(throws: FileError.self) { try WikipediaIndex.build([folder.url.appending(path: "none")], to: url) }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(!names.contains { $0.hasSuffix("sqlite") || $0.hasSuffix("partial") })
    }

    @Test("another file, a cut one and a missing one are refused with a sentence that names the file")
    func damaged() throws {
        _ = try index()
        let whole = try Data(contentsOf: folder.url.appending(path: "pages.sqlite"))
        let other = try folder.file("other.sqlite", "no database at all, but long enough to have a header of its own")
        let cut = folder.url.appending(path: "cut.sqlite")
        try whole.prefix(5000).write(to: cut)
        for url in [other, cut, folder.url.appending(path: "none.sqlite")] {
            let error = #expect(throws: (any Error).self) { try WikipediaIndex(url).find("otter") }
            #expect("\(try #require(error))".hasPrefix(url.path))
        }
    }
}
