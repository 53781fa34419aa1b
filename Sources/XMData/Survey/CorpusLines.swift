// The text of surveyed sources as lines for training a tokenizer, counted on the way.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// What was read of one source.
package struct CorpusCount: Sendable, Equatable {
    /// Documents or conversations.
    package var documents = 0
    /// Bytes of their text.
    package var bytes = 0
}

package enum CorpusLines {
    /// Longer lines are broken at a blank: the trainer skips lines beyond its limit.
    static let maximumLineBytes = 4000

    /// Reads all of `sources` and writes lines of them to `file`, evenly chosen where there are more than
    /// `maximumBytes`.
    ///
    /// - Parameter progress: hears of bytes read so far; throwing ends the reading.
    /// - Returns: documents and bytes of each source.
    package static func write(
        _ sources: [SurveyedSource], to file: URL, maximumBytes: Int, progress: (Int) throws -> Void
    ) throws -> [CorpusCount] {
        let stored = sources.flatMap(\.files).reduce(0) { $0 + $1.sizeBytes }
        let stride = max(1, (stored + maximumBytes - 1) / maximumBytes)
        try AtomicFile.write(Data(), to: file)
        let output = try FileHandle(forWritingTo: file)
        defer { try? output.close() }
        var buffer: [UInt8] = []
        var (line, read) = (0, 0)
        let counts = try sources.map { source in
            var count = CorpusCount()
            for file in source.files {
                let text = try texts(of: file, source.config)
                while let text = try text() {
                    count.documents += 1
                    count.bytes += text.utf8.count
                    read += text.utf8.count
                    for part in lines(text) {
                        line += 1
                        guard line % stride == 0 else { continue }
                        buffer += part
                        buffer.append(UInt8(ascii: "\n"))
                    }
                    if buffer.count > 1 << 20 {
                        try output.write(contentsOf: buffer)
                        buffer.removeAll(keepingCapacity: true)
                        try progress(read)
                    }
                }
            }
            return count
        }
        try output.write(contentsOf: buffer)
        return counts
    }

    /// The texts of a file, one at a time: documents, or conversations with their turns on lines of their own.
    private static func texts(of file: DocumentFile, _ config: SourceConfig) throws -> () throws -> String? {
        let stream = try file.open(config.readerOptions)
        guard config.format.isConversation else { return { try stream.next()?.text } }
        let parser = RowParser(config)
        return {
            while let (record, origin) = try stream.nextRecord() {
                var result = EncodedItem()
                if let text = parser.parse(.record(record, origin), into: &result).comparable { return text }
            }
            return nil
        }
    }

    /// Lines without those that are empty; a long one is broken behind a blank, or where a character ends.
    static func lines(_ text: String) -> [ArraySlice<UInt8>] {
        Array(text.utf8).split(separator: UInt8(ascii: "\n")).flatMap { line -> [ArraySlice<UInt8>] in
            var parts: [ArraySlice<UInt8>] = []
            var rest = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            while rest.count > maximumLineBytes {
                let head = rest.prefix(maximumLineBytes)
                // A byte 10xxxxxx goes on with the character before it.
                let end =
                    head.lastIndex(of: UInt8(ascii: " ")).map { $0 + 1 }
                    ?? head.indices.last { rest[$0] & 0xC0 != 0x80 } ?? head.endIndex
                parts.append(rest[..<max(end, rest.startIndex + 1)])
                rest = rest[max(end, rest.startIndex + 1)...]
            }
            return parts + (rest.isEmpty ? [] : [rest])
        }
    }
}
