// Numbers and tables as people read them.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMSupport

@Suite("TextTests")
struct TextTests {
    @Test("durations, sizes and counts")
    func text() {
        #expect(
            [0, 59.6, 185, 3720, 97_200].map { HumanText.duration($0) } == [
                "0s", "1m 00s", "3m 05s", "1h 02m", "1d 03h",
            ])
        #expect([0.3, 0.042, 4.25, 9.96].map { HumanText.duration($0) } == ["0.3s", "0.042s", "4.2s", "10s"])
        #expect([0, 1, 2000].map { HumanText.counted($0, "turn") } == ["0 turns", "1 turn", "2,000 turns"])
        #expect([1, 2].map { HumanText.counted($0, "process", plural: "processes") } == ["1 process", "2 processes"])
        #expect([0, 1, -2, 0.7, .nan].map { HumanText.number($0) } == ["0", "1", "-2", "0.7", "nan"])
        #expect(HumanText.bytes(512) == "512 B" && HumanText.bytes(1536) == "1.5 KiB")
        #expect(HumanText.grouped(1_251_755_520) == "1,251,755,520" && HumanText.grouped(-12) == "-12")
        #expect(HumanText.grouped(.min) == "-9,223,372,036,854,775,808" && HumanText.duration(1e300) == "--")
        #expect(
            [0, 0.004, 0.42, 0.96, 3.25, 47.61, 250.4, 12_345].map { HumanText.rate($0) } == [
                "0", "0.004", "0.42", "0.96", "3.2", "47.6", "250", "12,345",
            ])
    }

    @Test("columns are as wide as their widest cell on a screen, and the last one has no trailing spaces")
    func table() {
        let rows = [["name", "size", "note"], ["漢字", "1,234", "x"], ["a", "5", ""]]
        #expect(TextTable.text(rows, right: [1]) == "name   size  note\n漢字  1,234  x\na         5  ")
        #expect(TextTable.text([["a", "b"], ["cc", "dd"]], right: [1], indent: 2) == "  a    b\n  cc  dd")
        #expect(TextTable.text([]).isEmpty)
    }

    @Test("padding counts columns, and leaves wider text alone")
    func padding() {
        #expect("漢".padded(columns: 4) + "|" == "漢  |" && "漢".rightAligned(columns: 4) == "  漢")
        #expect("wide".padded(columns: 2) == "wide" && "wide".rightAligned(columns: 2) == "wide")
    }
}
