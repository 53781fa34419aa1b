// Bytes of terminals to keys, by hand-made cases, however the bytes are cut.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMSupport
import XMTerminal

@Suite("KeyDecoderTests")
struct KeyDecoderTests {
    static let cases: [(bytes: String, keys: [Key])] = [
        ("a", [.text("a")]),
        ("é漢👍", [.text("é"), .text("漢"), .text("👍")]),
        ("\r\n", [.enter, .enter]),
        ("\u{1B}\r\u{1B}\n", [.newline, .newline]),
        ("\u{1B}[13;2u\u{1B}[27;2;13~", [.newline, .newline]),
        ("\u{01}\u{05}\u{0B}\u{15}\u{17}\u{0C}", [.home, .end, .cutToEnd, .cutToStart, .cutWordLeft, .clearScreen]),
        ("\u{03}\u{04}\u{1A}\u{09}\u{7F}\u{08}", [.interrupt, .endOfInput, .suspend, .tab, .backspace, .backspace]),
        ("\u{1B}[A\u{1B}[B\u{1B}[C\u{1B}[D", [.up, .down, .right, .left]),
        ("\u{1B}OA\u{1B}OB\u{1B}OH\u{1B}OF", [.up, .down, .home, .end]),
        ("\u{1B}[H\u{1B}[F\u{1B}[1~\u{1B}[4~\u{1B}[7~\u{1B}[8~", [.home, .end, .home, .end, .home, .end]),
        ("\u{1B}[3~\u{1B}[3;5~", [.delete, .cutWordRight]),
        (
            "\u{1B}[1;5C\u{1B}[1;5D\u{1B}[1;3C\u{1B}b\u{1B}f",
            [.wordRight, .wordLeft, .wordRight, .wordLeft, .wordRight]
        ),
        ("\u{1B}[1;2C", [.right]),
        ("\u{1B}d\u{1B}\u{7F}", [.cutWordRight, .cutWordLeft]),
        ("\u{1B}[200~one\rtwo\r\nthree\n\u{1B}[201~x", [.paste("one\ntwo\nthree\n"), .text("x")]),
        ("\u{1B}[200~\u{03}\u{1B}[A\u{1B}[201~", [.paste("\u{03}\u{1B}[A")]),
        ("\u{1B}[200~\u{1B}[201~", [.paste("")]),
        ("\u{1B}[5~z", [.unknown, .text("z")]),
        ("\u{1B}[?1;2cz", [.unknown, .text("z")]),
    ]

    @Test("every sequence, whole and byte by byte", arguments: cases.indices)
    func sequences(index: Int) {
        let (bytes, keys) = Self.cases[index]
        var whole = KeyDecoder()
        #expect(whole.feed(bytes.utf8) == keys)
        var cut = KeyDecoder()
        #expect(bytes.utf8.flatMap { cut.feed([$0]) } == keys)
        #expect(!cut.isWaiting)
    }

    @Test("a lone Escape waits, and is given up")
    func escape() {
        var decoder = KeyDecoder()
        #expect(decoder.feed([0x1B]).isEmpty && decoder.isWaiting)
        #expect(decoder.flush() == [.unknown] && !decoder.isWaiting)
        #expect(decoder.feed("A".utf8) == [.text("A")])
    }

    @Test("a character that comes in parts waits for the rest, however long it takes")
    func parts() {
        for character in ["é", "漢", "👍"] {
            for cut in 1..<character.utf8.count {
                var decoder = KeyDecoder()
                #expect(decoder.feed(character.utf8.prefix(cut)).isEmpty && !decoder.isWaiting)
                #expect(decoder.flush().isEmpty)
                #expect(decoder.feed(character.utf8.dropFirst(cut)) == [.text(character)])
            }
        }
    }

    @Test("bytes that are no UTF-8 become U+FFFD and harm nothing behind them")
    func broken() {
        var decoder = KeyDecoder()
        #expect(decoder.feed([0xFF, 0x61]) == [.text("\u{FFFD}"), .text("a")])
        #expect(decoder.feed([0xE6, 0x61]) == [.text("\u{FFFD}"), .text("a")])
        #expect(decoder.feed([0x80, 0x0D]) == [.text("\u{FFFD}"), .enter])
    }

    @Test("any bytes at all leave a decoder that goes on")
    func anyBytes() {
        var random = RandomStream(seed: 1, "keys")
        for _ in 0..<300 {
            var decoder = KeyDecoder()
            for _ in 0..<20 {
                _ = decoder.feed(
                    (0..<7).map { _ in Bool.random(using: &random) ? 0x1B : .random(in: 0...255, using: &random) })
            }
            _ = decoder.flush()
            _ = decoder.feed("\u{1B}[201~\u{1B}[201~".utf8)
            #expect(decoder.feed("q".utf8).last == .text("q"))
        }
    }
}
