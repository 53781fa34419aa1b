// What a list of requests costs before any of it has run: how many are different, what the model reads when each common
// beginning is computed once, and how much it may generate.
// SPDX-License-Identifier: Apache-2.0

package struct RequestCost: Sendable, Equatable {
    /// Requests, and different ones among them.
    package var requests = 0
    package var different = 0
    /// Tokens of the different requests, and those left when beginnings that neighbours share are computed once.
    package var tokens = 0
    package var computedTokens = 0
    /// At most, since answers may end early.
    package var generatedTokens = 0
    /// Requests that the context cuts.
    package var truncated = 0

    package init(_ requests: some Sequence<EvalRequest>) {
        let all = requests.sorted { $0.ids.lexicographicallyPrecedes($1.ids) }
        self.requests = all.count
        truncated = all.count { $0.truncated > 0 }
        var previous: EvalRequest?
        for request in all {
            defer { previous = request }
            if let previous, previous.ids == request.ids, previous.kind == request.kind { continue }
            let shared = previous.map { zip($0.ids, request.ids).prefix { $0 == $1 }.count } ?? 0
            different += 1
            tokens += request.cost.read
            computedTokens += max(1, request.cost.read - shared)
            generatedTokens += request.cost.generated
        }
    }
}
