// Which examples precede a question. Random ones are those that lm-evaluation-harness draws: one generator per task,
// seeded with 1234, and one call of Python's `random.sample` for every document in order.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct FewshotSampler {
    private let pool: [JSONObject]
    private let kind: FewshotConfig.Sampler
    private var random = PythonRandom(seed: 1234)

    init(_ pool: [JSONObject], _ kind: FewshotConfig.Sampler) { (self.pool, self.kind) = (pool, kind) }

    /// The examples for the next document. A document of the pool itself, given as `excluding`, is not its own example.
    mutating func next(_ count: Int, excluding document: JSONObject?) throws -> [JSONObject] {
        guard count > 0 else { return [] }
        let needed = count + (document == nil ? 0 : 1)
        guard pool.count >= needed else { throw FewshotError(wanted: needed, found: pool.count) }
        switch kind {
        case .firstN: return Array(pool.lazy.filter { $0 != document }.prefix(count))
        case .random:
            let drawn = random.sample(pool.count, needed).map { pool[$0] }.filter { $0 != document }
            if drawn.count >= count { return Array(drawn.prefix(count)) }
            // The pool has duplicates of the document.
            let others = pool.filter { $0 != document }
            guard others.count >= count else { throw FewshotError(wanted: count, found: others.count) }
            return random.sample(others.count, count).map { others[$0] }
        }
    }
}

struct FewshotError: Error, CustomStringConvertible {
    let wanted: Int
    let found: Int
    var description: String {
        "\(wanted) examples are needed and \(found) are there; ask for fewer shots or supply the file of the examples' split"
    }
}
