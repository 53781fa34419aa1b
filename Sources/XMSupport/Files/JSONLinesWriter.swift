// A log of JSON objects, one a line, that survives kills: whole lines are appended, and a resumed run cuts off what
// came after its checkpoint.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package final class JSONLinesWriter {
    private let handle: FileHandle
    private let encoder: JSONEncoder

    package init(appendingTo url: URL) throws {
        if !FileManager.default.fileExists(atPath: url.path) { try AtomicFile.write(Data(), to: url) }
        do {
            handle = try FileHandle(forWritingTo: url)
            try handle.seekToEnd()
        } catch {
            throw FileError.notWritten(url.path, "\(error.localizedDescription)")
        }
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
    }

    deinit { try? handle.close() }

    package func write<T: Encodable>(_ value: T) throws {
        var line = try encoder.encode(value)
        line.append(0x0A)
        try handle.write(contentsOf: line)
    }

    /// Rewrites the file with the lines that `keep` accepts; a last line without newline is dropped.
    package static func keepLines(in url: URL, where keep: (Data) -> Bool) throws {
        guard let data = try? Data(contentsOf: url), let end = data.lastIndex(of: 0x0A) else { return }
        var kept = Data()
        for line in data[...end].split(separator: 0x0A) where keep(Data(line)) {
            kept.append(contentsOf: line)
            kept.append(0x0A)
        }
        if kept != data { try AtomicFile.write(kept, to: url) }
    }
}
