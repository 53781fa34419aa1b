// The text that a vocabulary is trained on: the lines of UTF-8 files. They are surveyed before training, so that
// unusable lines are reported: SentencePiece skips them silently.
// Next: UnigramTrainer.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct TrainingCorpus: Sendable {
    /// Lines of text that are not trained on.
    package struct LeftOut: Sendable, Equatable {
        /// Number of lines longer than the limit, and their bytes.
        package var tooLong = 0
        package var tooLongBytes = 0
        /// Lines with the character U+0000, which text does not contain.
        package var withNull = 0
        /// Lines with U+2585, which SentencePiece uses internally to mark unknown characters.
        package var withReserved = 0

        package var isNothing: Bool { self == LeftOut() }
    }

    package private(set) var leftOut = LeftOut()
    /// Number of lines of text, and their bytes.
    package private(set) var lines = 0
    package private(set) var bytes = 0
    private let files: [MappedFile]
    private let maxLineBytes: Int

    /// Throws `TokenizerError.badCorpus` for a file that is not UTF-8 or has no usable line.
    package init(_ urls: [URL], maxLineBytes: Int) throws {
        self.maxLineBytes = maxLineBytes
        files = try urls.map { url in
            do {
                return try MappedFile(url)
            } catch FileError.unreadable(let path, let reason) {
                throw TokenizerError.badCorpus(
                    file: path, reason: "cannot be read (\(reason)); name a text file with one sentence per line")
            }
        }
        for (file, url) in zip(files, urls) { try survey(file, url) }
    }

    private mutating func survey(_ file: MappedFile, _ url: URL) throws {
        var found = LeftOut()
        var (texts, number) = (0, 0)
        for line in LineSplitter(file.bytes) {
            number += 1
            guard String(validating: line, as: UTF8.self) != nil else {
                let marks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF]]
                let encoding = marks.contains { file.bytes.starts(with: $0) } ? "UTF-16" : "ISO-8859-1"
                throw TokenizerError.badCorpus(
                    file: url.path,
                    reason: "line \(number) is not UTF-8; convert the file first, for example from \(encoding) with "
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

    /// Why a file has no usable line.
    private func unusable(_ found: LeftOut) -> String {
        if found.tooLong > 0 {
            return "has no line of at most \(maxLineBytes) bytes, and longer lines are skipped; break the lines, for "
                + "example with 'fold -s -b -w \(maxLineBytes)', or raise --max-line-bytes"
        }
        return found.withNull > 0
            ? "has the character U+0000 in every line; convert it to text, for example from UTF-16 with "
                + "'iconv -f UTF-16LE -t UTF-8'" : "contains no text; name a text file with one sentence per line"
    }

    private enum Use { case trained, tooLong, null, reserved }

    private func use(of line: UnsafeRawBufferPointer) -> Use {
        if line.count > maxLineBytes { return .tooLong }
        if line.contains(0) { return .null }
        let hasReserved = line.indices.contains { line[$0] == 0xE2 && line[$0...].starts(with: [0xE2, 0x96, 0x85]) }
        return hasReserved ? .reserved : .trained
    }

    /// Calls `body` with every line that is trained on, in order, until it returns false.
    func forEachLine(_ body: (UnsafeRawBufferPointer) -> Bool) {
        var reader = reader()
        while let line = reader.next() { if !body(line) { return } }
    }

    func reader() -> Reader { Reader(self) }

    /// Iterates over the lines that are trained on, which are valid as long as the corpus exists.
    struct Reader {
        private let corpus: TrainingCorpus
        private var file = 0
        private var lines: LineSplitter?

        fileprivate init(_ corpus: TrainingCorpus) { self.corpus = corpus }

        mutating func next() -> UnsafeRawBufferPointer? {
            while file < corpus.files.count {
                if lines == nil { lines = LineSplitter(corpus.files[file].bytes) }
                while let line = lines?.next() {
                    if !line.isEmpty, corpus.use(of: line) == .trained { return line }
                }
                (file, lines) = (file + 1, nil)
            }
            return nil
        }
    }
}
