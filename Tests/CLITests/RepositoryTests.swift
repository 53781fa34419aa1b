// House rules that a compiler does not check: headers, sizes, what libraries may not call, paths, documents, scripts.
// Each failure names the file, the line and the rule; CONTRIBUTING.md gives the reasons.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTrain

@Suite("Repository")
struct RepositoryTests {
    static let codeExtensions: Set<String> = ["swift", "c", "h", "cpp", "hpp", "cu", "py", "sh"]

    /// Source files of every kind, shell scripts and recipes included.
    static let sources: [String] =
        ["Sources", "Tests", "tools"].flatMap { RepositoryFiles.paths(under: $0, extensions: codeExtensions) }
        + RepositoryFiles.paths(under: "recipes", extensions: ["yaml"])
        + RepositoryFiles.paths(under: "script") + RepositoryFiles.paths(under: ".ci") + ["Package.swift"]

    @Test("every source file begins with a comment that says what it is, and names its licence")
    func everyFileHasAHeader() {
        #expect(Self.sources.count > 20)
        for path in Self.sources {
            let lines = RepositoryFiles.lines(path)
            // The package manager's version line and the shell's interpreter line come before everything else.
            let start = lines.first.map { $0.hasPrefix("#!") || $0.hasPrefix("// swift-tools-version") } == true ? 1 : 0
            let head = lines.dropFirst(start).prefix { line in
                ["//", "#", "/*", " *"].contains { line.hasPrefix($0) } && !line.hasPrefix("#include")
            }
            let licensed = head.contains { $0.contains("SPDX-License-Identifier: Apache-2.0") }
            let letters = head.filter { !$0.contains("SPDX") }.joined().filter(\.isLetter).count
            #expect(licensed, "\(path): the opening comment has no SPDX-License-Identifier: Apache-2.0 line")
            #expect(letters >= 20, "\(path): the opening comment does not say what the file is")
        }
    }

    @Test("comments name only Swift files that exist")
    func commentsNameExistingFiles() throws {
        let files = Set(RepositoryFiles.paths().map { $0.split(separator: "/").last.map(String.init) ?? $0 })
        let mention = try Regex("[A-Za-z0-9_+]+\\.swift\\b")
        for path in RepositoryFiles.paths(under: "Sources", extensions: ["swift", "c", "h", "cpp"]) {
            for (index, line) in RepositoryFiles.lines(path).enumerated() where line.contains("//") {
                for match in line.matches(of: mention) {
                    let name = match.output[0].substring.map(String.init) ?? ""
                    #expect(files.contains(name), "\(path):\(index + 1) names \(name), which does not exist")
                }
            }
        }
    }

    @Test("no source file has more than 800 lines")
    func filesStaySmall() {
        for path in Self.sources {
            let count = RepositoryFiles.lines(path).count
            #expect(count <= 800, "\(path) has \(count) lines: split it at a seam")
        }
    }

    @Test("no line of comment is wider than 120 columns, which the formatter does not see")
    func commentsFit() {
        for path in Self.sources {
            for (index, line) in RepositoryFiles.lines(path).enumerated() {
                let text = line.drop { $0 == " " }
                guard text.hasPrefix("//") || text.hasPrefix("# ") else { continue }
                #expect(line.count <= 120, "\(path):\(index + 1) has \(line.count) columns")
            }
        }
    }

    @Test("library modules do not print, exit, crash or read the environment")
    func librariesAreQuiet() throws {
        // A call is a name that no letter, digit, underscore or dot precedes; `swiftCode` has removed comments and
        // text.
        let calls = ["fatalError\\(", "try!", "print\\(", "exit\\(", "getenv\\("].map { "(?:^|[^\\w.])" + $0 }
        let forbidden = try Regex((calls + ["ProcessInfo\\.processInfo\\.environment"]).joined(separator: "|"))
        // The program may do all this, and XMTestSupport serves tests only.
        for path in RepositoryFiles.paths(under: "Sources", extensions: ["swift"])
        where !["xmodel", "XMTestSupport"].contains(ModuleRowTests.module(of: path)) {
            for (number, code) in RepositoryFiles.swiftCode(path) {
                let found = code.firstMatch(of: forbidden) != nil
                #expect(!found, "\(path):\(number): a library throws or takes a value instead: \(code)")
            }
        }
    }

    @Test("no file names a folder of the machine it was written on")
    func noMachinePaths() throws {
        // Absolute only: neither "a/work/b" nor the path of a web address. The pattern does not match itself.
        let folders = try Regex("(?:^|[^\\w./}-])/(?:work|root|home|Users|opt/swift)/")
        for path in RepositoryFiles.paths() where !path.hasPrefix("Tests/Fixtures/") {
            for (index, line) in RepositoryFiles.lines(path).enumerated() {
                let found = line.firstMatch(of: folders) != nil
                #expect(!found, "\(path):\(index + 1) names a folder of one machine: \(line)")
            }
        }
    }

    @Test("no file is larger than a megabyte")
    func filesAreLight() throws {
        for path in RepositoryFiles.paths() {
            let url = RepositoryFiles.root.appending(path: path)
            let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            #expect(size <= 1_000_000, "\(path) has \(size) bytes: large files belong in a data folder")
        }
    }

    // MARK: - Documents

    @Test("the README has at most 250 lines and names its two commands")
    func readmeIsShort() throws {
        let readme = try #require(RepositoryFiles.text("README.md"))
        #expect(RepositoryFiles.lines("README.md").count <= 250)
        #expect(readme.contains("script/quickstart"))
        #expect(readme.contains("script/test"))
    }

    @Test(
        "documents name only files that exist",
        arguments: ["README.md", "CONTRIBUTING.md", "recipes/README.md"]
            + RepositoryFiles.paths(under: "docs", extensions: ["md"]))
    func documentsNameExistingFiles(document: String) throws {
        let text = try #require(RepositoryFiles.text(document))
        // In back quotes or as the target of a link: a path that begins with one of our folders.
        let folders = "Sources|Tests|docs|recipes|script|tools"
        let mention = try Regex("[`(](?:\\.\\./)*((?:\(folders))/[A-Za-z0-9_./+-]+)[`)]")
        for match in text.matches(of: mention) {
            let path = match[1].substring.map(String.init) ?? ""
            #expect(RepositoryFiles.exists(path), "\(document) names \(path), which does not exist")
        }
    }

    @Test(
        "every recipe is one that train accepts",
        arguments: RepositoryFiles.paths(under: "recipes/pretrain", extensions: ["yaml"]))
    func recipesAreValid(recipe: String) throws {
        let config = try Recipe.load(
            TrainConfig.self, from: RepositoryFiles.root.appending(path: recipe), overrides: [])
        try config.validate()
    }

    @Test("every recipe is listed in recipes/README.md")
    func recipesAreListed() throws {
        let list = try #require(RepositoryFiles.text("recipes/README.md"))
        let recipes = RepositoryFiles.paths(under: "recipes", extensions: ["yaml"])
        #expect(!recipes.isEmpty)
        for recipe in recipes {
            #expect(list.contains(recipe.dropFirst("recipes/".count)), "recipes/README.md does not list \(recipe)")
        }
    }

    @Test(
        "every key of a recipe has a comment in that recipe",
        arguments: RepositoryFiles.paths(under: "recipes/pretrain", extensions: ["yaml"]))
    func recipeKeysAreCommented(recipe: String) throws {
        let key = try Regex("^\\s*(?:- )?([a-z][a-z0-9_]*):")
        var commented: Set<String> = []
        var all: Set<String> = []
        var insideMixtures = false  // its keys are the names that the recipe gave its sources
        var previous: Substring = ""  // a comment may also stand above its key, in the same column
        for line in RepositoryFiles.lines(recipe) {
            defer { previous = line[...] }
            guard let name = line.firstMatch(of: key)?[1].substring.map(String.init) else { continue }
            let indent = line.prefix { $0 == " " }.count
            if indent == 0 { insideMixtures = name == "mixtures" }
            if insideMixtures && indent > 2 { continue }
            // Sections are explained by their keys.
            if indent > 0 { all.insert(name) }
            if line.contains("# ") || previous.hasPrefix(String(repeating: " ", count: indent) + "#") {
                commented.insert(name)
            }
        }
        #expect(all.count > 20)
        let bare = all.subtracting(commented).sorted()
        #expect(bare.isEmpty, "\(recipe) does not explain \(bare)")
    }

    // MARK: - Scripts

    @Test(
        "every script explains itself on --help and does nothing else",
        arguments: ["setup", "test", "quickstart", "bench", "fetch-smollm2"])
    func scriptsHaveHelp(name: String) throws {
        let (status, output) = try Self.run("script/\(name)", "--help")
        #expect(status == 0)
        #expect(output.hasPrefix("usage: script/\(name)"))
    }

    @Test("script/bench lists its rows and refuses an unknown one")
    func benchListsItsRows() throws {
        let (status, output) = try Self.run("script/bench", "--list")
        #expect(status == 0)
        let names = output.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
        for row in [
            "train-nano", "train-micro", "train-small", "train-nano-65k", "mfu-small", "memory-small", "encode",
            "prefill-smollm2-q4_1", "decode-smollm2-q8_0", "decode-xl-q4_0", "bandwidth-xl-q8_0",
            "batch-1-smollm2-q8_0", "batch-8-smollm2-q8_0", "batch-32-smollm2-q8_0",
        ] {
            #expect(names.contains(row), "script/bench --list does not name \(row)")
        }
        let (refused, nothing) = try Self.run("script/bench", "no-such-row")
        #expect(refused != 0)
        #expect(nothing.isEmpty, "an error goes to standard error: standard output is for results")
    }

    @Test("script/bench says what a row lacks before anything is built or measured")
    func benchChecksFirst() throws {
        let (status, output) = try Self.run("script/bench", "train-nano", "encode", environment: ["XMODEL_DATA": "/no"])
        #expect(status == 1)
        #expect(
            output
                == "bench: encode reads /no/tokenizer/xmodel/v11/tokenizer.model, which is not there: set XMODEL_DATA\n"
        )
    }

    /// Runs a program of the repository from its root. With an environment of its own, standard error is in the output
    /// too; else it is dropped.
    static func run(
        _ path: String, _ arguments: String..., environment: [String: String]? = nil
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = RepositoryFiles.root.appending(path: path)
        process.currentDirectoryURL = RepositoryFiles.root
        process.arguments = arguments
        if let environment {
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        }
        return try process.collect(droppingErrors: environment == nil)
    }
}
