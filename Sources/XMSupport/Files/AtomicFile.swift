// Files and folders that appear complete or not at all: written under a temporary name, synced, renamed, and the parent
// folder synced. A folder also gets `manifest.json` with the size and SHA-256 of every file, which `verify` checks.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package enum AtomicFile {
    /// Replaces `url` by `data`; on any error the old file stays and the temporary one is removed. Of several writers
    /// at the same time the last one wins; the file is never a mixture.
    package static func write(_ data: Data, to url: URL, permissions: mode_t = 0o644) throws {
        try create(url, permissions: permissions) { file in try data.withUnsafeBytes { try file.write($0) } }
    }

    /// As `write`, for content that is produced piece by piece. `check` is called after everything is written and
    /// synced, which may take long, and before the file gets its name; if it throws, the old file stays.
    /// Devices and pipes are written to directly: renaming a file over them would replace them.
    package static func create(
        _ url: URL, permissions: mode_t = 0o644, check: () throws -> Void = {}, _ body: (SequentialFile) throws -> Void
    ) throws {
        var status = stat()
        if stat(url.path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
            let device = try SequentialFile(url)
            try body(device)
            return try device.finish()
        }
        let folder = url.deletingLastPathComponent()
        PartialName.removeAbandoned(in: folder)
        let temporary = folder.appending(path: PartialName.unique(url.lastPathComponent))
        do {
            let file = try SequentialFile(temporary, for: url, permissions: permissions)
            try body(file)
            try file.finish()
            try check()
        } catch {
            unlink(temporary.path)
            throw error
        }
        guard rename(temporary.path, url.path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary.path)
            throw FileError.notWritten(url.path, reason)
        }
        syncFolder(folder)
    }

    package static func syncFolder(_ url: URL) {
        let descriptor = open(url.path, O_RDONLY)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// A file that is written from front to back.
package final class SequentialFile {
    /// The path that errors name.
    private let path: String
    private var descriptor: Int32

    /// Creates or empties the file. `target` is its final name, where that is different.
    package convenience init(_ url: URL, for target: URL? = nil, permissions: mode_t = 0o644) throws {
        try self.init(url, O_TRUNC, permissions, path: (target ?? url).path)
    }

    /// Appends to the file; creates it where it does not exist.
    package convenience init(appendingTo url: URL, permissions: mode_t = 0o644) throws {
        try self.init(url, O_APPEND, permissions, path: url.path)
    }

    private init(_ url: URL, _ mode: Int32, _ permissions: mode_t, path: String) throws {
        self.path = path
        descriptor = open(url.path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, permissions)
        guard descriptor >= 0 else { throw FileError.notWritten(path, String(cString: strerror(errno))) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress!, min(rest.count, 1 << 30))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError.notWritten(path, FileError.reason(errno)) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Appends all of `data`, or nothing.
    package func append(_ data: Data) throws {
        let end = lseek(descriptor, 0, SEEK_END)
        do {
            try data.withUnsafeBytes { try write($0) }
        } catch {
            if end >= 0 { ftruncate(descriptor, end) }
            throw error
        }
    }

    /// Syncs and closes.
    package func finish() throws {
        defer {
            close(descriptor)
            descriptor = -1
        }
        // Devices and pipes cannot be synced (EINVAL); a regular file that cannot be is an error.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw FileError.notWritten(path, String(cString: strerror(errno)))
        }
    }
}

package enum AtomicFolder {
    private struct Manifest: Codable {
        struct File: Codable {
            let size: Int
            let sha256: String
        }
        let files: [String: File]
    }

    /// Creates an ordinary folder and its parents where they do not exist yet.
    package static func create(_ url: URL) throws {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw FileError.notWritten(url.path, systemReason(error))
        }
    }

    /// Lets `body` fill a temporary folder, adds the manifest and renames the folder to `url`, which must not exist
    /// unless `replacing`, where the old folder is removed at the very end. `check` is called while files are hashed,
    /// which takes long for large ones, and before the folder gets its name; if it throws, nothing is left.
    package static func write(
        to url: URL, replacing: Bool = false, check: () throws -> Void = {}, _ body: (URL) throws -> Void
    ) throws {
        let files = FileManager.default
        let parent = url.deletingLastPathComponent()
        let temporary = parent.appending(path: PartialName.fixed(url.lastPathComponent))
        try? files.removeItem(at: temporary)
        do {
            try files.createDirectory(at: temporary, withIntermediateDirectories: true)
            try body(temporary)
            var entries: [String: Manifest.File] = [:]
            for name in try files.contentsOfDirectory(atPath: temporary.path) {
                let file = temporary.appending(path: name)
                entries[name] = Manifest.File(
                    size: try size(of: file), sha256: try SHA256.hex(ofFile: file, check: check))
                sync(file)
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try AtomicFile.write(
                encoder.encode(Manifest(files: entries)), to: temporary.appending(path: "manifest.json"))
            try check()
            if replacing, files.fileExists(atPath: url.path) { try files.removeItem(at: url) }
            guard rename(temporary.path, url.path) == 0 else {
                throw FileError.notWritten(url.path, String(cString: strerror(errno)))
            }
            AtomicFile.syncFolder(parent)
        } catch {
            try? files.removeItem(at: temporary)
            throw named(error, temporary: temporary.path, target: url.path)
        }
    }

    /// An error about a file of the temporary folder, renamed to the file's final path.
    private static func named(_ error: any Error, temporary: String, target: String) -> any Error {
        let (path, reason): (String?, String) =
            switch error {
            case FileError.notWritten(let path, let reason): (path, reason)
            case let error as CocoaError: (error.filePath ?? error.url?.path, systemReason(error))
            default: (nil, "")
            }
        guard let path, path.hasPrefix(temporary) else { return error }
        return FileError.notWritten(target + path.dropFirst(temporary.count), reason)
    }

    /// The system's reason inside an error of Foundation.
    private static func systemReason(_ error: any Error) -> String {
        let cause = (error as? CocoaError)?.underlying as? POSIXError
        return cause.map { FileError.reason($0.code.rawValue) } ?? "this folder cannot be made or filled"
    }

    /// Throws a `FileError` that names the first file that is missing or differs from what was written.
    package static func verify(_ url: URL) throws {
        guard let data = try? Data(contentsOf: url.appending(path: "manifest.json")),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
        else { throw FileError.noManifest(folder: url.path) }
        for (name, wanted) in manifest.files.sorted(by: { $0.key < $1.key }) {
            let file = url.appending(path: name)
            guard let size = try? size(of: file) else {
                throw FileError.incomplete(folder: url.path, file: name)
            }
            guard size == wanted.size else {
                throw FileError.corrupt(
                    folder: url.path, file: name, found: "\(size) bytes", wanted: "\(wanted.size) bytes")
            }
            let hash = try SHA256.hex(ofFile: file)
            guard hash == wanted.sha256 else {
                throw FileError.corrupt(
                    folder: url.path, file: name, found: "SHA-256 \(hash.prefix(12))…",
                    wanted: "\(wanted.sha256.prefix(12))…")
            }
        }
    }

    private static func size(of file: URL) throws -> Int {
        var status = stat()
        guard stat(file.path, &status) == 0 else { throw FileError.unreadable(file.path, "missing") }
        return Int(status.st_size)
    }

    private static func sync(_ file: URL) {
        let descriptor = open(file.path, O_RDONLY)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
