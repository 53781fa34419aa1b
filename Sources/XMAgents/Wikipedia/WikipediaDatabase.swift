// The few calls of SQLite that the index of pages needs, with errors that name the file.
// SPDX-License-Identifier: Apache-2.0

import CXMSQLite

final class WikipediaDatabase {
    enum Value {
        case null
        case integer(Int)
        case text(String)
    }

    private let path: String
    private let handle: OpaquePointer
    /// Statements are prepared once, by their text.
    private var statements: [String: OpaquePointer] = [:]

    /// - Parameter isWritten: a new file or `:memory:`, which nothing else reads; it needs no journal, because it is
    ///   thrown away when its build fails.
    init(_ path: String, isWritten: Bool) throws(WikipediaError) {
        self.path = path
        var handle: OpaquePointer?
        let flags = isWritten ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        guard sqlite3_open_v2(path, &handle, flags, nil) == SQLITE_OK, let handle else {
            let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "cannot be opened"
            sqlite3_close(handle)
            throw .index(file: path, reason: reason)
        }
        self.handle = handle
        if isWritten { try run("PRAGMA journal_mode = OFF; PRAGMA synchronous = NORMAL;") }
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    func run(_ text: String) throws(WikipediaError) {
        guard sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    func insert(_ text: String, _ values: [Value]) throws(WikipediaError) {
        let statement = try prepared(text)
        defer { sqlite3_reset(statement) }
        bind(values, to: statement)
        guard sqlite3_step(statement) == SQLITE_DONE else { throw failure() }
    }

    /// All rows of a query, columns as texts; NULL is the empty text.
    func rows(_ text: String, _ values: [String]) throws(WikipediaError) -> [[String]] {
        let statement = try prepared(text)
        defer { sqlite3_reset(statement) }
        bind(values.map { .text($0) }, to: statement)
        var rows: [[String]] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                rows.append(
                    (0..<sqlite3_column_count(statement)).map { column in
                        guard let bytes = sqlite3_column_text(statement, column) else { return "" }
                        // Asked for after the text, this is the length of its UTF-8.
                        let count = Int(sqlite3_column_bytes(statement, column))
                        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
                    })
            case SQLITE_DONE: return rows
            default: throw failure()
            }
        }
    }

    private func prepared(_ text: String) throws(WikipediaError) -> OpaquePointer {
        if let statement = statements[text] { return statement }
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, text, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw failure()
        }
        statements[text] = statement
        return statement
    }

    private func bind(_ values: [Value], to statement: OpaquePointer) {
        for (index, value) in zip(Int32(1)..., values) {
            switch value {
            case .null: sqlite3_bind_null(statement, index)
            case .integer(let number): sqlite3_bind_int64(statement, index, Int64(number))
            case .text(var text):
                text.withUTF8 { bytes in
                    bytes.withMemoryRebound(to: CChar.self) {
                        _ = xm_sqlite_bind_text(statement, index, $0.baseAddress, Int32($0.count))
                    }
                }
            }
        }
    }

    private func failure() -> WikipediaError { .index(file: path, reason: String(cString: sqlite3_errmsg(handle))) }
}
