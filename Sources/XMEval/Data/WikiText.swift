// WikiText's lines as articles. An article begins at a line " = Title = "; headings below it have more signs.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

enum WikiText {
    /// Documents `{page}`; the text is UTF-8 as published, in which an empty line is one blank.
    static func articles(_ text: String) -> [JSONObject] {
        var pages: [JSONObject] = []
        var page: [Substring.UTF8View] = []
        func close() {
            let joined = String(decoding: Array(page.joined(separator: [UInt8(ascii: "\n")])), as: UTF8.self)
            if joined.utf8.contains(where: { !isBlank($0) }) { pages.append(["page": .string(joined)]) }
        }
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if isTitle(Array(line)) {
                close()
                page = []
            }
            page.append(line)
        }
        close()
        return pages
    }

    /// "= X =" but not "= = X = =": one sign, a blank and something else at either end.
    private static func isTitle(_ line: [UInt8]) -> Bool {
        let bare = line.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        let (sign, blank) = (UInt8(ascii: "="), UInt8(ascii: " "))
        func hasSign(_ side: some Sequence<UInt8>) -> Bool {
            let head = Array(side.prefix(3))
            return head.count == 3 && head[0] == sign && head[1] == blank && head[2] != sign
        }
        return hasSign(bare) && hasSign(bare.reversed())
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
