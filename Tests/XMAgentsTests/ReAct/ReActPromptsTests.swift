// The published prompts, as they are read from the data root.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMAgents
import XMTestSupport

@Suite("ReActPromptsTests")
struct ReActPromptsTests {
    @Test(
        "prompts have the known hashes and lengths",
        .enabled(if: DataRoot.has("agents/prompts"), "no agents/prompts below XMODEL_DATA"))
    func published() throws {
        let prompts = ReActPrompts(DataRoot.url.appending(path: "agents/prompts"))
        let exemplars = try prompts.prompt("webthink_simple6", in: "prompts_naive.json")
        #expect(exemplars.digest == "eaaf8cea09f27f10" && exemplars.text.unicodeScalars.count == 5893)
        let hotpotQA = try prompts.hotpotQA().text
        #expect(hotpotQA.hasSuffix("Here are some examples.\n" + exemplars.text))
        #expect(hotpotQA.contains("can be three types: \n(1) Search[entity]"))
        let fever = try prompts.fever()
        #expect(fever.digest == "d8c5b7f533fe1824" && fever.text.unicodeScalars.count == 3277)
        #expect(fever.text.utf8.suffix(3).elementsEqual("]\n\n".utf8))
        let lengths = ["put": 3199, "clean": 4328, "heat": 3837, "cool": 4403, "examine": 3738, "puttwo": 4286]
        let frame = "Interact with a household to solve a task. Here are two examples.\n\nHere is the task.\n"
        for (type, length) in lengths {
            #expect(try prompts.alfWorld(type).text.unicodeScalars.count == length + frame.unicodeScalars.count)
        }
    }

    @Test("a file without the prompt, and none, are named")
    func missing() throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("fever.json", "{\"other\": \"x\"}")
        _ = try folder.file("prompts_naive.json", "{")
        let prompts = ReActPrompts(folder.url)
        for (error, name) in [
            (#expect(throws: (any Error).self) { try prompts.fever() }, "fever.json"),
            (#expect(throws: (any Error).self) { try prompts.hotpotQA() }, "prompts_naive.json"),
            (#expect(throws: (any Error).self) { try prompts.alfWorld("put") }, "alfworld_3prompts.json"),
            (#expect(throws: (any Error).self) { try prompts.webShop() }, "webshop.txt"),
        ] {
            #expect("\(try #require(error))".contains(name))
        }
    }
}
