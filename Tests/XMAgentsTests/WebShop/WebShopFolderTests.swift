// A shop made ready in a folder is the same shop; damaged indices are refused.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@testable import XMAgents

@Suite("WebShopFolderTests")
struct WebShopFolderTests {
    @Test("products, goals and searches are those of the published files")
    func folder() throws {
        let tiny = try TinyShop()
        let folder = tiny.folder.url.appending(path: "ready")
        let count = try WebShopFolder.make(
            folder, products: tiny.products, attributes: tiny.attributes, instructions: tiny.instructions)
        #expect(count == 3)
        for source in WebShopGoals.Source.allCases {
            let (read, made) = (try WebShopFolder.load(folder, goals: source), try tiny.shop(source))
            #expect(read.catalogue.products == made.catalogue.products && read.goals == made.goals)
            for query in ["tea", "kettle tea mint", "", "nothing"] {
                #expect(read.products(for: [query]) == made.products(for: [query]))
            }
        }
    }

    @Test("an index that is cut, lengthened, of another kind or version, or of other products is refused")
    func damaged() throws {
        let temporary = try TemporaryFolder()
        let file = temporary.url.appending(path: "search.index")
        try BM25Index([("A", "tea kettle tea"), ("B", "tea")]).write(to: file)
        let bytes = try Data(contentsOf: file)
        func reason(_ bytes: Data) throws -> String {
            try bytes.write(to: file)
            let error = #expect(throws: WebShopError.self) { try BM25Index(contentsOf: file) }
            return error?.description ?? ""
        }
        for count in 0..<bytes.count { #expect(try !reason(bytes.prefix(count)).isEmpty) }
        #expect(try reason(bytes + [0]).contains("is damaged"))
        #expect(try reason(Data("{}".utf8)).contains("search.index: is not a search index; make the folder anew"))
        #expect(try reason(Data("XMBM25 9".utf8) + bytes.dropFirst(8)).contains("another version"))
        // The document of the last posting.
        var other = bytes
        other[bytes.count - 8] = 2
        #expect(try reason(other).contains("is damaged"))
        var huge = bytes
        for place in 8..<16 { huge[place] = 0xFF }
        #expect(try reason(huge).contains("ends too early"))

        let tiny = try TinyShop()
        let folder = tiny.folder.url.appending(path: "ready")
        _ = try WebShopFolder.make(folder, products: tiny.products, attributes: tiny.attributes)
        try bytes.write(to: folder.appending(path: "search.index"))
        let error = #expect(throws: WebShopError.self) { try WebShopFolder.load(folder, goals: .synthetic) }
        #expect(error?.description.contains("has 2 products and products.jsonl has 3") == true)
    }
}
