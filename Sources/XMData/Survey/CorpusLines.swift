// Writes the text of surveyed sources as lines for training a tokenizer, and counts it.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// Size of one source.
package struct CorpusCount: Sendable, Equatable {
    /// Documents or conversations.
    package var documents = 0
    /// Bytes of their text.
    package var bytes = 0
}

package enum CorpusLines {
    /// Longer lines are broken at a space, because the trainer skips lines beyond its limit.
    static let maximumLineBytes = 4000

    /// Reads all of `sources` and writes their lines to `file`, every n-th line when there are more than
    /// `maximumBytes`.
    ///
    /// - Parameter progress: called with the number of bytes read so far; throwing stops the reading.
    /// - Returns: the size of each source.
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
                    for segment in lines(text) {
                        line += 1
                        guard line % stride == 0 else { continue }
                        buffer += segment
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

    /// An iterator over the texts of a file: documents, or conversations with one turn per line.
    private static func texts(of file: DocumentFile, _ config: SourceConfig) throws -> () throws -> String? {
        let stream = try file.open(config.readerOptions)
        guard config.format.isConversation else { return { try stream.next()?.text } }
        let parser = RecordParser(config)
        return {
            while let (record, origin) = try stream.nextRecord() {
                var result = EncodedRecord()
                if let text = parser.parse(.object(record, origin), into: &result).comparable { return text }
            }
            return nil
        }
    }

    /// The non-empty lines; long ones are broken after a space, or else between characters.
    static func lines(_ text: String) -> [ArraySlice<UInt8>] {
        Array(text.utf8).split(separator: UInt8(ascii: "\n")).flatMap { line -> [ArraySlice<UInt8>] in
            var segments: [ArraySlice<UInt8>] = []
            var rest = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            while rest.count > maximumLineBytes {
                let head = rest.prefix(maximumLineBytes)
                // Bytes 10xxxxxx continue the character before them.
                let end =
                    head.lastIndex(of: UInt8(ascii: " ")).map { $0 + 1 }
                    ?? head.indices.last { rest[$0] & 0xC0 != 0x80 } ?? head.endIndex
                segments.append(rest[..<max(end, rest.startIndex + 1)])
                rest = rest[max(end, rest.startIndex + 1)...]
            }
            return segments + (rest.isEmpty ? [] : [rest])
        }
    }
}
