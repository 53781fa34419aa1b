// The text that a vocabulary is trained on: the lines of UTF-8 files, read through once before anything is trained, so
// that what cannot be used is refused or counted first. SentencePiece leaves such lines out without a word.
// Next: UnigramTrainer.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct TrainingCorpus: Sendable {
    /// Lines that hold text and are not trained on.
    package struct LeftOut: Sendable, Equatable {
        /// Longer than the limit, and their bytes.
        package var tooLong = 0
        package var tooLongBytes = 0
        /// With the character U+0000, which text has none of.
        package var withNull = 0
        /// With U+2585, which SentencePiece takes for its own mark of the unknown.
        package var withReserved = 0

        package var isNothing: Bool { self == LeftOut() }
    }

    package private(set) var leftOut = LeftOut()
    /// All lines that hold text, and their bytes.
    package private(set) var lines = 0
    package private(set) var bytes = 0
    private let files: [MappedFile]
    private let maxLineBytes: Int

    /// Throws `TokenizerError.badCorpus` for a file that is not UTF-8 or has no line to train on.
    package init(_ urls: [URL], maxLineBytes: Int) throws {
        self.maxLineBytes = maxLineBytes
        files = try urls.map { url in
            do {
                return try MappedFile(url)
            } catch FileError.unreadable(let path, let reason) {
                throw TokenizerError.badCorpus(
                    file: path, reason: "cannot be read (\(reason)); name a text file with one sentence a line")
            }
        }
        for (file, url) in zip(files, urls) { try survey(file, url) }
    }

    private mutating func survey(_ file: MappedFile, _ url: URL) throws {
        var reader = LineReader(file)
        var found = LeftOut()
        var (texts, number) = (0, 0)
        while let line = reader.next() {
            number += 1
            guard String(validating: line, as: UTF8.self) != nil else {
                let marks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF]]
                let encoding = marks.contains { file.bytes.starts(with: $0) } ? "UTF-16" : "ISO-8859-1"
                throw TokenizerError.badCorpus(
                    file: url.path,
                    reason: "line \(number) is not UTF-8; convert the file first, if it is \(encoding) with "
                        + "'iconv -f \(encoding) -t UTF-8'")
            }
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            texts += 1
            bytes += line.count
            switch use(of: line) {
            case .trained: break
            case .tooLong:
                found.tooLong += 1
                found.tooLongBytes += line.count
            case .null: found.withNull += 1
            case .reserved: found.withReserved += 1
            }
        }
        guard texts > found.tooLong + found.withNull + found.withReserved else {
            throw TokenizerError.badCorpus(file: url.path, reason: unusable(found))
        }
        lines += texts
        leftOut.tooLong += found.tooLong
        leftOut.tooLongBytes += found.tooLongBytes
        leftOut.withNull += found.withNull
        leftOut.withReserved += found.withReserved
    }

    /// Why a file gives nothing.
    private func unusable(_ found: LeftOut) -> String {
        if found.tooLong > 0 {
            return "has no line of at most \(maxLineBytes) bytes, and longer ones are left out; break its lines, for "
                + "example with 'fold -s -b -w \(maxLineBytes)', or raise --max-line-bytes"
        }
        return found.withNull > 0
            ? "has the character U+0000 in each of its lines; convert it to text, from UTF-16 with "
                + "'iconv -f UTF-16LE -t UTF-8'" : "holds no text; name a text file with one sentence a line"
    }

    private enum Use { case trained, tooLong, null, reserved }

    private func use(of line: UnsafeRawBufferPointer) -> Use {
        if line.count > maxLineBytes { return .tooLong }
        if line.contains(0) { return .null }
        let hasReserved = line.indices.contains { line[$0] == 0xE2 && line[$0...].starts(with: [0xE2, 0x96, 0x85]) }
        return hasReserved ? .reserved : .trained
    }

    /// Calls `body` with every line that is trained on, in order, until it says false.
    func forEachLine(_ body: (UnsafeRawBufferPointer) -> Bool) {
        var reader = reader()
        while let line = reader.next() { if !body(line) { return } }
    }

    func reader() -> Reader { Reader(self) }

    /// The lines that are trained on, one after the other; each is valid as long as the corpus.
    struct Reader {
        private let corpus: TrainingCorpus
        private var file = 0
        private var lines: LineReader?

        fileprivate init(_ corpus: TrainingCorpus) { self.corpus = corpus }

        mutating func next() -> UnsafeRawBufferPointer? {
            while file < corpus.files.count {
                if lines == nil { lines = LineReader(corpus.files[file]) }
                while let line = lines?.next() {
                    if !line.isEmpty, corpus.use(of: line) == .trained { return line }
                }
                (file, lines) = (file + 1, nil)
            }
            return nil
        }
    }
}

/// Lines ended by LF, CRLF or CR, none of which is part of them; a byte order mark at the beginning is not either.
private struct LineReader {
    private let file: MappedFile
    private var start = 0

    init(_ file: MappedFile) {
        self.file = file
        if file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    }

    mutating func next() -> UnsafeRawBufferPointer? {
        let bytes = file.bytes
        guard start < bytes.count else { return nil }
        var end = start
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        let isCRLF = end + 1 < bytes.count && bytes[end] == 0x0D && bytes[end + 1] == 0x0A
        start = end + (isCRLF ? 2 : 1)
        return line
    }
}
