// Editing a message: the buffer, what keys do, the history and its file, and where characters stand on the screen.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTerminal
import XMTestSupport

@Suite("LineEditingTests")
struct LineEditingTests {
    /// The message after some keys; "|" is the cursor.
    private func edit(_ text: String, _ keys: Key...) -> String {
        var state = EditingState(history: InputHistory())
        for key in [.paste(text)] + keys { #expect(state.apply(key) == .editing) }
        return state.buffer.before + "|" + state.buffer.after
    }

    @Test("moving and deleting, by characters as people see them")
    func moving() {
        #expect(edit("abc", .left, .left, .text("X")) == "aX|bc")
        #expect(edit("abc", .home, .delete, .right) == "b|c")
        #expect(edit("a👨‍👩‍👧e\u{301}", .backspace, .left) == "a|👨‍👩‍👧")
        #expect(edit("e", .text("\u{301}"), .backspace) == "|")
        #expect(edit("one two", .wordLeft, .wordLeft, .wordRight) == "one| two")
        #expect(edit("", .left, .right, .backspace, .delete, .wordLeft, .wordRight, .up, .down) == "|")
    }

    @Test("cutting, and putting back what was cut")
    func cutting() {
        #expect(edit("one two, ", .cutWordLeft) == "one |")
        #expect(edit("one two", .home, .cutWordRight, .end, .insertCut) == " twoone|")
        #expect(edit("one\ntwo", .cutToStart) == "one\n|")
        #expect(edit("one\ntwo", .up, .home, .cutToEnd) == "|\ntwo")
        #expect(edit("one\ntwo", .up, .end, .cutToEnd) == "one|two")
    }

    @Test("home, end, up and down keep to the lines of the message")
    func lines() {
        #expect(edit("one\nthree", .home) == "one\n|three")
        #expect(edit("one\nthree", .up) == "one|\nthree")
        #expect(edit("one\n\nthree", .up, .up) == "|one\n\nthree")
        #expect(edit("three\none", .up, .end, .down) == "three\none|")
        #expect(edit("a\n", .up) == "|a\n")
    }

    @Test("Enter submits; behind a backslash, and with Alt, it begins a line")
    func enter() {
        #expect(edit("one\\", .enter, .text("2")) == "one\n2|")
        #expect(edit("one", .newline) == "one\n|")
        var state = EditingState(history: InputHistory())
        _ = state.apply(.paste("a\nb"))
        #expect(state.apply(.enter) == .submitted("a\nb"))
    }

    @Test("Ctrl-C clears, then interrupts; Ctrl-D deletes, then ends")
    func endings() {
        var state = EditingState(history: InputHistory())
        #expect(state.apply(.interrupt) == .interrupted && state.apply(.endOfInput) == .endOfInput)
        _ = state.apply(.text("a"))
        #expect(state.apply(.interrupt) == .cleared && state.apply(.endOfInput) == .editing)
    }

    @Test("Tab adds what all completions share")
    func completion() {
        let names = ["/save ", "/set ", "/stats"]
        func complete(_ text: String) -> String {
            var state = EditingState(history: InputHistory()) { text in names.filter { $0.hasPrefix(text) } }
            _ = state.apply(.paste(text))
            _ = state.apply(.tab)
            return state.buffer.text
        }
        #expect(complete("/") == "/s" && complete("/sa") == "/save " && complete("hello") == "hello")
    }

    @Test("up and down walk the history and come back to the draft")
    func history() throws {
        let history = InputHistory()
        for entry in ["one", "two", "two", ""] { try history.add(entry) }
        #expect(history.entries == ["one", "two"])
        var state = EditingState(history: history)
        _ = state.apply(.text("draft"))
        var seen: [String] = []
        for key in [Key.up, .up, .up, .down, .down, .down] {
            _ = state.apply(key)
            seen.append(state.buffer.text)
        }
        #expect(seen == ["two", "one", "one", "two", "draft", "draft"])
    }

    @Test("the history outlives the program, for its owner alone, and forgives a damaged file")
    func historyFile() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "state/xmodel/history")
        try InputHistory(file: file).add("first\nsecond line")
        try InputHistory(file: file).add("漢字")
        #expect(InputHistory(file: file).entries == ["first\nsecond line", "漢字"])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try Data("\"good\"\n\u{0}garbage\n{\"a\": 1}\n\"also\"\n".utf8).write(to: file)
        #expect(InputHistory(file: file).entries == ["good", "also"])
        // A file that cannot be made is an error that names it.
        #expect { try InputHistory(file: URL(filePath: "/dev/null/history")).add("x") } throws: {
            "\($0)".contains("/dev/null/history")
        }
    }

    @Test("a long history is cut")
    func longHistory() throws {
        let folder = try TemporaryFolder()
        let lines = (0...2 * InputHistory.limit).map { "\"\($0)\"\n" }.joined()
        let file = try folder.file("history", lines)
        #expect(InputHistory(file: file).entries.last == "\(2 * InputHistory.limit)")
        #expect(try String(contentsOf: file, encoding: .utf8).split(separator: "\n").count == InputHistory.limit)
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    // MARK: - Screen

    @Test(
        "columns of characters",
        arguments: [
            ("a", 1), ("é", 1), ("e\u{301}", 1), ("漢", 2), ("ｱ", 1), ("Ａ", 2), ("👍", 2), ("👨‍👩‍👧", 2), ("❤️", 2), ("한", 2),
            ("\u{200B}", 0), ("ß", 1), ("—", 1), ("👍🏽", 2), ("1️⃣", 2), ("🇩🇪", 2), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ] as [(Character, Int)])
    func widths(character: Character, columns: Int) { #expect(character.displayWidth == columns) }

    /// Where tmux 3.3a has its cursor behind each text.
    @Test(
        "columns of characters that are joined, as tmux counts",
        arguments: [
            ("का", 2), ("क्ष", 2), ("क्\u{200D}ष", 1), ("नमस्ते", 4), ("กำ", 2), ("ไทย", 3), ("ພຳ", 2), ("ക്ക", 2),
            ("கொ", 2), ("ক্ত", 2), ("ন্ত্র", 3), ("తెలుగు", 5), ("ಕನ್ನಡ", 4), ("မြန်မာ", 5), ("ကို", 1), ("བོད་", 3),
            ("ភាសាខ្មែរ", 8), ("ᬓ᭄ᬓ", 3), ("עִבְרִית", 5), ("العَرَبِيَّة", 7), ("\u{600}1", 2), ("한국어", 6),
            ("\u{1112}\u{1161}\u{11AB}", 2), ("\u{D7B0}", 0), ("か\u{3099}", 2), ("䷀", 2), ("a\u{AD}b", 3),
            ("\u{2028}", 0),
        ])
    func joinedWidths(text: String, columns: Int) { #expect(text.displayWidth == columns) }

    @Test("rows that a narrower terminal has broken are counted")
    func brokenRows() {
        // Rows of 9 columns: the prompt and 7 letters, twice the indent and 7, the indent and 6.
        let layout = LineLayout(prompt: "> ", EditBuffer(String(repeating: "x", count: 20)), columns: 11)
        #expect(layout.rows.map(\.count) == [9, 9, 8] && layout.cursorRow == 2 && layout.cursorColumn == 8)
        for (columns, rows) in [(80, 2), (11, 2), (9, 2), (8, 5), (5, 5), (4, 8), (3, 8)] {
            #expect(layout.rowsAboveCursor(columns: columns) == rows, "\(columns)")
        }
        let tall = LineLayout(prompt: "> ", EditBuffer(String(repeating: "x", count: 100)), columns: 11)
        #expect(tall.window(height: 3).rowsAboveCursor(columns: 5) == 4)
    }

    @Test("rows wrap before the last column; wide characters are not halved; line ends show")
    func layout() {
        func layout(_ before: String, columns: Int) -> LineLayout {
            LineLayout(prompt: "> ", EditBuffer(before), columns: columns)
        }
        #expect(layout("", columns: 10).rows == ["> "])
        let wrapped = layout("abcdefgh", columns: 8)
        #expect(wrapped.rows == ["> abcd", "  efgh"] && wrapped.cursorRow == 1 && wrapped.cursorColumn == 6)
        #expect(layout("漢字漢字", columns: 8).rows == ["> 漢字", "  漢字"])
        #expect(layout("a\nb", columns: 20).rows == ["> a↵", "  b"])
        #expect(layout("\u{1B}[2J\t.", columns: 20).rows == ["> ^[[2J    ."])
        for columns in [1, 3, 17, 255] {
            let rows = layout("the quick 漢字 brown\n\nfox 👍👍👍", columns: columns).rows
            #expect(rows.allSatisfy { $0.displayWidth < max(columns, 6) })
        }
    }

    @Test("a message higher than the screen shows the rows around the cursor")
    func window() {
        let tall = LineLayout(prompt: "", EditBuffer((0..<50).map { "\($0)\n" }.joined()), columns: 80)
        let part = tall.window(height: 10)
        #expect(part.rows.count == 10 && part.cursorRow == 9 && tall.rows.count == 51)
        #expect(tall.window(height: 60) == tall)
    }

    /// What a terminal shows of text with the codes that WordWrap writes.
    private func shown(_ text: String) -> [String] {
        var rows = [""]
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "\u{1B}", let end = rest.firstIndex(where: \.isLetter) {
                if rest[end] == "D" { rows[rows.count - 1].removeLast(Int(rest[..<end].dropFirst()) ?? 0) }
                rest = rest[rest.index(after: end)...]
            } else if character == "\n" {
                rows.append("")
            } else {
                rows[rows.count - 1].append(character)
            }
        }
        return rows.map { row in String(row.reversed().drop(while: \.isWhitespace).reversed()) }
    }

    @Test(
        "words that come in parts are not broken, unless they fill a row",
        arguments: [
            ("the quick brown fox", ["the quick", "brown fox"]), ("one two\n\nthree", ["one two", "", "three"]),
            ("abcdefghijklmno pq", ["abcdefghi", "jklmno pq"]), ("a abcdefghijkl", ["a", "abcdefghi", "jkl"]),
            ("123456789 next", ["123456789", "next"]), ("漢字漢字漢字", ["漢字漢字", "漢字"]), ("  indent it", ["  indent", "it"]),
            ("a\tbc", ["a", "bc"]), ("", [""]),
        ])
    func wrap(text: String, rows: [String]) {
        for size in [1, 2, 3, text.count + 1] {
            var wrap = WordWrap(columns: 9)
            var output = ""
            var rest = Substring(text)
            while !rest.isEmpty {
                output += wrap.append(String(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(shown(output) == rows, "in parts of \(size)")
        }
    }

    /// What a terminal of tmux's widths shows, and whether no row is wider than it may be.
    @Test(
        "joined characters are written once, however they come",
        arguments: [
            "नमस्ते दुनिया यह एक लंबा उत्तर है जिसमें बहुत से शब्द हैं", "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอน น้ำทำคำจำ",
            "क्षत्रिय 👨‍👩‍👧👨‍👩‍👧 👍🏽👍🏽 🇩🇪🇩🇪 కన్నడ క్షేమం", "e\u{301}a\u{301}o\u{301}u\u{301}e\u{301}a\u{301}o\u{301}u\u{301}e\u{301} x",
        ])
    func wrapJoined(text: String) {
        for size in [1, 2, 3, text.unicodeScalars.count] {
            var wrap = WordWrap(columns: 12)
            var output = ""
            var rest = text.unicodeScalars[...]
            while !rest.isEmpty {
                output += wrap.append(String(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            let rows = shownByColumns(output)
            #expect(rows.joined().filter { $0 != " " } == text.filter { $0 != " " }, "in parts of \(size)")
            // A mark that comes after its row was full stays with its letter.
            #expect(rows.allSatisfy { $0.displayWidth <= (size == 1 ? 13 : 12) }, "in parts of \(size): \(rows)")
        }
    }

    /// As `shown`, going back by columns.
    private func shownByColumns(_ text: String) -> [String] {
        var rows = [""]
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "\u{1B}", let end = rest.firstIndex(where: \.isLetter) {
                if rest[end] == "D" {
                    let columns = rows[rows.count - 1].displayWidth - (Int(rest[..<end].dropFirst()) ?? 0)
                    rows[rows.count - 1] = String(rows[rows.count - 1].prefix(columns: columns))
                }
                rest = rest[rest.index(after: end)...]
            } else if character == "\n" {
                rows.append("")
            } else {
                rows[rows.count - 1].append(character)
            }
        }
        return rows
    }

    @Test("a terminal that becomes narrower in an answer has no row run over")
    func narrowed() {
        var wrap = WordWrap(columns: 40)
        _ = wrap.append("the quick brown fox jumps")
        wrap.resize(columns: 12)
        #expect(shown(wrap.append(" over the lazy dog")).allSatisfy { $0.count <= 12 })
    }

    @Test("rows of a text that is there break at blanks")
    func rows() {
        #expect(WordWrap.rows("the quick  brown fox", columns: 9) == ["the quick", "brown fox"])
        #expect(WordWrap.rows("the quick  brown fox", columns: 10) == ["the quick ", "brown fox"])
        #expect(WordWrap.rows("", columns: 5) == [""] && WordWrap.rows("  a", columns: 5) == ["  a"])
        #expect(WordWrap.rows("abcdefg h", columns: 3) == ["abc", "def", "g h"])
        #expect(WordWrap.rows("漢字漢", columns: 3) == ["漢", "字", "漢"] && WordWrap.rows("漢", columns: 1) == ["漢"])
        #expect(WordWrap.rows("as it is", columns: .max) == ["as it is"])
    }

    @Test("text of others cannot steer the terminal")
    func controls() {
        #expect("a\u{1B}[2Jb\u{9B}c\n\td\u{7F}".withoutControls == "a[2Jbc\n\td")
        // Whatever ends a line, what stands around it is not joined.
        #expect("1\r\n2\r3\u{85}4\u{0C}5\u{0B}6\n7\r".withoutControls == "1\n2\n3\n4\n5\n6\n7")
    }
}
