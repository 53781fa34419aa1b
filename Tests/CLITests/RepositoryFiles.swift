// The repository as the tests of this folder see it: where it is, which files it holds, their code without comments.
// Read next: ModuleRowTests.swift and RepositoryTests.swift, which use it.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Files of the checkout this test was built from, read fresh for every question.
enum RepositoryFiles {
    /// The folder that holds `Package.swift`.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().standardizedFileURL

    /// Folders that builds and runs make; nothing in them is source.
    private static let notSource: Set<String> = [".build", ".git", ".swiftpm", "runs"]

    /// Paths relative to the root of all files under `folder` ("" is everything), sorted.
    static func paths(under folder: String = "", extensions: Set<String>? = nil) -> [String] {
        let start = folder.isEmpty ? root : root.appending(path: folder)
        guard let walk = FileManager.default.enumerator(atPath: start.path) else { return [] }
        var found: [String] = []
        while let path = walk.nextObject() as? String {
            if folder.isEmpty, let first = path.split(separator: "/").first, notSource.contains(String(first)) {
                walk.skipDescendants()
                continue
            }
            guard walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular else { continue }
            guard extensions.map({ $0.contains(URL(filePath: path).pathExtension) }) ?? true else { continue }
            found.append(folder.isEmpty ? path : folder + "/" + path)
        }
        return found.sorted()
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// The text of a file; nil when it is missing or not UTF-8, as fixtures may be.
    static func text(_ path: String) -> String? {
        try? String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func lines(_ path: String) -> [Substring] {
        text(path)?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    }

    /// Lines of a Swift file, numbered from 1, without comments and without the contents of string literals.
    static func swiftCode(_ path: String) -> [(number: Int, code: String)] {
        swiftCode(lines: lines(path))
    }

    /// A small scanner, not a parser: it knows `//`, `"…"` with escapes and `"""` blocks, which is all our style uses.
    static func swiftCode(lines: [Substring]) -> [(number: Int, code: String)] {
        var insideBlock = false
        return lines.enumerated().map { index, line in
            var code = ""
            var insideString = false
            var rest = line
            while let character = rest.first {
                if rest.hasPrefix("\"\"\""), !insideString {
                    insideBlock.toggle()
                    rest.removeFirst(3)
                } else if insideBlock {
                    rest.removeFirst()
                } else if insideString, character == "\\" {
                    rest.removeFirst(min(2, rest.count))
                } else if character == "\"" {
                    insideString.toggle()
                    rest.removeFirst()
                } else if insideString {
                    rest.removeFirst()
                } else if rest.hasPrefix("//") {
                    break
                } else {
                    code.append(character)
                    rest.removeFirst()
                }
            }
            return (index + 1, code)
        }
    }
}
