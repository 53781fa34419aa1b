// The recorded answers of Lucene and thefuzz (tools/oracles/check_webshop.py).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport
import XMTestSupport

enum WebShopGoldens {
    static let all: JSONValue = {
        let file = GoldenModel.packageRoot.appending(path: "Tests/Fixtures/agents/webshop.json")
        do { return try JSONValue.parse(Data(contentsOf: file)) } catch { fatalError("\(file.path): \(error)") }
    }()

    static func rows(_ key: String) -> [[JSONValue]] { all[key]?.array?.compactMap(\.array) ?? [] }
}
