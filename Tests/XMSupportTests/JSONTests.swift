// JSON against hand-made texts: what is read and refused, where fields lie, and what is written.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport

@Suite("JSONTests")
struct JSONTests {
    @Test(
        "values are read as RFC 8259 says",
        arguments: [
            ("null", .null), (" true ", .bool(true)), ("false", .bool(false)), ("\"\"", .string("")),
            ("-0.5e+10", .number("-0.5e+10")), ("12345678901234567890", .number("12345678901234567890")),
            ("[]", .array([])), ("{}", .object([:])),
            ("[1,[2],{}]", .array([.number("1"), .array([.number("2")]), .object([:])])),
            ("{\"a\":1,\"a\":\"b\"}", .object(["a": .string("b")])),
            ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u4F60\"", .string("\"\\/\u{8}\u{C}\n\r\té你")),
            ("\"\\ud83d\\ude00é你😀\"", .string("😀é你😀")), ("\"\\ud83dx\\ude00\"", .string("\u{FFFD}x\u{FFFD}")),
            ("\"\\ud83d\\u0041\"", .string("\u{FFFD}A")),
            (
                "\"a long text without anything special in it, then \\\"\"",
                .string("a long text without anything special in it, then \"")
            ),
        ] as [(String, JSONValue)])
    func values(text: String, value: JSONValue) throws {
        #expect(try JSONValue.parse(text) == value)
    }

    @Test(
        "what is not JSON is refused with its place",
        arguments: [
            "", " ", "nul", "tru e", "01", "-", "1.", "1e", ".5", "+1", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"",
            "\"a\nb\"",
            "[1,]", "[1 2]", "[", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "{\"a\":1", "1 2", "{} x", "'a'", "NaN",
        ])
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSONValue.parse(text) }
        // Passing over a value checks the same grammar.
        #expect(throws: JSONError.self) { try places([["x"]], "{\"a\": \(text)}") }
        #expect(throws: JSONError.self) { try places([["x"]], "{\"a\": [\(text), 1]}") }
    }

    private func places(_ paths: [[String]], _ text: String) throws -> [String?] {
        let bytes = Array(text.utf8)
        let found = try bytes.withUnsafeBytes { try JSONScanner.ranges(of: paths, in: $0) }
        return found.map { $0.map { String(decoding: bytes[$0], as: UTF8.self) } }
    }

    @Test("fields are found by path, whatever stands around them")
    func paths() throws {
        let text = #"{"z": {"b": [{"c": 0}]}, "a": {"b": {"c": "x"}, "d": 1}, "a.b": 2, "\u0062": [3, 4] , "e": null}"#
        #expect(
            try places([["a", "b", "c"], ["a", "d"], ["b"], ["e"], ["a", "x"], ["z", "b", "c"], ["a"]], text)
                == ["\"x\"", "1", "[3, 4]", "null", nil, nil, #"{"b": {"c": "x"}, "d": 1}"#])
        #expect(try places([["a"]], #"{"a": 1, "a": {"b": 2}}"#) == [#"{"b": 2}"#])
        #expect(try places([["a", "b"]], #"{"a": {"b": 1}, "a": 2}"#) == ["1"])
        #expect(throws: JSONError.self) { try places([["a"]], "[1]") }
    }

    @Test("the order of members, the spelling of numbers and the bytes of strings survive reading and writing")
    func text() throws {
        let text =
            #"{"z":[1,-0.50e+3,12345678901234567890],"a":{"é":null,"e\u{301}":true},"":"\"\\/\n\r\t\u0001\u001f漢😀"}"#
            .replacing(#"\u{301}"#, with: "\u{301}")
        #expect(try JSONValue.parse(text).text == text)
        #expect(try JSONValue.parse(" { \"a\" : [ ] } ").text == #"{"a":[]}"#)
        let object = try #require(try JSONValue.parse(text).object)
        #expect(object.keys == ["z", "a", ""] && object["a"]?.object?.members.count == 2)
        #expect(object["z"]?.array?.map(\.integer) == [1, nil, nil] && object["z"]?.array?[1].double == -500)
        #expect(JSONValue.object(["a": .integer(3)]).text == #"{"a":3}"#)
    }

    @Test("a file that is not UTF-8 is refused at its first bad byte")
    func invalidUTF8() throws {
        #expect(try JSONValue.parse(Data("\"é\"".utf8)) == .string("é"))
        #expect(throws: JSONError(offset: 3, reason: "not UTF-8")) {
            try JSONValue.parse(Data([0x22, 0xC3, 0xA9, 0xFF, 0x22]))
        }
    }

    @Test("every place of a special character in a word of eight bytes is seen")
    func wordBorders() throws {
        for before in 0..<20 {
            for after in 0..<12 {
                let (left, right) = (String(repeating: "é", count: before), String(repeating: "~", count: after))
                #expect(try JSONValue.parse("\"\(left)\\n\(right)\"") == .string("\(left)\n\(right)"))
                #expect(throws: JSONError.self) { try JSONValue.parse("\"\(left)\u{1F}\(right)\"") }
            }
        }
    }

    @Test("depth is bounded")
    func depth() throws {
        let deep = String(repeating: "[", count: 150) + String(repeating: "]", count: 150)
        #expect(try JSONValue.parse(deep).array?.count == 1)
        #expect(throws: JSONError.self) { try JSONValue.parse(String(repeating: "[", count: 100_000)) }
        #expect(throws: JSONError.self) {
            try places([["a"]], "{\"b\":" + String(repeating: "{\"b\":", count: 100_000))
        }
    }

    @Test(
        "JSON lines end by LF, CRLF or CR; blank ones are counted, and a byte order mark is no part of the first",
        arguments: [
            ("{\"a\":1}\r\n{\"b\":2}\r\n", [(1, "{\"a\":1}"), (2, "{\"b\":2}")]),
            ("{\"a\":1}\r{\"b\":2}\n[3]\r\n4", [(1, "{\"a\":1}"), (2, "{\"b\":2}"), (3, "[3]"), (4, "4")]),
            ("{\"a\":\r1}\n2", [(1, "{\"a\":\r1}"), (2, "2")]), ("\u{FEFF}1\n2", [(1, "1"), (2, "2")]),
            ("\n \r\n\r1\n\n2", [(4, "1"), (6, "2")]), ("", []), ("\r\n", []),
            ("\"\\\"{\"\r\"[\"\r", [(1, "\"\\\"{\""), (2, "\"[\"")]), ("{\"a\n1", [(1, "{\"a"), (2, "1")]),
            ("\"x\u{2028}y\u{85}z\"\n", [(1, "\"x\u{2028}y\u{85}z\"")]),
        ])
    func lines(text: String, wanted: [(Int, String)]) {
        let lines = JSONLines.lines(of: text)
        #expect(lines.map(\.number) == wanted.map(\.0) && lines.map(\.text) == wanted.map(\.1))
    }
}
