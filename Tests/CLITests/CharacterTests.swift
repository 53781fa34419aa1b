// A house rule that a compiler does not check: tokenizers, JSON and templates work on code points or bytes. Swift's
// Character joins "▁" with a combining mark and takes CR LF for one; String's == and its sets and dictionaries take
// canonically equivalent texts for one. Both have given wrong tokens.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Character")
struct CharacterTests {
    /// Folders and files that the rule is for.
    static let covered = [
        "Sources/XMTokenizer/", "Sources/XMSupport/JSON/", "Sources/XMInference/TextGeneration.swift",
        "Sources/XMInference/StopMatcher.swift", "Sources/XMInference/ScoredText.swift",
        "Sources/XMInference/TokenizerVocabulary+GGUF.swift", "Sources/XMInference/Export/GGUFMetadata+Tokenizer.swift",
        "Sources/XMInference/Export/TokenizerExport.swift", "Sources/XMData/Instruction/ConversationEncoder.swift",
    ]

    /// Calls that go by Character, with what stands in front of the dot. Of collections of other things they are fine:
    /// `utf8`, `unicodeScalars` and arrays of them are named so, or the call has another name.
    static let calls = [
        "hasPrefix\\(", "hasSuffix\\(", "split\\(separator:", "components\\(", "replacingOccurrences\\(",
        "replacing\\(",
        "firstRange\\(", "ranges?\\(of", "trimmingCharacters\\(", "trimmingPrefix\\(", "trimPrefix\\(",
        // swiftCode leaves nothing of a literal: a text, or a Character.
        "contains\\(\\)", "firstIndex\\(of: \\)", "lastIndex\\(of: \\)", "starts\\(with: \\)",
    ]
    static let others = [
        "\\bCharacter\\b", "(?:\\$0|\\\\)\\.(?:isNewline|isLetter|isNumber|isPunctuation)\\b", "\\breadLine\\(\\)",
        "\\bSet<String>", "\\[String: (?!Jinja)",
    ]

    /// What may stand in front of such a call: views of code points and bytes.
    static let views: Set<String> = ["utf8", "unicodeScalars", "scalars", "bytes"]

    /// Of the template module: names of filters, tests and attributes, flags of a format and digits of a number, which
    /// are compared with ASCII. Its `[String: Jinja…]` and sets of names are keyed by the words of a template.
    static let templateNames: Set<String> = [
        "name", "key", "digits", "flags", "parts", "text", "rest", "special", "names",
    ]

    static func findings(_ path: String, lines: [Substring]) throws -> [String] {
        let isTemplate = path.contains("/ChatTemplate/")
        let call = try Regex("([A-Za-z0-9_]*)(?:\\[[^\\]]*\\])?[?!)]*\\.(?:" + calls.joined(separator: "|") + ")")
        let other = try Regex(others.joined(separator: "|"))
        return RepositoryFiles.swiftCode(lines: lines).flatMap { number, code -> [String] in
            let receivers = code.matches(of: call).map { $0[1].substring.map(String.init) ?? "" }
            let bad = receivers.filter {
                !views.contains($0) && !(isTemplate && (templateNames.contains($0) || $0.isEmpty))
            }
            let isBad =
                !bad.isEmpty || code.matches(of: other).contains { !(isTemplate && $0[0].substring == "Set<String>") }
            return isBad ? ["\(path):\(number): by code points or bytes instead: \(code)"] : []
        }
    }

    @Test("tokenizers, JSON and templates do not go by Character, nor compare by canonical equivalence")
    func rule() throws {
        let paths = RepositoryFiles.paths(under: "Sources", extensions: ["swift"])
            .filter { path in Self.covered.contains { path.hasPrefix($0) } }
        #expect(paths.count > 60)
        for path in Self.covered { #expect(RepositoryFiles.exists(path), "\(path) is not there") }
        for path in paths {
            let found = try Self.findings(path, lines: RepositoryFiles.lines(path))
            #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
        }
    }

    @Test(
        "the rule finds what it is for",
        arguments: [
            (#"if piece.hasPrefix("▁") {"#, true), (#"piece.replacing("▁", with: " ")"#, true),
            (#"text.contains("<")"#, true), (#"text.utf8.contains(0x3C)"#, false), (#"let ids: [String: Int32]"#, true),
            (#"text.split(separator: "\n")"#, true), (#"PythonText.split(text, ".", limit: 1)"#, false),
            (#"bytes.firstIndex(of: 0x20)"#, false), (#"text.firstIndex(of: " ")"#, true), (#"let c: Character"#, true),
            (#"text.unicodeScalars.contains("▁")"#, false), (#"text.utf8.starts(with: mark)"#, false),
        ])
    func examples(line: String, isFound: Bool) throws {
        #expect(try !Self.findings("Sources/XMTokenizer/X.swift", lines: [Substring(line)]).isEmpty == isFound)
    }
}
