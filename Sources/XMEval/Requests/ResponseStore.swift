// Answers of models, kept in one SQLite file under a hash of all that they depend on: the weights, the tokenizer, how
// the engine computes, and the request in token ids. Names of tasks are no part of it, so equal requests of two tasks
// run once and a task whose wording changed reuses the rest. A killed run loses what was not committed: a second.
// SPDX-License-Identifier: Apache-2.0

import CXMSQLite
package import Foundation
import Synchronization
import XMSupport

package final class ResponseStore: Sendable {
    private let database: Mutex<Database>

    /// Opens or creates the file.
    package init(_ url: URL) throws { database = Mutex(try Database(url.path)) }

    /// A store that ends with the program.
    package static func inMemory() throws -> ResponseStore { try ResponseStore(path: ":memory:") }

    private init(path: String) throws { database = Mutex(try Database(path)) }

    /// The stored answer to a request; nil if there is none.
    package func response(_ key: RequestKey) throws -> Response? {
        try database.withLock { try $0.value(of: key.digest) }.map { try JSONDecoder().decode(Response.self, from: $0) }
    }

    /// Stores an answer. It is on disk at most a second later, or at `commit`.
    package func add(_ response: Response, for key: RequestKey) throws {
        let value = try JSONEncoder().encode(response)
        try database.withLock { try $0.insert(key.digest, value) }
    }

    package func commit() throws { try database.withLock { try $0.commit() } }
}

/// SHA-256 of everything that an answer depends on.
package struct RequestKey: Hashable, Sendable {
    /// 64 hexadecimal digits.
    package let digest: String

    package init(digest: String) { self.digest = digest }
}

package enum ResponseStoreError: Error, CustomStringConvertible, Equatable {
    case failed(file: String, reason: String)

    package var description: String {
        switch self {
        case .failed(let file, let reason):
            "\(file): \(reason); answers that were stored before stay: free space or mend the file, and run the same command again"
        }
    }
}

/// A table of keys and values with writes in transactions of about a second.
private final class Database {
    private let path: String
    private let handle: OpaquePointer
    private let select: OpaquePointer
    private let insertion: OpaquePointer
    /// When the open transaction began; nil: none is open.
    private var began: ContinuousClock.Instant?

    init(_ path: String) throws {
        self.path = path
        var handle: OpaquePointer?
        guard sqlite3_open(path, &handle) == SQLITE_OK, let handle else {
            let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "cannot be opened"
            sqlite3_close(handle)
            throw ResponseStoreError.failed(file: path, reason: reason)
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, 10_000)
        do {
            // With a write-ahead log a commit appends; a killed process loses nothing of it.
            try Self.run(
                """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = NORMAL;
                CREATE TABLE IF NOT EXISTS responses (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                """, handle, path)
            select = try Self.prepared("SELECT value FROM responses WHERE key = ?1", handle, path)
            insertion = try Self.prepared("INSERT OR REPLACE INTO responses VALUES (?1, ?2)", handle, path)
        } catch {
            sqlite3_close_v2(handle)
            throw error
        }
    }

    deinit {
        if began != nil { sqlite3_exec(handle, "COMMIT", nil, nil, nil) }
        sqlite3_finalize(select)
        sqlite3_finalize(insertion)
        sqlite3_close_v2(handle)
    }

    private static func run(_ statements: String, _ handle: OpaquePointer, _ path: String) throws {
        guard sqlite3_exec(handle, statements, nil, nil, nil) == SQLITE_OK else { throw failure(handle, path) }
    }

    private static func prepared(_ statement: String, _ handle: OpaquePointer, _ path: String) throws -> OpaquePointer {
        var result: OpaquePointer?
        guard sqlite3_prepare_v2(handle, statement, -1, &result, nil) == SQLITE_OK, let result else {
            throw failure(handle, path)
        }
        return result
    }

    private static func failure(_ handle: OpaquePointer, _ path: String) -> ResponseStoreError {
        .failed(file: path, reason: String(cString: sqlite3_errmsg(handle)))
    }

    func value(of key: String) throws -> Data? {
        defer { sqlite3_reset(select) }
        bind(key, in: select)
        switch sqlite3_step(select) {
        case SQLITE_ROW:
            let count = Int(sqlite3_column_bytes(select, 0))
            return sqlite3_column_blob(select, 0).map { Data(bytes: $0, count: count) } ?? Data()
        case SQLITE_DONE: return nil
        default: throw Self.failure(handle, path)
        }
    }

    func insert(_ key: String, _ value: Data) throws {
        if began == nil {
            try Self.run("BEGIN IMMEDIATE", handle, path)
            began = .now
        }
        bind(key, in: insertion)
        value.withUnsafeBytes { _ = xm_sqlite_bind_blob(insertion, 2, $0.baseAddress, Int32($0.count)) }
        defer { sqlite3_reset(insertion) }
        guard sqlite3_step(insertion) == SQLITE_DONE else { throw Self.failure(handle, path) }
        if let began, ContinuousClock.now - began >= .milliseconds(900) { try commit() }
    }

    func commit() throws {
        guard began != nil else { return }
        try Self.run("COMMIT", handle, path)
        began = nil
    }

    private func bind(_ key: String, in statement: OpaquePointer) {
        var key = key
        key.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                _ = xm_sqlite_bind_text(statement, 1, $0.baseAddress, Int32($0.count))
            }
        }
    }
}
