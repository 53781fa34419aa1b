// A scripted model over bytes that answers every prompt's text with another text.
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import XMTestSupport

/// Answers that were encoded already: a script is asked once for every token.
private final class ReplyCache: Sendable {
    private let replies = Mutex<[[Int32]: [Int32]]>([:])

    func reply(to prompt: [Int32], _ make: () -> [Int32]) -> [Int32] {
        replies.withLock { replies in
            if let reply = replies[prompt] { return reply }
            let reply = make()
            replies[prompt] = reply
            return reply
        }
    }
}

extension ScriptedModel {
    static func canned(
        contextLength: Int = 100_000, _ reply: @escaping @Sendable (_ prompt: String) -> String
    ) -> ScriptedModel {
        let (tokenizer, cache) = (ByteTokenizer(), ReplyCache())
        return ScriptedModel(tokenizer, contextLength: contextLength) { prompt, answer in
            let ids = cache.reply(to: prompt) { tokenizer.encode(reply(tokenizer.decode(prompt))) }
            return answer.count < ids.count ? ids[answer.count] : tokenizer.eosID!
        }
    }
}
