// Episodes of the original environments, answered by ours: tools/oracles/check_webshop.py records them.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMAgents

enum WebShopWalks {
    static let folder = ProcessInfo.processInfo.environment["XMODEL_WEBSHOP_WALKS"].map { URL(filePath: $0) }
}

@Suite(
    "WebShopReplayTests",
    .enabled(
        if: WebShopWalks.folder != nil && DataRoot.has("agents/webshop/documents_1000.jsonl"),
        "no recorded episodes: set XMODEL_WEBSHOP_WALKS and XMODEL_DATA"))
struct WebShopReplayTests {
    @Test("every observation, reward and end is the original's", arguments: ["official.jsonl", "react.jsonl"])
    func replay(name: String) throws {
        // Every word is a noun in the recordings.
        let shop = WebShop(try WebShopDataTests.catalogue(), goals: .synthetic) { $0.pythonLowercased.pythonWords }
        let text = try String(contentsOf: WebShopWalks.folder!.appending(path: name), encoding: .utf8)
        for line in JSONLines.lines(of: text) {
            let episode = try JSONValue.parse(line.text)
            let goal = episode["goal"]!.integer!
            var environment: any AgentEnvironment
            if let mode = episode["mode"]?.string {
                environment = try WebShopEnvironment(
                    shop, goal: goal, mode: .init(rawValue: mode)!, showsAttributes: episode["attributes"]!.bool!)
            } else {
                environment = try ReActWebShop(shop, goal: goal)
            }
            for (number, step) in episode["steps"]!.array!.enumerated() {
                let action = step["action"]!.string!
                let answer = try number == 0 ? environment.reset() : environment.step(action)
                let isEqual =
                    answer.text.utf8.elementsEqual(step["text"]!.string!.utf8)
                    && answer.isDone == step["done"]!.bool! && abs(answer.reward - step["reward"]!.double!) < 1e-12
                #expect(isEqual, "episode \(line.number), step \(number): \(action)")
                if !isEqual { break }
            }
        }
    }
}
