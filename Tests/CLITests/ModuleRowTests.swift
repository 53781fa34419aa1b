// Enforces the rows of docs/architecture.md: a module imports only modules of a lower row.
// It reads the imports of the sources themselves, so a dependency that Package.swift would allow is found too.
// To add a module, give it a row in `rows` here and in docs/architecture.md.
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Module rows")
struct ModuleRowTests {
    /// Row of every module, those still to be written included; C targets are below all of them.
    static let rows: [String: Int] = [
        "CXMKernels": -1, "CXMOneDNN": -1, "CXMSentencePiece": -1, "CXMSystem": -1,
        "CXMCompression": -1, "CXMCrypto": -1, "CXMSandbox": -1, "CXMSQLite": -1,
        "CXMCuda": -1,
        "CDNNL": -1, "CMPI": -1,
        "XMSupport": 0,
        "XMTensor": 1, "XMReport": 1, "XMTerminal": 1,
        "XMFormats": 2, "XMTokenizer": 2, "XMDistributed": 2,
        "XMModel": 3, "XMData": 3,
        "XMInference": 4, "XMTrain": 4,
        "XMEval": 5, "XMAgents": 5, "XMServer": 5, "XMSearch": 5,
        // Not part of the program: what the test targets share, above everything that they test.
        "XMTestSupport": 5,
        "xmodel": 6,
    ]

    /// Packages and shims that only these modules may see, so that the rest neither waits for their build nor depends
    /// on their API.
    static let owners: [String: Set<String>] = [
        "Yams": ["XMSupport"], "ArgumentParser": ["xmodel"],
        "CXMOneDNN": ["XMTensor"], "CXMSentencePiece": ["XMTokenizer"],
        "CXMCompression": ["XMData"], "CXMCrypto": ["XMSupport"], "CXMSandbox": ["XMEval"],
        "CXMSQLite": ["XMEval", "XMAgents"],
    ]

    /// Modules that a Swift source imports, with the line of each; understands access levels, attributes and
    /// `import struct Module.Name`.
    static func imports(_ code: [(number: Int, code: String)]) -> [(line: Int, module: String)] {
        let access = "(?:(?:public|package|internal|fileprivate|private)\\s+)?"
        let kind = "(?:(?:struct|class|enum|protocol|func|var|let|typealias)\\s+)?"
        guard let statement = try? Regex("^\\s*(?:@\\w+(?:\\([^)]*\\))?\\s+)*\(access)import\\s+\(kind)(\\w+)") else {
            return []
        }
        return code.compactMap { number, code in
            guard let match = try? statement.firstMatch(in: code), let name = match[1].substring else { return nil }
            return (number, String(name))
        }
    }

    /// The module that a path under `Sources` belongs to.
    static func module(of path: String) -> String {
        String(path.split(separator: "/")[1])
    }

    /// Every import of every Swift file under `Sources`.
    static let allImports: [(path: String, line: Int, importer: String, imported: String)] =
        RepositoryFiles.paths(under: "Sources", extensions: ["swift"]).flatMap { path in
            imports(RepositoryFiles.swiftCode(path)).map { (path, $0.line, module(of: path), $0.module) }
        }

    @Test("every module under Sources has a row")
    func everyModuleHasARow() {
        let modules = Set(RepositoryFiles.paths(under: "Sources").map(Self.module(of:)))
        #expect(!modules.isEmpty)
        let unknown = modules.filter { Self.rows[$0] == nil }.sorted()
        #expect(unknown.isEmpty, "give these a row in ModuleRowTests.rows and docs/architecture.md: \(unknown)")
    }

    @Test("a module imports only modules of a lower row")
    func importsPointDown() throws {
        #expect(!Self.allImports.isEmpty)
        for use in Self.allImports {
            guard let imported = Self.rows[use.imported] else { continue }
            let importer = try #require(Self.rows[use.importer])
            #expect(
                imported < importer,
                """
                \(use.path):\(use.line): \(use.importer) (row \(importer)) must not import \(use.imported) \
                (row \(imported))
                """)
        }
    }

    @Test("each heavy dependency is imported by its own modules")
    func dependenciesHaveOwners() {
        for use in Self.allImports {
            guard let owners = Self.owners[use.imported] else { continue }
            #expect(
                owners.contains(use.importer),
                "\(use.path):\(use.line): only \(owners.sorted().joined(separator: ", ")) import \(use.imported)")
        }
    }

    @Test(
        "the headers of a system library are included by its shim alone",
        arguments: [
            ("dnnl", "CXMOneDNN"), ("sentencepiece", "CXMSentencePiece"), ("zlib", "CXMCompression"),
            ("zstd", "CXMCompression"), ("openssl", "CXMCrypto"), ("sqlite3", "CXMSQLite"),
        ])
    func systemHeadersStayInTheirShim(header: String, shim: String) {
        for path in RepositoryFiles.paths(under: "Sources", extensions: ["c", "h", "cpp", "hpp", "cu"]) {
            guard Self.module(of: path) != shim else { continue }
            let found = RepositoryFiles.lines(path).contains {
                $0.contains("#include") && $0.contains("<") && $0.contains(header)
            }
            #expect(!found, "\(path) includes a header of \(header); only \(shim) may")
        }
    }

    @Test(
        "the import scanner reads every spelling",
        arguments: [
            ("import XMTensor", "XMTensor"),
            ("package import XMModel", "XMModel"),
            ("@testable import XMData", "XMData"),
            ("@preconcurrency public import struct Foundation.URL", "Foundation"),
            ("    import XMTrain // why", "XMTrain"),
            ("// import XMTrain", nil),
            ("let important = 1", nil),
            ("let text = \"import XMTrain\"", nil),
            ("\"\"\"", nil),
        ] as [(String, String?)])
    func scannerReadsEverySpelling(line: String, module: String?) {
        let found = Self.imports(RepositoryFiles.swiftCode(lines: [line[...]]))
        #expect(found.map(\.module) == (module.map { [$0] } ?? []))
    }
}
