// Pages in one SQLite file: found by title, case-insensitively and through redirects, else the most similar by BM25
// over titles and first paragraphs (SQLite's FTS5). Built once (WikipediaIndex+Build.swift), then read from the disk:
// memory stays flat however many pages there are.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import Synchronization
import XMSupport

package final class WikipediaIndex: WikipediaSource {
    /// Of the tables below; an index of another version is refused.
    static let version = "1"

    static let schema = """
        CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE pages (
            id INTEGER PRIMARY KEY, title TEXT NOT NULL, folded TEXT NOT NULL, redirect TEXT, text TEXT NOT NULL);
        CREATE INDEX pages_folded ON pages (folded);
        CREATE VIRTUAL TABLE search USING fts5(
            title, opening, content = '', tokenize = 'unicode61 remove_diacritics 2');
        """

    package let identity: String
    /// Pages and redirects.
    package let pageCount: Int
    private let database: Mutex<WikipediaDatabase>

    /// Opens an index that was built before.
    package convenience init(_ url: URL) throws {
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw FileError.unreadable(url.path, "not found")
        }
        try self.init(WikipediaDatabase(url.path, isWritten: false), file: url.path)
    }

    init(_ database: sending WikipediaDatabase, file: String) throws {
        let select = "SELECT value FROM about WHERE key = ?1"
        func about(_ key: String) throws -> String {
            guard let value = try database.rows(select, [key]).first?.first else {
                throw WikipediaError.index(file: file, reason: "is not a finished index")
            }
            return value
        }
        let found = try about("version")
        guard found == Self.version else {
            throw WikipediaError.otherVersion(file: file, found: found, wanted: Self.version)
        }
        pageCount = Int(try about("pages")) ?? 0
        identity = "index of \(try about("files")), \(pageCount) pages, sha256 \(try about("sha256").prefix(16))"
        self.database = Mutex(database)
    }

    package func find(_ entity: String) throws -> WikipediaAnswer {
        try database.withLock { database in
            if let page = try Self.page(entity, in: database) { return .page(page) }
            return .similar(try Self.similar(entity, count: Self.similarTitles, in: database))
        }
    }

    /// Titles that a search without a page reports.
    private static let similarTitles = 5
    /// A redirect that leads further than this leads in a circle.
    private static let mostRedirects = 4

    /// A page of this title: in the same spelling if there is one, else the first in any case.
    private static func page(_ title: String, in database: WikipediaDatabase) throws -> WikipediaPage? {
        var title = title
        for _ in 0...mostRedirects {
            let row = try database.rows(
                """
                SELECT title, text, redirect FROM pages WHERE folded = ?1 ORDER BY title <> ?2, redirect IS NOT NULL, id
                LIMIT 1
                """, [folded(title), title]
            ).first
            guard let row else { return nil }
            guard !row[2].isEmpty else {
                return WikipediaPage(title: row[0], paragraphs: row[1].pythonSplit("\n"))
            }
            title = row[2]
        }
        return nil
    }

    private static func similar(_ query: String, count: Int, in database: WikipediaDatabase) throws -> [String] {
        let terms = query.unicodeScalars.split { !$0.isPythonWord }.map {
            "\"" + String(String.UnicodeScalarView($0)) + "\""
        }
        guard !terms.isEmpty else { return [] }
        return try database.rows(
            """
            SELECT pages.title FROM search JOIN pages ON pages.id = search.rowid WHERE search MATCH ?1
            ORDER BY bm25(search), search.rowid LIMIT \(count)
            """, [terms.joined(separator: " OR ")]
        ).map { $0[0] }
    }

    /// Titles are equal without regard to case, to underscores for spaces, and to white space around them.
    static func folded(_ title: String) -> String {
        var scalars = title.lowercased().unicodeScalars
        scalars = String.UnicodeScalarView(scalars.map { $0 == "_" ? " " : $0 })
        return String(scalars).pythonWords.joined(separator: " ")
    }
}
