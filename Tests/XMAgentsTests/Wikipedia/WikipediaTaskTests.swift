// The two tasks with the data root's pages: every page that the questions need is found, and an oracle that reads the
// supporting pages can answer.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMAgents
import XMSupport
import XMTestSupport

@Suite(
    "WikipediaTaskTests",
    .enabled(if: DataRoot.has("agents/wikipedia/pages.jsonl"), "no agents/wikipedia below XMODEL_DATA"))
struct WikipediaTaskTests {
    private static let agents = DataRoot.url.appending(path: "agents")

    @Test("selections are those of the paper, and of the pages at hand")
    func selections() throws {
        let task = WikipediaTask.hotpotQA
        #expect(try task.indices(.all, of: 7405, Self.agents).count == 7405)
        #expect(try WikipediaTask.fever.indices(.reactSample(500), of: 9999, Self.agents)[499] == 4082)
        let sample = Set(try task.indices(.reactSample(500), of: 7405, Self.agents))
        let here = try task.indices(.withPages, of: 7405, Self.agents)
        #expect(sample.count == 500 && here.count == 1804 && here.count { sample.contains($0) } == 119)
        #expect(throws: WikipediaError.noPageList(task: "fever")) {
            try WikipediaTask.fever.indices(.withPages, of: 9999, Self.agents)
        }
    }

    @Test("an index of 37,249 pages finds each by its title, and similar titles for the rest")
    func pages() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "pages.sqlite")
        let pages = Self.agents.appending(path: "wikipedia/pages.jsonl")
        var reports = 0
        try WikipediaIndex.build([pages], to: url) { _ in reports += 1 }
        let index = try WikipediaIndex(url)
        #expect(index.pageCount == 37_249 && reports == 38)
        let list = Self.agents.appending(path: "hotpotqa/questions_with_pages.jsonl")
        let lines = JSONLines.lines(of: try String(contentsOf: list, encoding: .utf8))
        for line in lines.prefix(300) {
            for title in try #require(JSONValue.parse(line.text)["titles"]?.array) {
                guard case .page = try index.find(try #require(title.string)) else {
                    Issue.record("\(title.text) is not found")
                    continue
                }
            }
        }
        guard case .similar(let titles) = try index.find("the film Big Stone Gap of 2014") else {
            Issue.record("a page of this name")
            return
        }
        #expect(titles.count == 5 && titles.contains { $0.hasPrefix("Big Stone Gap") })

        // An agent that knows the answer plays a question with this source.
        let episodes = try WikipediaTask.hotpotQA.episodes(Self.agents, source: index, .withPages)
        var world = try episodes[0].environment()
        #expect(try world.reset().text.hasPrefix("Question: "))
        #expect(episodes[0].environmentVersion.hasPrefix("index of pages.jsonl, 37249 pages, sha256 "))
    }
}
