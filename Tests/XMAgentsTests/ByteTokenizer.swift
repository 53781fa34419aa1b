// A token for every byte, so that tests see prompts as they are.
// SPDX-License-Identifier: Apache-2.0

import XMTokenizer

struct ByteTokenizer: Tokenizer {
    let vocabularySize = 258
    let unknownID: Int32 = 256
    let bosID: Int32? = nil
    let eosID: Int32? = 257
    let replacesEachByte = false
    let fingerprint = "bytes"

    func encode(_ text: String) -> [Int32] { text.utf8.map(Int32.init) }
    func decode(_ ids: [Int32]) -> String { String(decoding: ids.filter { $0 < 256 }.map(UInt8.init), as: UTF8.self) }
    func piece(_ id: Int32) -> String { id < 256 ? "<0x\(id)>" : "<\(id)>" }
    func id(of piece: String) -> Int32? { piece.utf8.count == 1 ? piece.utf8.first.map(Int32.init) : nil }
    func bytes(of id: Int32) -> [UInt8] { id < 256 ? [UInt8(id)] : [] }
}
