// Files that lm-evaluation-harness wrote for two made-up models: tools/oracles/make_eval_results_goldens.py.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMEval

enum HarnessFixture {
    static let tasks = ["sums_small", "sums_large", "who", "sums_written", "pages"]

    static func folder(_ model: String, file: String = #filePath) -> URL {
        URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/eval/results/made-up__\(model)")
    }

    static func results(_ model: String) throws -> ResultsFolder { try ResultsFolder(folder(model)) }

    static func text(_ name: String, of model: String) throws -> String {
        try String(contentsOf: folder(model).appending(path: name), encoding: .utf8)
    }
}
