// The tokenizer that a data section names.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMTokenizer

extension DataConfig {
    /// Where the tokenizer lies: an absolute path, or one relative to the data root.
    package func tokenizerURL(root: URL) -> URL {
        tokenizer.hasPrefix("/") ? URL(filePath: tokenizer) : root.appending(path: tokenizer)
    }

    /// Throws `DataError` for conversations in a format whose markup the tokenizer cannot say. SentencePiece files from
    /// before are taken as they are.
    func check(_ tokenizer: TokenizerFiles) throws {
        guard !tokenizer.isSentencePiece, !tokenizer.hasChatMarkup else { return }
        for (section, list) in [("sources", sources), ("validation", validation ?? [])] {
            for (index, source) in list.enumerated()
            where source.format.isConversation && source.render ?? .chat == .chat {
                throw DataError.badKey(
                    key: "data.\(section).\(index).render",
                    reason:
                        "is chat, and \(tokenizer.url.path) lacks the tokens <|im_start|> and <|im_end|>; set it to "
                        + "plain, or add them to the tokenizer")
            }
        }
    }
}
